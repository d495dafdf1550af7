/**
 * Which customers are measured and what is relevant for each. Only customers with at least one
 * training interaction and one relevant test product count; the others are counted by reason.
 */
import { ShelfwalkError } from '../base/errors.ts';
import {
  buildIncidence,
  checkColumns,
  degreeOf,
  findPair,
  type Incidence,
  RECENCY_DECAY,
  rowOf,
  toAges,
  toCustomerPairs,
  transpose,
} from './incidence.ts';
import { toSample, toStream } from './shuffle.ts';
import type { EvaluationInput, Pause, Protocol } from './types.ts';

/** Customers of the test part that are not measured, by reason. */
export interface LeftOut {
  /** Bought nothing in the training part: there is nothing to score them by. */
  readonly noTraining: number;
  /** Bought only products they had bought before; 0 under `all`. */
  readonly nothingNew: number;
  /** Could have been measured, but were not drawn for the sample. */
  readonly notSampled: number;
}

export interface Population {
  readonly train: Incidence; // customers × products
  readonly trainByProduct: Incidence; // products × customers
  /** Relevant products, customers × products. */
  readonly relevant: Readonly<Record<Protocol, Incidence>>;
  /** Customers measured, ascending; those of `new` are a subset of those of `all`. */
  readonly members: Readonly<Record<Protocol, Uint32Array>>;
  readonly leftOut: Readonly<Record<Protocol, LeftOut>>;
  /** Age of every training pair (`toAges`); absent where the order of purchases is not known. */
  readonly ages?: Uint32Array; // [pairs of train]
  /** An age of n weighs this to the power of n. */
  readonly decay: number;
}

/** The test pairs that training does not hold. */
function withoutSeen(test: Incidence, train: Incidence): Incidence {
  const row = new Uint32Array(test.items.length);
  const col = new Uint32Array(test.items.length);
  let count = 0;
  for (let customer = 0; customer < test.rows; customer++) {
    for (const product of rowOf(test, customer)) {
      if (findPair(train, customer, product) >= 0) continue;
      row[count] = customer;
      col[count++] = product;
    }
  }
  return buildIncidence({ count, row, col }, test.rows, test.cols);
}

/** Customers of the test part, and of these the ones with a training part. */
function findKnown(
  input: PopulationInput,
  train: Incidence,
  test: Incidence,
): { readonly inTest: Uint32Array; readonly known: Uint32Array } {
  const inTest = Uint32Array.from({ length: input.customerCount }, (_, c) => c).filter(
    (c) => degreeOf(test, c) > 0,
  );
  const known = inTest.filter((c) => degreeOf(train, c) > 0);
  if (known.length === 0) {
    const found = `${input.train.count} training and ${input.test.count} test interactions, no customer in both`;
    throw new ShelfwalkError('SPLIT_IMPOSSIBLE', {
      found,
      hint: 'Choose an earlier cutoff, or a larger test share',
    });
  }
  return { inTest, known };
}

export type PopulationInput = Pick<
  EvaluationInput,
  'train' | 'test' | 'customerCount' | 'productCount' | 'ordered' | 'decay' | 'maxCustomers' | 'seed'
>;

/**
 * The sample is drawn once, from the customers that `all` can measure, so both protocols speak of the same people.
 * @throws ShelfwalkError GRAPH_EDGE_INVALID · SPLIT_IMPOSSIBLE — no customer is in both parts
 */
export async function buildPopulation(
  input: PopulationInput,
  pause: Pause = () => undefined,
): Promise<Population> {
  const { customerCount, productCount } = input;
  checkColumns(input.train, customerCount, productCount);
  checkColumns(input.test, customerCount, productCount);
  await pause();
  const train = buildIncidence(toCustomerPairs(input.train), customerCount, productCount);
  await pause();
  const test = buildIncidence(toCustomerPairs(input.test), customerCount, productCount);
  const fresh = withoutSeen(test, train);
  await pause();
  const trainByProduct = transpose(train);
  const ages = input.ordered ? toAges(input.train, train) : undefined;
  await pause();

  const { inTest, known } = findKnown(input, train, test);
  const sampled = toSample(known, input.maxCustomers, toStream(input.seed, 'customers'));
  const hasFresh = (c: number): boolean => degreeOf(fresh, c) > 0;
  const noTraining = inTest.length - known.length;
  const freshKnown = known.filter(hasFresh).length;
  const freshMembers = sampled.filter(hasFresh);
  return {
    train,
    trainByProduct,
    ages,
    decay: input.decay ?? RECENCY_DECAY,
    relevant: { all: test, new: fresh },
    members: { all: sampled, new: freshMembers },
    leftOut: {
      all: { noTraining, nothingNew: 0, notSampled: known.length - sampled.length },
      new: {
        noTraining,
        nothingNew: known.length - freshKnown,
        notSampled: freshKnown - freshMembers.length,
      },
    },
  };
}
