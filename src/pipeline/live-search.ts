/**
 * One search of a served version, with what lies over it: rows that are left out are left out inside the
 * search, nodes that were folded in are merged in by their score. Rows end here: what comes out has ids.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { type NodeType, toNodeKey } from '../base/ids.ts';
import type { AttributeValue, Catalog } from '../catalog/types.ts';
import type { Hit, NeighborIndex, RowSet } from '../neighbors/types.ts';
import type { ColdHit, ColdNode } from './cold-table.ts';
import { toColdStart } from './live-nodes.ts';
import type { ColdStart, Exclusion, Match, Metric } from './live-types.ts';
import type { LiveVersion } from './live-version.ts';
import { GONE, HIDDEN, OUT_OF_STOCK } from './row-flags.ts';

/** The nodes that may appear: rows of the version, and ids of nodes that it has no row for. */
export interface Allowed {
  readonly rows: RowSet;
  readonly coldIds: ReadonlySet<string>;
}

export interface SearchQuestion {
  readonly metric: Metric;
  readonly query: ArrayLike<number>;
  readonly type: NodeType;
  readonly limit: number;
  readonly exclude: Exclusion;
  readonly only?: Allowed;
}

/** A node of the catalog with its score; it has a row of the version, or was folded in. */
export interface FoundNode {
  readonly type: NodeType;
  readonly id: string;
  readonly name: string; // '' where there is none
  readonly score: number;
  readonly row?: number;
  readonly cold?: ColdNode;
  /** Of a blend that `own` ranks it in: the part of the score that is for having been bought before, 0 … 1. */
  readonly ownShare?: number;
}

export interface SearchDeps {
  readonly onSearch: (metric: Metric, seconds: number) => void;
}

export type Search = (live: LiveVersion, question: SearchQuestion) => Promise<FoundNode[]>;

/** Best first, and as many as `limit` where there are so many. */
export function createSearch({ onSearch }: SearchDeps): Search {
  return async (live, { metric, query, type, limit, exclude, only }) => {
    const bits = toBits(exclude);
    const ids = exclude.ids ?? [];
    const startedAt = performance.now();
    const hits = await getIndex(live, metric).search(query, {
      limit,
      range: live.range(type),
      exclude: toRows(live, type, ids),
      without: { flags: live.overlay.flags, bits },
      only: only?.rows,
    });
    const keys = new Set<string>(ids.map((id) => toNodeKey(type, id)));
    const cold = live.overlay.search(query, {
      metric,
      type,
      limit,
      bits,
      exclude: keys,
      only: only?.coldIds,
    });
    onSearch(metric, (performance.now() - startedAt) / 1000);
    return merge(live, hits, cold).slice(0, limit);
  };
}

/** Waits for what was written just before to be folded in. @returns a warning where it is not */
export async function settleOverlay(live: LiveVersion, waitMs: number): Promise<string[]> {
  const waiting = await live.overlay.settle(waitMs);
  return waiting > 0 ? [`${waiting} new nodes are not in this answer yet`] : [];
}

/** Flags of rows that do not appear. */
export const toBits = ({ hidden, outOfStock }: Exclusion): number =>
  GONE | (hidden ? HIDDEN : 0) | (outOfStock ? OUT_OF_STOCK : 0);

/** @throws ShelfwalkError CONTEXTS_MISSING — zeros in their place would make a list that looks like an answer */
export function getIndex({ indexes, info }: LiveVersion, metric: Metric): NeighborIndex {
  const index = indexes[metric];
  if (index) return index;
  const hint = 'Neighbours need none; for recommendations import the contexts too, or name another model';
  throw new ShelfwalkError('CONTEXTS_MISSING', { version: info.version, hint });
}

export function toRows(live: LiveVersion, type: NodeType, ids: readonly string[]): number[] {
  const rows: number[] = [];
  for (const id of ids) {
    const row = live.findRow({ type, id });
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

/** Of two alike the trained one comes first. */
function merge(live: LiveVersion, hits: readonly Hit[], cold: readonly ColdHit[]): FoundNode[] {
  const trained = hits.map(({ row, score }) => toFoundRow(live, row, score));
  if (cold.length === 0) return trained;
  const folded = cold.map(({ node, score }) => toFoundCold(node, score));
  return [...trained, ...folded].sort((a, b) => b.score - a.score); // stable
}

export function toFoundRow(live: LiveVersion, row: number, score: number): FoundNode {
  const { ids, names } = live.content.nodes;
  return { type: live.typeOf(row), id: ids[row]!, name: names[row]!, score: toShort(score), row };
}

export const toFoundCold = (cold: ColdNode, score: number): FoundNode => {
  const { id, type, name } = cold;
  return { type, id, name, score: toShort(score), cold };
};

export function toMatch({ id, type, name, score, cold }: FoundNode): Match {
  const coldStart: ColdStart = cold ? toColdStart(cold) : {};
  return { id, type, name, score: toShort(score), ...coldStart };
}

export async function addAttributes<M extends Match>(
  catalog: Pick<Catalog, 'attributesOf'>,
  type: NodeType,
  matches: readonly M[],
): Promise<M[]> {
  if (type === 'attribute' || matches.length === 0) return [...matches];
  const byId: Map<string, AttributeValue[]> = await catalog.attributesOf(
    type,
    matches.map((m) => m.id),
  );
  return matches.map((match) => ({ ...match, attributes: byId.get(match.id) ?? [] }));
}

export const toShort = (x: number): number => Number(x.toPrecision(8));
