/**
 * BPR-MF (Rendle et al. 2009): one vector for each customer and product, learned from who took what. It is the
 * training of walks in its smallest form: a walk is one arc from a customer to a product, drawn by weight.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import type { Snapshot } from '../graph/types.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { type MeanRow, writeMeans } from '../vectors/rollup.ts';
import type { TypePolicy } from '../walk/policy.ts';
import type { TrainParams } from './params.ts';
import type { StartList } from './schedule.ts';
import { type Training, type TrainOptions, trainEmbeddings } from './trainer.ts';
import type { Rows } from './warm.ts';

/** Whatever else a customer has edges to. */
const TO_PRODUCTS: TypePolicy = { customer: { product: 1 } };

export interface PairOptions extends Pick<TrainOptions, 'flavour' | 'checkpoint'>, TaskContext {
  /** Passes are over the pairs. What concerns walks and windows is settled here. */
  readonly train: Omit<
    TrainParams,
    'objective' | 'windowSize' | 'asPairs' | 'negativesSharedBy' | 'sampleFactor'
  >;
}

/**
 * As many pairs a pass as there are arcs from customers to products; negatives are products that the customer has
 * no arc to. Both matrices hold the same rows; an attribute has the mean of those that carry it.
 * @param snapshot laid out in `memory`
 * @throws ShelfwalkError GRAPH_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 */
export async function trainOnPairs(
  snapshot: Snapshot,
  memory: KernelMemory,
  options: PairOptions,
): Promise<Training> {
  const visits = countPairs(snapshot);
  if (visits.every((count) => count === 0)) {
    throw new ShelfwalkError('GRAPH_EMPTY', {
      found: 'no edge between a customer and a product',
      hint: 'bpr learns from nothing else; node2vec and deepwalk walk on any graph',
    });
  }
  const { train } = options;
  const pairs = { objective: 'bpr', asPairs: true, windowSize: 1, sampleFactor: 0 } as const;
  const training = await trainEmbeddings(snapshot, memory, {
    ...options,
    walk: { length: 2, returnP: 1, inOutQ: 1, policy: TO_PRODUCTS, seed: train.seed },
    train: { ...train, ...pairs },
    startTypes: ['customer'],
    starts: toStarts(snapshot, visits, train.passes),
    visits,
  });
  tieRows(training, snapshot);
  await writeAttributes(training, snapshot, visits, options);
  return training;
}

/** Arcs between customers and products that a node stands at. u32 [n] */
function countPairs({ offsets, targets, ranges, nodeCount }: Snapshot): Uint32Array {
  const counts = new Uint32Array(nodeCount);
  const [customers, products] = ranges;
  for (let v = customers!.start; v < customers!.end; v++) {
    for (let a = offsets[v]!; a < offsets[v + 1]!; a++) {
      const x = targets[a]!;
      if (x < products!.start || x >= products!.end) continue;
      counts[v]!++;
      counts[x]!++;
    }
  }
  return counts;
}

function toStarts({ ranges }: Snapshot, counts: Uint32Array, passes: number): StartList {
  const { start, end } = ranges[0]!;
  return {
    rows: Uint32Array.from({ length: end - start }, (_, i) => start + i),
    walks: counts.slice(start, end).map((count) => count * passes),
  };
}

/** A customer is trained as an input and a product as an output; each is both. */
function tieRows({ vectors, contexts }: Rows, { ranges: [customers, products] }: Snapshot): void {
  for (let v = customers!.start; v < customers!.end; v++) contexts.row(v).set(vectors.row(v));
  for (let v = products!.start; v < products!.end; v++) vectors.row(v).set(contexts.row(v));
}

async function writeAttributes(
  { vectors, contexts }: Rows,
  snapshot: Snapshot,
  counts: Uint32Array,
  context: TaskContext,
): Promise<void> {
  const { start, end } = snapshot.ranges[2]!;
  await writeMeans(toMeans(snapshot, counts), [vectors, contexts], {
    ...context,
    degrees: new Uint32Array(snapshot.nodeCount),
    stage: 'means of attributes',
    unit: 'attributes',
    total: end - start,
  });
}

function* toMeans({ offsets, targets, ranges }: Snapshot, counts: Uint32Array): Generator<MeanRow> {
  const { start, end } = ranges[2]!;
  for (let row = start; row < end; row++) {
    const carriers = targets.subarray(offsets[row], offsets[row + 1]);
    const sources = carriers.filter((v) => v < start && counts[v]! > 0);
    const weights = new Float64Array(sources.length).fill(1);
    yield { row, count: sources.length, sources, weights, links: carriers.length };
  }
}
