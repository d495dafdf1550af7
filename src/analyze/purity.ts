/**
 * k-NN purity: of a node's nearest neighbours by cosine, the share with the same value. Nodes without
 * a value of the kind are neither asked nor counted as neighbours: unlabelled is not wrong.
 */
import { toBand, toMean } from './bootstrap.ts';
import { degreeOf } from './incidence.ts';
import { type KindLabels, shareOne } from './labels.ts';
import type { AgainstNull } from './report.ts';
import { type RowTable, scanRows } from './row-scan.ts';
import { shuffle, toPermutation, toSample, toStream } from './shuffle.ts';
import { TopList } from './top-list.ts';
import type { Pause } from './types.ts';

export interface PurityOptions {
  readonly neighbors: number;
  /** Nodes asked, drawn once for all kinds. */
  readonly maxQueries: number;
  /** A kind with fewer of them among the drawn is given more of its own, up to this. */
  readonly minQueries: number;
  readonly permutations: number;
  readonly seed: number;
  readonly pause: Pause;
}

export type Purity = AgainstNull & { readonly neighbors: number; readonly queries: number };

/** One kind with who carries it and who is asked. */
interface Asked {
  readonly kind: KindLabels;
  readonly labelled: Uint32Array; // nodes with a vector and a value
  readonly queries: Uint32Array; // ascending
  readonly nearest: Uint32Array[]; // [queries] found so far, in the order of `queries`
}

/** Nodes with a vector and at least one value of the kind. */
export const toLabelled = ({ labels }: KindLabels, table: RowTable): Uint32Array =>
  Uint32Array.from({ length: table.count }, (_, i) => i).filter(
    (i) => degreeOf(labels, i) > 0 && table.factors[i] !== 0,
  );

/**
 * Purity of every kind by one exact scan. Undefined for a kind with fewer than two labelled nodes.
 * @param table unit rows (cosine)
 */
export async function measurePurity(
  kinds: readonly KindLabels[],
  table: RowTable,
  options: PurityOptions,
): Promise<(Purity | undefined)[]> {
  const asked = chooseQueries(kinds, table, options);
  await findNearest(asked, table, options);
  const purities: (Purity | undefined)[] = [];
  for (const a of asked) purities.push(a.labelled.length < 2 ? undefined : await againstNull(a, options));
  return purities;
}

function chooseQueries(kinds: readonly KindLabels[], table: RowTable, options: PurityOptions): Asked[] {
  const random = toStream(options.seed, 'purity queries');
  const labelledOf = kinds.map((kind) => toLabelled(kind, table));
  const anyLabel = Uint32Array.from(new Set(labelledOf.flatMap((l) => Array.from(l)))).sort();
  const drawn = new Set(toSample(anyLabel, options.maxQueries, random));
  return kinds.map((kind, i) => {
    const labelled = labelledOf[i]!;
    const shared = labelled.filter((node) => drawn.has(node));
    const queries =
      shared.length >= options.minQueries ? shared : toSample(labelled, options.minQueries, random);
    return { kind, labelled, queries, nearest: [] };
  });
}

const BATCH = 16;

async function findNearest(
  asked: readonly Asked[],
  table: RowTable,
  { neighbors, seed, pause }: PurityOptions,
): Promise<void> {
  const all = Uint32Array.from(new Set(asked.flatMap((a) => Array.from(a.queries)))).sort();
  const askedBy = asked.map((a) => new Set(a.queries));
  const shuffled = toPermutation(table.count, toStream(seed, 'purity ties'));
  const top = new TopList(neighbors);
  const out = Array.from({ length: BATCH }, () => new Float32Array(table.count));
  for (let start = 0; start < all.length; start += BATCH) {
    const batch = Array.from(all.subarray(start, start + BATCH));
    const queries = batch.map((i) => Float64Array.from(table.matrix.row(table.start + i)));
    await scanRows(queries, table, { out, pause });
    for (const [b, node] of batch.entries()) {
      out[b]![node] = Number.NEGATIVE_INFINITY; // nobody is their own neighbour
      for (const [a, { labelled, nearest }] of asked.entries()) {
        if (askedBy[a]!.has(node))
          nearest.push(top.select(out[b]!, { shuffled, turn: node }, labelled).slice());
      }
      await pause();
    }
  }
}

/** The null keeps vectors, neighbours and value counts, and deals the value sets out anew among the labelled. */
async function againstNull(asked: Asked, options: PurityOptions): Promise<Purity> {
  const { labels } = asked.kind;
  const carries = Uint32Array.from({ length: labels.rows }, (_, i) => i); // node → whose values it is taken to have
  const observed = toPurity(asked, carries);
  const random = toStream(options.seed, `purity null ${asked.kind.kind}`);
  const dealt = asked.labelled.slice();
  const draws = new Float64Array(options.permutations);
  for (let at = 0; at < draws.length; at++) {
    shuffle(dealt, random);
    for (const [i, node] of asked.labelled.entries()) carries[node] = dealt[i]!;
    draws[at] = toPurity(asked, carries);
    await options.pause();
  }
  const { neighbors, permutations } = options;
  return { observed, chance: toBand(draws), permutations, neighbors, queries: asked.queries.length };
}

/** Mean over the asked of the share of their neighbours with a value in common; fewer than `neighbors` when so few carry the kind. */
function toPurity({ kind, queries, nearest }: Asked, carries: Uint32Array): number {
  return toMean(
    Float64Array.from(queries, (node, i) => {
      let same = 0;
      for (const other of nearest[i]!) if (shareOne(kind.labels, carries[node]!, carries[other]!)) same++;
      return same / nearest[i]!.length;
    }),
  );
}
