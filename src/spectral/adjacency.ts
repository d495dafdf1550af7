/**
 * The normalised adjacency of a snapshot, in kernel memory beside it: A_uv = √(P_uv · P_vu), with P the
 * first-order law of the walk. Of an untyped graph that is D^-½ W D^-½.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import { findComponents } from '../graph/components.ts';
import type { Snapshot } from '../graph/types.ts';
import type { SparseRows } from '../kernel/block.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { toArcShares } from '../walk/law.ts';
import type { TypePolicy } from '../walk/policy.ts';
import { emphasize, toEmphasis } from './emphasis.ts';

export interface Adjacency {
  /** F A F, symmetric, divided by about its spectral radius. Its eigenvalues lie in −1 … 1: see `buildAdjacency`. */
  readonly matrix: SparseRows;
  /** F, f64 [n]: see emphasis.ts. */
  readonly emphasis: Float64Array;
  /** Rows with an arc that are iterated on: the smaller colour of a two-colourable graph, else all. */
  readonly near: Uint32Array;
  /** The other colour; undefined where two colours do not do. */
  readonly far: Uint32Array | undefined;
}

interface AdjacencyOptions extends TaskContext {
  readonly policy: TypePolicy;
  readonly degreeExponent: number;
}

/** Bytes that it adds to a snapshot of n nodes and m arcs, for the estimate. */
export const adjacencyBytes = (nodeCount: number, arcCount: number): number => arcCount * 4 + nodeCount * 4;

/**
 * Under a type policy P is not reversible, and A is the geometric mean of P and its transpose, entry by
 * entry. Its spectral radius is at most √(ρ(P) · ρ(Pᵀ)) = 1 (Elsner, Johnson & Dias da Silva 1988), so the
 * bounds of the spectrum are those of the untyped graph.
 * @param snapshot laid out in `memory`
 * @throws ShelfwalkError GRAPH_EMPTY — no arc · REQUEST_INVALID — some arcs go one way · ABORTED
 */
export async function buildAdjacency(
  snapshot: Snapshot,
  memory: KernelMemory,
  { policy, degreeExponent, ...context }: AdjacencyOptions,
): Promise<Adjacency> {
  const { offsets, targets, arcCount, nodeCount, symmetric } = snapshot;
  if (arcCount === 0) throw new ShelfwalkError('GRAPH_EMPTY', { nodeCount });
  if (!symmetric) {
    throw new ShelfwalkError('REQUEST_INVALID', {
      field: 'snapshot',
      found: 'edges that go one way',
      expected: 'an undirected graph: the spectrum is that of a symmetric matrix',
    });
  }
  const values = memory.f32(arcCount);
  fillValues(values, toArcShares(snapshot, policy), snapshot);
  const matrix = { offsets, targets, values };
  const emphasis = toEmphasis(snapshot, degreeExponent);
  if (degreeExponent !== 0) await emphasize(matrix, emphasis, context);
  return { matrix, emphasis, ...layOutSides(snapshot, memory) };
}

/**
 * √(P_uv · P_vu) of every arc. Rows ascend, so going through the sources in order meets the arcs into a node
 * in the order of its own row: the reverse of u → v is the next of v's arcs that was not met yet.
 */
function fillValues(
  values: Float32Array,
  shares: Float64Array,
  { offsets, targets, nodeCount }: Snapshot,
): void {
  const next = offsets.slice();
  for (let u = 0; u < nodeCount; u++) {
    for (let a = offsets[u]!; a < offsets[u + 1]!; a++) {
      values[a] = Math.sqrt(shares[a]! * shares[next[targets[a]!]!++]!);
    }
  }
}

function layOutSides(
  { offsets, targets, twoColourable, nodeCount }: Snapshot,
  memory: KernelMemory,
): Pick<Adjacency, 'near' | 'far'> {
  const isConnected = (v: number): boolean => offsets[v + 1]! > offsets[v]!;
  const rows = Uint32Array.from({ length: nodeCount }, (_, v) => v).filter(isConnected);
  const place = (values: Uint32Array): Uint32Array => {
    const room = memory.u32(values.length);
    room.set(values);
    return room;
  };
  if (!twoColourable) return { near: place(rows), far: undefined };
  const { colours } = findComponents(offsets, targets);
  const [zero, one] = [rows.filter((v) => colours[v] === 0), rows.filter((v) => colours[v] === 1)];
  const [small, large] = zero.length <= one.length ? [zero, one] : [one, zero];
  return { near: place(small), far: place(large) };
}
