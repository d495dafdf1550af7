/** What was measured on: sizes of both parts, what is cold, what is a repeat, and what a reader must know about the data. */
import type { InteractionColumns } from '../graph/types.ts';
import { MAX_ALS_PAIRS } from './als-scorer.ts';
import { degreeOf, type Incidence } from './incidence.ts';
import type { Population } from './population.ts';
import type { DataFacts, PartFacts } from './report.ts';
import type { EvaluationInput } from './types.ts';

export function toDataFacts(input: EvaluationInput, population: Population): DataFacts {
  const { train, trainByProduct, relevant } = population;
  const test = relevant.all;
  const isCold = (p: number): boolean => degreeOf(trainByProduct, p) === 0;
  const coldPairs = test.items.filter(isCold).length;
  let knownPairs = 0;
  let freshPairs = 0;
  for (let c = 0; c < test.rows; c++) {
    if (degreeOf(train, c) === 0) continue;
    knownPairs += degreeOf(test, c);
    freshPairs += degreeOf(relevant.new, c);
  }
  return {
    customers: input.customerCount,
    products: input.productCount,
    train: toPartFacts(input.train, train),
    test: toPartFacts(input.test, test),
    coldProducts: new Set(test.items.filter(isCold)).size,
    coldPairShare: coldPairs / test.items.length,
    repeatPairShare: knownPairs === 0 ? 0 : (knownPairs - freshPairs) / knownPairs,
  };
}

function toPartFacts(columns: InteractionColumns, pairs: Incidence): PartFacts {
  let customers = 0;
  for (let c = 0; c < pairs.rows; c++) if (degreeOf(pairs, c) > 0) customers++;
  return {
    interactions: columns.count,
    customers,
    products: new Set(pairs.items).size,
    pairs: pairs.items.length,
  };
}

export function toNotes(input: EvaluationInput, { train }: Pick<Population, 'train'>): string[] {
  const notes = ['all products are ranked, none is sampled; equal scores stand in seeded random order'];
  if (!input.ordered) notes.push('the order of purchases is not known: scorers that need it were left out');
  if (train.items.length > MAX_ALS_PAIRS)
    notes.push(
      `als was left out: the training part has more than ${MAX_ALS_PAIRS.toLocaleString('en-US')} pairs`,
    );
  if (!input.model) notes.push('no model was given: baselines only');
  return notes;
}
