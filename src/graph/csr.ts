/**
 * Edges in columns → compressed sparse rows, in O(n + m) without sorting: scattering the arcs by one
 * end and then by the other leaves every row in ascending order. Parallel edges merge by summing.
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

  /**
   * Appends columns, shifting positions within a type to rows of the snapshot.
   * @throws ShelfwalkError GRAPH_EDGE_INVALID — a position beyond its type, which would be a node of the next one
   */
  append(edges: EdgeColumns, from: NodeRange, to: NodeRange): void {
    this.reserve(this.count + edges.count);
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
    const grow = <A extends Uint32Array | Float32Array>(old: A, fresh: A): A => {
      fresh.set(old);
      return fresh;
    };
    this.from = grow(this.from, new Uint32Array(length));
    this.to = grow(this.to, new Uint32Array(length));
    this.weight = grow(this.weight, new Float32Array(length));
  }
}

export const sharedAllocator: Allocator = {
  u32: (length) => new Uint32Array(new SharedArrayBuffer(length * 4)),
  f32: (length) => new Float32Array(new SharedArrayBuffer(length * 4)),
};

/**
 * @param edges undirected, each given once (or more: weights add up); no loops
 * @throws ShelfwalkError GRAPH_EDGE_INVALID — an end is not a row, or both ends are one node
 * @throws ShelfwalkError GRAPH_WEIGHT_INVALID — a weight is NaN, infinite, zero or negative
 */
export function buildCsr(nodeCount: number, edges: EdgeColumns, allocator: Allocator = sharedAllocator): Csr {
  const degrees = new Uint32Array(nodeCount + 1);
  for (let i = 0; i < edges.count; i++) {
    const from = edges.from[i]!;
    const to = edges.to[i]!;
    const weight = edges.weight[i]!;
    if (from >= nodeCount || to >= nodeCount || from === to) {
      throw new ShelfwalkError('GRAPH_EDGE_INVALID', { edge: i, from, to, nodeCount });
    }
    if (!(weight > 0 && weight < Infinity))
      throw new ShelfwalkError('GRAPH_WEIGHT_INVALID', { edge: i, found: String(weight) });
    degrees[from]!++;
    degrees[to]!++;
  }
  const starts = toOffsets(degrees, nodeCount);
  const byFirst = scatterEdges(edges, starts);
  const bySecond = transpose(byFirst, starts, nodeCount);
  return compact(bySecond, starts, nodeCount, allocator);
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

interface Arcs {
  readonly targets: Uint32Array;
  readonly weights: Float32Array;
}

function scatterEdges(edges: EdgeColumns, starts: Uint32Array): Arcs {
  const m = starts[starts.length - 1]!;
  const targets = new Uint32Array(m);
  const weights = new Float32Array(m);
  const at = starts.slice();
  for (let i = 0; i < edges.count; i++) {
    const from = edges.from[i]!;
    const to = edges.to[i]!;
    const a = at[from]!++;
    targets[a] = to;
    weights[a] = edges.weight[i]!;
    const b = at[to]!++;
    targets[b] = from;
    weights[b] = edges.weight[i]!;
  }
  return { targets, weights };
}

/** The graph is symmetric, so its transpose has the same offsets, and ascending rows. */
function transpose(arcs: Arcs, starts: Uint32Array, nodeCount: number): Arcs {
  const targets = new Uint32Array(arcs.targets.length);
  const weights = new Float32Array(arcs.targets.length);
  const at = starts.slice();
  for (let v = 0; v < nodeCount; v++) {
    for (let a = starts[v]!; a < starts[v + 1]!; a++) {
      const b = at[arcs.targets[a]!]!++;
      targets[b] = v;
      weights[b] = arcs.weights[a]!;
    }
  }
  return { targets, weights };
}

function compact(arcs: Arcs, starts: Uint32Array, nodeCount: number, allocator: Allocator): Csr {
  let m = 0;
  for (let v = 0; v < nodeCount; v++) {
    for (let a = starts[v]!; a < starts[v + 1]!; a++) {
      if (a === starts[v]! || arcs.targets[a] !== arcs.targets[a - 1]) m++;
    }
  }
  const offsets = allocator.u32(nodeCount + 1);
  const targets = allocator.u32(m);
  const weights = allocator.f32(m);
  let at = 0;
  for (let v = 0; v < nodeCount; v++) {
    offsets[v] = at;
    for (let a = starts[v]!; a < starts[v + 1]!; a++) {
      if (a > starts[v]! && arcs.targets[a] === arcs.targets[a - 1]) {
        weights[at - 1]! += arcs.weights[a]!;
        if (weights[at - 1] === Infinity) {
          throw new ShelfwalkError('GRAPH_WEIGHT_INVALID', {
            from: v,
            to: arcs.targets[a],
            found: 'the sum of parallel edges is infinite',
          });
        }
      } else {
        targets[at] = arcs.targets[a]!;
        weights[at++] = arcs.weights[a]!;
      }
    }
  }
  offsets[nodeCount] = at;
  return { offsets, targets, weights };
}
