/**
 * Numbers → a few values a person can read: quantile bins `<0.85`, `0.85–1.25`, `≥4.95`. The cut points
 * are kept, so that a later file with three new products is cut where the whole catalogue was.
 */
import type { Session } from './database.ts';
import { quoteLiteral, toDouble } from './sql.ts';

export interface BinEdges {
  /** Ascending; k edges make k + 1 bins. */
  readonly at: readonly number[];
  /** They come from an earlier file. */
  readonly reused: boolean;
}

/**
 * Edges of a kind: those kept for this many bins, or else the quantiles of `value` over the table
 * `latest`, without doubles and without the smallest value (nothing lies below it).
 */
export async function toEdges(
  session: Session,
  { kind, bins, value }: { kind: string; bins: number; value: string },
): Promise<BinEdges> {
  const [kept] = await session.rows<{ edges: number[] }>(
    'SELECT edges FROM attribute_bins WHERE kind = $1 AND bins = $2::INTEGER',
    [kind, bins],
  );
  if (kept) return { at: kept.edges, reused: true };
  const shares = Array.from({ length: bins - 1 }, (_, i) => (i + 1) / bins);
  const [row] = await session.rows<{
    edges: number[] | null;
    smallest: number | null;
    second: number | null;
  }>(
    `WITH given AS (SELECT v FROM (SELECT ${value} AS v FROM latest) WHERE v IS NOT NULL)
     SELECT quantile_disc(v, [${shares.join(', ')}]) AS edges, min(v) AS smallest,
       min(v) FILTER (v > (SELECT min(v) FROM given)) AS second
     FROM given`,
  );
  const at = [...new Set(row?.edges ?? [])].filter((edge) => edge > row!.smallest!);
  if (at.length === 0 && row?.second != null) at.push(row.second); // most values are the smallest one
  await session.run('DELETE FROM attribute_bins WHERE kind = $1', [kind]);
  if (row?.edges) {
    await session.run(
      `INSERT INTO attribute_bins VALUES ($1, $2::INTEGER, [${at.map(toDouble).join(', ')}]::DOUBLE[])`,
      [kind, bins],
    );
  }
  return { at, reused: false };
}

const toLabels = (edges: readonly number[]): string[] => [
  `<${edges[0]}`,
  ...edges.slice(1).map((edge, i) => `${edges[i]}–${edge}`),
  `≥${edges.at(-1)}`,
];

/** All values are equal: there is nothing to tell apart. */
const ONLY_BIN = 'any';

/** The label of the bin a number falls into. */
export function toBinOf(value: number, edges: readonly number[]): string {
  if (edges.length === 0) return ONLY_BIN;
  const bin = edges.findIndex((edge) => value < edge);
  return toLabels(edges).at(bin)!; // −1, beyond the last edge, is the last label
}

/** SQL: the number in `text` → the label of its bin. A bin holds its lower edge, not its upper one. */
export function toBinLabel(text: string, edges: readonly number[]): string {
  if (edges.length === 0) return quoteLiteral(ONLY_BIN);
  const labels = toLabels(edges).map(quoteLiteral);
  const cases = edges.map(
    (edge, i) => `WHEN try_cast(${text} AS DOUBLE) < ${toDouble(edge)} THEN ${labels[i]}`,
  );
  return `CASE ${cases.join(' ')} ELSE ${labels.at(-1)} END`;
}
