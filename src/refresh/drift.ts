/**
 * How far a version has moved from an earlier one of the same space: 1 − cosine between the two rows of
 * each shared node, by type and matrix; who moved most; and how many of a product's ten nearest stayed
 * among them. Between versions of different spaces the figures mean nothing: cosines of vectors of
 * unrelated coordinates are noise, only the overlap survives a rotation.
 */
import { toQuantile } from '../analyze/bootstrap.ts';
import { NODE_TYPES, type NodeType, toNodeKey } from '../base/ids.ts';
import { Matrix, toNorm } from '../base/matrix.ts';
import { hashKey } from '../base/rng.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { createExactIndex } from '../neighbors/exact.ts';
import { type ComparedVersion, findSharedNodes, type SharedNodes } from './shared-nodes.ts';

/** 1 − cosine: 0 has not moved, 1 is at a right angle, 2 opposite. */
export interface Moved {
  readonly mean: number;
  readonly p95: number;
  readonly max: number;
}

export interface Mover {
  readonly id: string;
  readonly vector: number;
  readonly context: number;
}

export interface TypeDrift {
  /** Nodes with vectors in both versions. */
  readonly shared: number;
  /** Absent where nothing is shared. */
  readonly vectors?: Moved;
  readonly contexts?: Moved;
  /**
   * Those whose vectors moved most, first; at most MOVERS, those that did not move left out. No customers:
   * a report is kept and read longer than a customer may want to be known.
   */
  readonly movers: readonly Mover[];
}

export interface DriftReport {
  readonly types: Readonly<Record<NodeType, TypeDrift>>;
  /** Of the `k` products nearest by cosine in the old version, the share among the `k` nearest in the new one. */
  readonly overlap: {
    readonly k: number;
    /** Products asked, always the same of the same products; 0: too few are shared to tell. */
    readonly sample: number;
    readonly vectors?: number;
    readonly contexts?: number;
  };
}

const MOVERS = 10;
export const OVERLAP = { k: 10, sample: 256 } as const;

/**
 * @param from the new version
 * @param to   the old version
 * @throws ShelfwalkError ABORTED · VECTOR_INVALID — a row is not finite
 */
export async function measureDrift(
  from: ComparedVersion,
  to: ComparedVersion,
  context: TaskContext = {},
): Promise<DriftReport> {
  const types = {} as Record<NodeType, TypeDrift>;
  for (const type of NODE_TYPES) {
    throwIfAborted(context.signal);
    const { movers, ...drift } = toTypeDrift(from, to, findSharedNodes(from, to, type));
    types[type] = { ...drift, movers: type === 'customer' ? [] : movers };
  }
  return { types, overlap: await measureOverlap(from, to, context) };
}

function toTypeDrift(from: ComparedVersion, to: ComparedVersion, shared: SharedNodes): TypeDrift {
  const count = shared.to.length;
  if (count === 0) return { shared: 0, movers: [] };
  const [vectors, contexts] = [
    toDistances(from.vectors, to.vectors, shared),
    toDistances(from.contexts, to.contexts, shared),
  ];
  const movers = Array.from({ length: count }, (_, k) => k)
    .filter((k) => vectors[k]! > 0)
    .sort((a, b) => vectors[b]! - vectors[a]! || a - b)
    .slice(0, MOVERS)
    .map((k) => ({ id: to.nodes.ids[shared.to[k]!]!, vector: vectors[k]!, context: contexts[k]! }));
  return { shared: count, vectors: toMoved(vectors), contexts: toMoved(contexts), movers };
}

/** f64 [shared]. Rows that agree to the bit are at 0, not at what rounding makes of it. */
function toDistances(from: Matrix, to: Matrix, shared: SharedNodes): Float64Array {
  return Float64Array.from(shared.to, (row, k) => {
    const [x, y] = [from.row(shared.from[k]!), to.row(row)];
    if (x.every((value, i) => value === y[i])) return 0;
    let dot = 0;
    for (let i = 0; i < x.length; i++) dot += x[i]! * y[i]!;
    return Math.max(0, 1 - dot / (toNorm(x) * toNorm(y)));
  });
}

function toMoved(distances: Float64Array): Moved {
  const sorted = distances.toSorted();
  const mean = distances.reduce((a, b) => a + b, 0) / distances.length;
  return { mean, p95: toQuantile(sorted, 0.95), max: sorted.at(-1)! };
}

/** Among products that both versions have, so that one that is new or gone pushes nobody out. */
async function measureOverlap(
  from: ComparedVersion,
  to: ComparedVersion,
  context: TaskContext,
): Promise<DriftReport['overlap']> {
  const shared = findSharedNodes(from, to, 'product');
  const { k } = OVERLAP;
  if (shared.to.length <= k) return { k, sample: 0 };
  const asked = sampleByHash(Array.from(shared.to, (row) => to.nodes.ids[row]!));
  const of = async (name: 'vectors' | 'contexts'): Promise<number> => {
    const before = await findNearest(selectRows(to[name], shared.to), asked, context);
    const after = await findNearest(selectRows(from[name], shared.from), asked, context);
    const kept = before.map((rows, q) => rows.filter((row) => after[q]!.includes(row)).length / k);
    return kept.reduce((a, b) => a + b, 0) / kept.length;
  };
  return { k, sample: asked.length, vectors: await of('vectors'), contexts: await of('contexts') };
}

/** Places of the ids with the least hashes: the same products in every comparison they are part of. */
function sampleByHash(ids: readonly string[]): number[] {
  const hashes = ids.map((id) => hashKey(toNodeKey('product', id))[0]);
  return Array.from(ids.keys())
    .sort((a, b) => hashes[a]! - hashes[b]! || a - b)
    .slice(0, OVERLAP.sample);
}

function selectRows(matrix: Matrix, rows: Uint32Array): Matrix {
  const selected = new Matrix(new Float32Array(rows.length * matrix.cols), rows.length, matrix.cols);
  for (const [i, row] of rows.entries()) selected.row(i).set(matrix.row(row));
  return selected;
}

/** The k nearest of each row asked, itself left out; exact. */
async function findNearest(
  matrix: Matrix,
  asked: readonly number[],
  { signal }: TaskContext,
): Promise<number[][]> {
  const index = await createExactIndex(matrix, { metric: 'cosine' });
  try {
    const nearest: number[][] = [];
    for (const row of asked) {
      throwIfAborted(signal);
      const hits = await index.search(matrix.row(row), {
        limit: OVERLAP.k,
        range: { start: 0, end: matrix.rows },
        exclude: [row],
      });
      nearest.push(hits.map((hit) => hit.row));
    }
    return nearest;
  } finally {
    await index.close();
  }
}
