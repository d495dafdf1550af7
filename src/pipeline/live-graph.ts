/**
 * The graph behind a served version, for what is answered without vectors and for explanations: read at the
 * first question that needs it, from the version or, where that keeps none, from the catalog.
 */
import type { Pairs } from '../analyze/incidence.ts';
import { createBreather } from '../base/task.ts';
import { GraphScorers } from '../recommend/graph-scorers.ts';
import type { PathGraph } from '../recommend/paths.ts';
import type { LoadedVersion } from '../vectors/types.ts';
import { type FoldInSources, readVersionGraph } from './live-fold-in.ts';
import type { LiveVersion } from './live-version.ts';

/** About 8 bytes for each arc of the graph, and 8 for each pair of customer and product. */
export interface LiveGraph {
  /** All arcs, by rows of the version. */
  readonly arcs: PathGraph & { readonly weights: Float32Array };
  /** f64 [n] weights of a row's arcs, summed. */
  readonly strengths: Float64Array;
  /** Customers × products, both as positions within their type, and its transpose. */
  readonly purchases: { readonly train: Pairs; readonly trainByProduct: Pairs };
  readonly scorers: GraphScorers;
  /** f32 [products] distinct customers. */
  readonly popularity: Float32Array;
}

export interface LiveGraphs {
  /** The same one at every call. */
  of(live: LiveVersion): Promise<LiveGraph>;
}

export function createLiveGraphs(sources: FoldInSources): LiveGraphs {
  const read = new WeakMap<LoadedVersion, Promise<LiveGraph>>();
  return {
    of(live) {
      const known = read.get(live.content);
      if (known) return known;
      const reading = build(sources, live);
      read.set(live.content, reading);
      reading.catch(() => read.delete(live.content)); // the next question tries again
      return reading;
    },
  };
}

async function build(sources: FoldInSources, live: LiveVersion): Promise<LiveGraph> {
  const arcs = await readVersionGraph(sources, live);
  const breathe = createBreather();
  const [customers, products] = [live.range('customer'), live.range('product')];
  const train = toPairs(arcs, customers, products);
  await breathe();
  const trainByProduct = toPairs(arcs, products, customers);
  await breathe();
  const strengths = Float64Array.from({ length: arcs.offsets.length - 1 }, (_, row) => {
    let sum = 0;
    for (let at = arcs.offsets[row]!; at < arcs.offsets[row + 1]!; at++) sum += arcs.weights[at]!;
    return sum;
  });
  await breathe();
  const popularity = Float32Array.from(
    { length: trainByProduct.rows },
    (_, p) => trainByProduct.offsets[p + 1]! - trainByProduct.offsets[p]!,
  );
  const purchases = { train, trainByProduct };
  return { arcs, strengths, purchases, popularity, scorers: new GraphScorers(purchases) };
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Arcs from one type to another: rows of a graph ascend, and a type's rows are one behind the other. */
function toPairs({ offsets, targets }: PathGraph, from: Range, to: Range): Pairs {
  const rows = from.end - from.start;
  const pairs = new Uint32Array(rows + 1);
  const items: Uint32Array = new Uint32Array(offsets[from.end]! - offsets[from.start]!);
  let size = 0;
  for (let row = 0; row < rows; row++) {
    const end = offsets[from.start + row + 1]!;
    for (let at = offsets[from.start + row]!; at < end; at++) {
      const target = targets[at]!;
      if (target >= to.start && target < to.end) items[size++] = target - to.start;
    }
    pairs[row + 1] = size;
  }
  return { rows, cols: to.end - to.start, offsets: pairs, items: items.slice(0, size) };
}
