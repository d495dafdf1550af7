/**
 * Silhouette of the values of a kind under cosine distance. Distances to a whole cluster need only the
 * sum of its unit vectors, so the clusters are exact and complete; only the points averaged over are sampled.
 */
import { Matrix } from '../base/matrix.ts';
import { toBand, toMean } from './bootstrap.ts';
import { degreeOf } from './incidence.ts';
import type { KindLabels } from './labels.ts';
import { toLabelled } from './purity.ts';
import type { AgainstNull } from './report.ts';
import { type RowTable, scanRows } from './row-scan.ts';
import { shuffle, toSample, toStream } from './shuffle.ts';
import type { Pause } from './types.ts';

export interface SilhouetteOptions {
  readonly maxPoints: number;
  readonly permutations: number;
  /** Multiply-adds spent on one kind; fewer points are taken to stay below it, at least 100. */
  readonly budget: number;
  readonly seed: number;
  readonly pause: Pause;
}

export type Silhouette = AgainstNull & { readonly points: number };

interface Clustering {
  readonly nodes: Uint32Array; // [n] nodes with exactly one value
  readonly cluster: Uint32Array; // [n] 0 … clusters−1
  readonly clusters: number;
}

/** Undefined with fewer than two values in use: there is no other cluster to be far from. */
export async function measureSilhouette(
  kind: KindLabels,
  table: RowTable,
  options: SilhouetteOptions,
): Promise<Silhouette | undefined> {
  const all = toClustering(kind, table);
  if (all.clusters < 2) return undefined;
  const { cols } = table.matrix;
  const affordable = Math.floor(options.budget / ((1 + options.permutations) * all.clusters * cols));
  const random = toStream(options.seed, `silhouette ${kind.kind}`);
  const places = Uint32Array.from({ length: all.nodes.length }, (_, i) => i);
  const points = toSample(places, Math.min(options.maxPoints, Math.max(100, affordable)), random);
  const observed = await toSilhouette(all, points, { table, pause: options.pause });
  const draws = new Float64Array(options.permutations);
  for (let i = 0; i < draws.length; i++) {
    const dealt = { ...all, cluster: shuffle(all.cluster.slice(), random) };
    draws[i] = await toSilhouette(dealt, points, { table, pause: options.pause });
  }
  return { observed, chance: toBand(draws), permutations: options.permutations, points: points.length };
}

function toClustering(kind: KindLabels, table: RowTable): Clustering {
  const { labels } = kind;
  const nodes = toLabelled(kind, table).filter((i) => degreeOf(labels, i) === 1);
  const numbers = new Map<number, number>();
  const cluster = nodes.map((i) => {
    const value = labels.items[labels.offsets[i]!]!;
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return numbers.get(value)!;
  });
  return { nodes, cluster, clusters: numbers.size };
}

/**
 * Mean over the points of s = (b − a) / max(a, b). With unit vectors u and S_C the sum over cluster C:
 * a = (|C| − u·S_C) / (|C| − 1) over the others of the own cluster, b = min over other clusters of 1 − u·S_C / |C|.
 * s = 0 in a cluster of one, and where a = b = 0.
 * @see Rousseeuw, Silhouettes, J. Comput. Appl. Math. 1987
 */
async function toSilhouette(
  { nodes, cluster, clusters }: Clustering,
  points: Uint32Array,
  { table, pause }: { table: RowTable; pause: Pause },
): Promise<number> {
  const { cols } = table.matrix;
  const sums = new Matrix(new Float32Array(clusters * cols), clusters, cols);
  const exact = new Float64Array(clusters * cols);
  const sizes = new Uint32Array(clusters);
  for (const [i, node] of nodes.entries()) {
    const row = table.matrix.row(table.start + node);
    const to = cluster[i]! * cols;
    for (let d = 0; d < cols; d++) exact[to + d]! += row[d]! * table.factors[node]!;
    sizes[cluster[i]!]!++;
  }
  sums.data.set(exact);
  const sumTable = { matrix: sums, start: 0, count: clusters, factors: new Float64Array(clusters).fill(1) };
  const values = new Float64Array(points.length);
  const BATCH = 32;
  const out = Array.from({ length: BATCH }, () => new Float32Array(clusters));
  for (let start = 0; start < points.length; start += BATCH) {
    const batch = Array.from(points.subarray(start, start + BATCH));
    const queries = batch.map((i) => toUnit(table, nodes[i]!));
    await scanRows(queries, sumTable, { out, pause });
    for (const [b, i] of batch.entries()) values[start + b] = toPointSilhouette(out[b]!, sizes, cluster[i]!);
  }
  return toMean(values);
}

const toUnit = (table: RowTable, node: number): Float64Array =>
  Float64Array.from(table.matrix.row(table.start + node), (x) => x * table.factors[node]!);

/** @param dots u · S_C per cluster */
function toPointSilhouette(dots: Float32Array, sizes: Uint32Array, own: number): number {
  if (sizes[own] === 1) return 0;
  const a = Math.max(0, (sizes[own]! - dots[own]!) / (sizes[own]! - 1));
  let b = Number.POSITIVE_INFINITY;
  for (let c = 0; c < sizes.length; c++) if (c !== own) b = Math.min(b, 1 - dots[c]! / sizes[c]!);
  b = Math.max(0, b);
  return a === b ? 0 : (b - a) / Math.max(a, b);
}
