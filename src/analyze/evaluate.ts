/**
 * One split, everything measured: baselines and the model's own ways to answer, ranked over all
 * products under both protocols, with intervals, slices, link prediction and the shape of the space.
 * docs/evaluation.md has every formula.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import { planBaselines } from './baselines.ts';
import { BLEND, createBlendScorer } from './blend-scorer.ts';
import { CONFIDENCE, toMean } from './bootstrap.ts';
import { compareServed, RIVAL } from './comparison.ts';
import { planEmbeddingScorers } from './embedding-scorers.ts';
import { toDataFacts, toNotes } from './facts.ts';
import { degreeOf } from './incidence.ts';
import { refuseLeaks } from './leaks.ts';
import { measureLinks } from './link-prediction.ts';
import { type MeasuredScorer, measureScorer, type Run } from './measure-scorer.ts';
import { toFrequencies } from './own.ts';
import { buildPopulation, type Population } from './population.ts';
import { createPause } from './ranker.ts';
import type { EvaluationReport, ProtocolReport, ScorerFacts } from './report.ts';
import { toYardsticks } from './slices.ts';
import { measureSpace } from './space.ts';
import type { EvaluationInput, Protocol, ScorerPlan } from './types.ts';
import { toVerdicts } from './verdicts.ts';

const DEFAULT_SERVED = 'customer-in-out';
const DEFAULT_RESAMPLES = 1000;

const PROTOCOL_TEXT: Record<Protocol, string> = {
  all: 'every product is a candidate; all that the customer bought in the test part is relevant, repeats included',
  new: 'products of the customer’s training part are neither candidates nor relevant',
};

/**
 * Needs about a score array per customer of a batch (32 MiB at most) and the sparse pairs; scorers are
 * made one at a time and dropped.
 *
 * @throws ShelfwalkError SPLIT_IMPOSSIBLE — no customer is in both parts · TEST_LEAKED · GRAPH_EDGE_INVALID ·
 *   EMBEDDING_SHAPE_MISMATCH — the model is not of these customers and products · VECTOR_INVALID ·
 *   CONFIG_INVALID — no scorer has the served name, two share one, or k is not whole and > 0 · ABORTED
 */
export async function evaluateSplit(
  input: EvaluationInput,
  context: TaskContext = {},
): Promise<EvaluationReport> {
  const k = toListLengths(input.k);
  refuseLeaks(input);
  const pause = createPause(context);
  const population = await buildPopulation(input, pause);
  const plans = planScorers(input, population);
  const embedding = findServed(input, plans);
  const served = plans.some(({ name }) => name === BLEND) ? BLEND : embedding;
  const resamples = input.resamples ?? DEFAULT_RESAMPLES;
  const { seed, model, attributes, maxCustomers } = input;
  const run: Run = { input, population, k, resamples, yardsticks: toYardsticks(population), context };
  const measured: MeasuredScorer[] = [];
  for (const plan of plans) measured.push(await measureScorer(plan.create(), run));

  const columns = new Map(measured.map((m) => [m.name, m.columns]));
  const parts = {
    settings: { k, seed, maxCustomers, resamples, confidence: CONFIDENCE },
    protocols: { all: toProtocol('all', measured, population), new: toProtocol('new', measured, population) },
    comparisons: served
      ? await compareServed({ scorers: plans, served, columns, k, seed, resamples }, pause)
      : [],
    linkPrediction:
      model &&
      (await measureLinks(
        { model, population, served: plans.find((p) => p.name === embedding), seed, resamples },
        pause,
      )),
    space: model && attributes && (await measureSpace({ ...input, model, attributes }, context)),
  };
  const scorers = measured.map((m): ScorerFacts => toScorerFacts(m, served));
  const data = toDataFacts(input, population);
  return {
    format: 1,
    data,
    served,
    embedding,
    scorers,
    ...parts,
    verdicts: toVerdicts({ served, ...parts }),
    notes: toNotes(input, population),
  };
}

/** @throws ShelfwalkError CONFIG_INVALID */
function toListLengths(k: readonly number[]): number[] {
  const wrong = k.find((x) => !Number.isInteger(x) || x < 1);
  if (k.length === 0 || wrong !== undefined) {
    throw new ShelfwalkError('CONFIG_INVALID', {
      field: 'k',
      found: wrong ?? 'none',
      expected: 'whole numbers > 0',
    });
  }
  return [...new Set(k)].sort((a, b) => a - b);
}

function planScorers(input: EvaluationInput, population: Population): ScorerPlan[] {
  const plans: ScorerPlan[] = [
    ...planBaselines({ population, columns: input.train, seed: input.seed }),
    ...(input.model ? planEmbeddingScorers({ model: input.model, population }) : []),
    ...planRival(input, population),
    ...planBlend(input, population),
    ...(input.scorers ?? []).map((s) => ({ name: s.name, family: s.family, create: () => s })),
  ];
  const twice = plans.find((s, i) => plans.findIndex((o) => o.name === s.name) < i);
  if (!twice) return plans;
  throw new ShelfwalkError('CONFIG_INVALID', {
    field: 'scorers',
    found: twice.name,
    expected: 'names that differ',
  });
}

/** The other model answers as the first one does. */
function planRival(
  { rival, served = DEFAULT_SERVED }: EvaluationInput,
  population: Population,
): ScorerPlan[] {
  if (!rival) return [];
  return planEmbeddingScorers({ model: rival, population })
    .filter((plan) => plan.name === served)
    .map((plan) => {
      const facts = { name: RIVAL, family: 'other' } as const;
      const create = () => ({
        ...plan.create(),
        ...facts,
        text: `${served} of the model it is compared with`,
      });
      return { ...facts, create };
    });
}

/** Two models are compared by their vectors. */
function planBlend({ model, blend, train, rival }: EvaluationInput, population: Population): ScorerPlan[] {
  const { ages } = population;
  if (!model || !blend || !ages || rival) return [];
  const create = () => {
    const frequencies = toFrequencies(train, population.train);
    return createBlendScorer({ model, population: { ...population, ages }, frequencies }, blend);
  };
  return [{ name: BLEND, family: 'other', create }];
}

function findServed({ model, served }: EvaluationInput, plans: readonly ScorerPlan[]): string | undefined {
  const name = served ?? (model ? DEFAULT_SERVED : undefined);
  if (name === undefined || plans.some((s) => s.name === name)) return name;
  const expected = plans.map((s) => s.name).join(' | ');
  throw new ShelfwalkError('CONFIG_INVALID', { field: 'served', found: name, expected });
}

function toProtocol(
  protocol: Protocol,
  measured: readonly MeasuredScorer[],
  { members, relevant, leftOut }: Population,
): ProtocolReport {
  const customers = members[protocol];
  return {
    protocol,
    text: PROTOCOL_TEXT[protocol],
    customers: customers.length,
    leftOut: leftOut[protocol],
    meanRelevant: customers.length === 0 ? 0 : toMean(customers.map((c) => degreeOf(relevant[protocol], c))),
    results: measured.flatMap((m) => m.results[protocol] ?? []),
  };
}

const toScorerFacts = (
  { name, family, text, notes, tookMs }: MeasuredScorer,
  served?: string,
): ScorerFacts => ({
  name,
  family,
  text,
  notes,
  served: name === served,
  tookMs,
});
