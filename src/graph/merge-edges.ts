/**
 * Edges as a file or a database lists them → each once. Weights of parallel ones are added in ascending order and in
 * f64, then rounded to f32, as the catalog does it: the sum depends neither on the order of the lines
 * nor on which end of an undirected edge came first.
 */
import { EdgeList } from './csr.ts';
import type { EdgeColumns, NodeRange } from './types.ts';

/** Parallel edges each for themselves; `from` and `to` are rows of the snapshot, or positions in their type. */
export interface ListedEdges {
  readonly count: number;
  readonly from: Uint32Array; // [≥ count]
  readonly to: Uint32Array; // [≥ count]
  readonly weight: Float64Array; // [≥ count]
}

export interface MergeOptions {
  readonly nodeCount: number;
  /** One arc each, from → to; a → b and b → a are then two edges. */
  readonly directed: boolean;
}

/** @param listed without loops; it is taken apart, for undirected edges are turned */
export function mergeEdges(listed: ListedEdges, { nodeCount, directed }: MergeOptions): EdgeList {
  if (!directed) turn(listed);
  const list = new EdgeList();
  const all: NodeRange = { type: 'product', start: 0, end: nodeCount }; // the columns hold rows already
  list.append(mergeParallel(listed, nodeCount), all, all, { directed });
  return list;
}

/**
 * Each pair once, in ascending (from, to) order. O(n + m), but for the weights of one pair, which are sorted.
 * @param nodeCount above every `from` and `to`
 */
export function mergeParallel({ count, from, to, weight }: ListedEdges, nodeCount: number): EdgeColumns {
  const byTo = sortBy(
    to,
    Uint32Array.from({ length: count }, (_, i) => i),
    nodeCount,
  );
  const order = sortBy(from, byTo, nodeCount);
  const merged = {
    count: 0,
    from: new Uint32Array(count),
    to: new Uint32Array(count),
    weight: new Float32Array(count),
  };
  for (let first = 0, next = 0; first < count; first = next) {
    const edge = order[first]!;
    next = first + 1;
    while (next < count && from[order[next]!] === from[edge] && to[order[next]!] === to[edge]) next++;
    merged.from[merged.count] = from[edge]!;
    merged.to[merged.count] = to[edge]!;
    merged.weight[merged.count++] =
      next === first + 1 ? weight[edge]! : sum(order.subarray(first, next), weight);
  }
  return merged;
}

/** Lower row first. */
function turn({ count, from, to }: ListedEdges): void {
  for (let i = 0; i < count; i++) {
    const a = from[i]!;
    const b = to[i]!;
    if (a <= b) continue;
    from[i] = b;
    to[i] = a;
  }
}

/** Counting sort, stable: `order` by its keys. @param keys rows, each < nodeCount */
function sortBy(keys: Uint32Array, order: Uint32Array, nodeCount: number): Uint32Array {
  const at = new Uint32Array(nodeCount + 1);
  for (let i = 0; i < order.length; i++) at[keys[i]! + 1]!++;
  for (let v = 0; v < nodeCount; v++) at[v + 1]! += at[v]!;
  const sorted = new Uint32Array(order.length);
  for (let k = 0; k < order.length; k++) sorted[at[keys[order[k]!]!]!++] = order[k]!;
  return sorted;
}

const sum = (edges: Uint32Array, weight: Float64Array): number =>
  Float64Array.from(edges, (i) => weight[i]!)
    .sort()
    .reduce((total, w) => total + w, 0);
