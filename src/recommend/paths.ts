/**
 * Why a product: the paths of the graph from what a customer has to what is recommended, each by how much of
 * the score it carries. Two arcs between the two products: through a customer who has both, or an attribute.
 */

/** A graph in compressed sparse rows, or a part of one; without weights every arc weighs 1. */
export interface PathGraph {
  readonly offsets: Uint32Array; // [n + 1]
  readonly targets: Uint32Array; // [m]
  readonly weights?: Float32Array; // [m]
}

export interface PathQuestion {
  /** Products the customer has, distinct, and what each is worth at the start; ≥ 0. */
  readonly from: readonly { readonly row: number; readonly worth: number }[];
  readonly to: number;
  /** What a path is multiplied by at its first product, at the node between, at its end. */
  readonly into: (row: number) => number;
  readonly between: (row: number) => number; // 0: no path through it
  readonly out: (row: number) => number;
  /** At most so many paths. */
  readonly limit: number;
}

export interface GraphPath {
  readonly from: number;
  readonly between: number;
  /** Share of what all paths carry, 0 … 1. */
  readonly share: number;
}

/**
 * Paths from → between → to, the heaviest first (ties by rows). One of arcs of weights a and b carries
 * worth · into(from) · a · between · b · out(to): the terms of the three-step sum, so that without a limit
 * the shares sum to 1. Arcs are followed from their rows; out of `to` they are taken backwards, which is the
 * same in a graph without directed edges.
 * Cost: the arcs of `from` and of `to`.
 */
export function findPaths(graph: PathGraph, question: PathQuestion): GraphPath[] {
  const { from, to, into, between, out, limit } = question;
  const ends = new Map<number, number>(); // node between → weight of its arc to the end
  for (let at = graph.offsets[to]!; at < graph.offsets[to + 1]!; at++) {
    const factor = between(graph.targets[at]!);
    if (factor > 0) ends.set(graph.targets[at]!, factor * weightOf(graph, at) * out(to));
  }
  const paths: { from: number; between: number; carried: number }[] = [];
  let total = 0;
  for (const { row, worth } of from) {
    if (row === to || worth <= 0) continue;
    for (let at = graph.offsets[row]!; at < graph.offsets[row + 1]!; at++) {
      const end = ends.get(graph.targets[at]!);
      if (end === undefined) continue;
      const carried = worth * into(row) * weightOf(graph, at) * end;
      total += carried;
      paths.push({ from: row, between: graph.targets[at]!, carried });
    }
  }
  return paths
    .sort((a, b) => b.carried - a.carried || a.from - b.from || a.between - b.between)
    .slice(0, limit)
    .map(({ carried, ...path }) => ({ ...path, share: carried / total }));
}

const weightOf = ({ weights }: PathGraph, at: number): number => (weights ? weights[at]! : 1);

/** What a path carries after its first product. */
export type PathLaw = Pick<PathQuestion, 'into' | 'between' | 'out'>;

/** The first-order walk that vectors are trained on: every arc by its share of the weights at its node. f64 [n] */
export function toWalkedLaw(strengths: Float64Array): PathLaw {
  const step = (row: number): number => (strengths[row]! > 0 ? 1 / strengths[row]! : 0);
  return { into: step, between: step, out: () => 1 };
}

/**
 * What a product of the customer is worth to an embedding: its part of the dot product, where it speaks for the
 * result and not against it.
 */
export function toDotWorth(weight: number, vector: ArrayLike<number>, context: ArrayLike<number>): number {
  let dot = 0;
  for (let d = 0; d < vector.length; d++) dot += vector[d]! * context[d]!;
  return Math.max(0, weight * dot);
}
