/**
 * Edges in columns → compressed sparse rows, in O(n + m) without sorting: scattering the arcs by their
 * target and then by their source leaves every row in ascending order. Parallel arcs merge by summing.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Allocator, EdgeColumns, NodeRange } from './types.ts';

export interface Csr {
  readonly offsets: Uint32Array; // [n + 1]
  readonly targets: Uint32Array; // [m]
  readonly weights: Float32Array; // [m]
}

/** Edge columns that grow; `from` and `to` are rows of the snapshot. */
export class EdgeList implements EdgeColumns {
  count = 0;
  from = new Uint32Array(1024);
  to = new Uint32Array(1024);
  weight = new Float32Array(1024);
  /** 1 where an edge gives one arc, from → to; not there as long as all give both. */
  oneWay: Uint8Array | undefined;

  /**
   * Appends columns, shifting positions within a type to rows of the snapshot.
   * @throws ShelfwalkError GRAPH_EDGE_INVALID — a position beyond its type, which would be a node of the next one
   */
  append(edges: EdgeColumns, from: NodeRange, to: NodeRange, { directed = false } = {}): void {
    this.reserve(this.count + edges.count);
    if (directed) {
      this.oneWay ??= new Uint8Array(this.from.length);
      this.oneWay.fill(1, this.count, this.count + edges.count);
    }
    for (let i = 0; i < edges.count; i++) {
      const a = edges.from[i]! + from.start;
      const b = edges.to[i]! + to.start;
      if (a >= from.end || b >= to.end) {
        throw new ShelfwalkError('GRAPH_EDGE_INVALID', {
          from: `${from.type} ${edges.from[i]}`,
          to: `${to.type} ${edges.to[i]}`,
        });
      }
      this.from[this.count] = a;
      this.to[this.count] = b;
      this.weight[this.count++] = edges.weight[i]!;
    }
  }

  private reserve(count: number): void {
    if (count <= this.from.length) return;
    const length = Math.max(count, this.from.length * 2);
    const grow = <A extends Uint32Array | Float32Array | Uint8Array>(old: A, fresh: A): A => {
      fresh.set(old);
      return fresh;
    };
    this.from = grow(this.from, new Uint32Array(length));
    this.to = grow(this.to, new Uint32Array(length));
    this.weight = grow(this.weight, new Float32Array(length));
    if (this.oneWay) this.oneWay = grow(this.oneWay, new Uint8Array(length));
  }
}

export const sharedAllocator: Allocator = {
  u32: (length) => new Uint32Array(new SharedArrayBuffer(length * 4)),
  f32: (length) => new Float32Array(new SharedArrayBuffer(length * 4)),
};

/** Edges to build from; a row marked in `oneWay` is one arc, any other is one each way. */
export type EdgeRows = EdgeColumns & { readonly oneWay?: Uint8Array };

/**
 * @param edges each given once (or more: weights add up); no loops
 * @throws ShelfwalkError GRAPH_EDGE_INVALID — an end is not a row, or both ends are one node
 * @throws ShelfwalkError GRAPH_WEIGHT_INVALID — a weight is NaN, infinite, zero or negative
 */
export function buildCsr(nodeCount: number, edges: EdgeRows, allocator: Allocator = sharedAllocator): Csr {
  checkEdges(nodeCount, edges);
  const into = toOffsets(countArcs(nodeCount, edges, 'in'), nodeCount);
  const outOf = edges.oneWay ? toOffsets(countArcs(nodeCount, edges, 'out'), nodeCount) : into;
  const byTarget = scatterByTarget(edges, into);
  return compact(scatterBySource(byTarget, into, outOf), outOf, nodeCount, allocator);
}

function checkEdges(nodeCount: number, edges: EdgeColumns): void {
  for (let i = 0; i < edges.count; i++) {
    const from = edges.from[i]!;
    const to = edges.to[i]!;
    const weight = edges.weight[i]!;
    if (from >= nodeCount || to >= nodeCount || from === to) {
      throw new ShelfwalkError('GRAPH_EDGE_INVALID', { edge: i, from, to, nodeCount });
    }
    if (!(weight > 0 && weight < Infinity))
      throw new ShelfwalkError('GRAPH_WEIGHT_INVALID', { edge: i, found: String(weight) });
  }
}

/** Arcs into, or out of, every node: the same where every edge gives both. u32 [n] */
function countArcs(nodeCount: number, { count, from, to, oneWay }: EdgeRows, way: 'in' | 'out'): Uint32Array {
  const degrees = new Uint32Array(nodeCount);
  const [near, far] = way === 'in' ? [to, from] : [from, to];
  for (let i = 0; i < count; i++) {
    degrees[near[i]!]!++;
    if (oneWay?.[i] !== 1) degrees[far[i]!]!++;
  }
  return degrees;
}

function toOffsets(degrees: Uint32Array, nodeCount: number): Uint32Array {
  const offsets = new Uint32Array(nodeCount + 1);
  let sum = 0;
  for (let v = 0; v < nodeCount; v++) {
    offsets[v] = sum;
    sum += degrees[v]!;
    if (sum > 0xffffffff) throw new ShelfwalkError('LIMIT_EXCEEDED', { arcs: sum, limit: 0xffffffff });
  }
  offsets[nodeCount] = sum;
  return offsets;
}

/** The other ends of arcs, grouped by one of them. */
interface Arcs {
  readonly ends: Uint32Array; // [m]
  readonly weights: Float32Array; // [m]
}

function scatterByTarget(edges: EdgeRows, into: Uint32Array): Arcs {
  const m = into[into.length - 1]!;
  const ends = new Uint32Array(m);
  const weights = new Float32Array(m);
  const at = into.slice();
  for (let i = 0; i < edges.count; i++) {
    const from = edges.from[i]!;
    const to = edges.to[i]!;
    const a = at[to]!++;
    ends[a] = from;
    weights[a] = edges.weight[i]!;
    if (edges.oneWay?.[i] === 1) continue;
    const b = at[from]!++;
    ends[b] = to;
    weights[b] = edges.weight[i]!;
  }
  return { ends, weights };
}

/** Targets come in ascending order, so rows ascend. */
function scatterBySource(arcs: Arcs, into: Uint32Array, outOf: Uint32Array): Arcs {
  const ends = new Uint32Array(arcs.ends.length);
  const weights = new Float32Array(arcs.ends.length);
  const at = outOf.slice();
  for (let v = 0; v + 1 < into.length; v++) {
    for (let a = into[v]!; a < into[v + 1]!; a++) {
      const b = at[arcs.ends[a]!]!++;
      ends[b] = v;
      weights[b] = arcs.weights[a]!;
    }
  }
  return { ends, weights };
}

/** Parallel arcs become one. `starts`: u32 [n + 1], the rows of `arcs`. */
function compact(arcs: Arcs, starts: Uint32Array, nodeCount: number, allocator: Allocator): Csr {
  let m = 0;
  for (let v = 0; v < nodeCount; v++) {
    for (let a = starts[v]!; a < starts[v + 1]!; a++) {
      if (a === starts[v]! || arcs.ends[a] !== arcs.ends[a - 1]) m++;
    }
  }
  const offsets = allocator.u32(nodeCount + 1);
  const targets = allocator.u32(m);
  const weights = allocator.f32(m);
  let at = 0;
  for (let v = 0; v < nodeCount; v++) {
    offsets[v] = at;
    for (let a = starts[v]!; a < starts[v + 1]!; a++) {
      if (a > starts[v]! && arcs.ends[a] === arcs.ends[a - 1]) {
        weights[at - 1]! += arcs.weights[a]!;
        if (weights[at - 1] === Infinity) {
          throw new ShelfwalkError('GRAPH_WEIGHT_INVALID', {
            from: v,
            to: arcs.ends[a],
            found: 'the sum of parallel edges is infinite',
          });
        }
      } else {
        targets[at] = arcs.ends[a]!;
        weights[at++] = arcs.weights[a]!;
      }
    }
  }
  offsets[nodeCount] = at;
  return { offsets, targets, weights };
}
