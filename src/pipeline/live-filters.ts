/**
 * What filters let through and what values products have, as the catalog is now: read once, kept until a
 * commit changes a product, so that a filter which is asked for again costs nothing.
 */
import { Recent } from '../base/recent.ts';
import type { Catalog, Filter } from '../catalog/types.ts';
import { toRowSet } from '../neighbors/row-set.ts';
import type { Allowed } from './live-search.ts';
import type { LiveVersion } from './live-version.ts';

/** A bit per row each. */
const FILTERS_KEPT = 64;
/** A value per product each. */
const KINDS_KEPT = 8;

export interface LiveFilters {
  /** @throws ShelfwalkError REQUEST_UNPROCESSABLE — the filter is too large, or says nothing */
  allow(live: LiveVersion, filter: Filter): Promise<Allowed>;
  /** Values of one kind of attribute by product. */
  valuesOf(kind: string): Promise<ReadonlyMap<string, readonly string[]>>;
  close(): void;
}

export function createLiveFilters(catalog: Pick<Catalog, 'matching' | 'valuesOf' | 'onChange'>): LiveFilters {
  const allowed = new Recent<Allowed>(FILTERS_KEPT);
  const values = new Recent<ReadonlyMap<string, readonly string[]>>(KINDS_KEPT);
  // Told before the writer is: whoever asks after a write has been acknowledged reads again.
  const stop = catalog.onChange(({ bulk, products }) => {
    const { upserted, deleted, states } = products;
    if (!bulk && upserted.length + deleted.length + states.length === 0) return;
    allowed.clear();
    values.clear();
  });
  return {
    allow: (live, filter) =>
      // Rows are those of one version; ids are not kept, there may be millions.
      allowed.get(JSON.stringify([live.info.version, filter]), async () =>
        toAllowed(live, await catalog.matching(filter)),
      ),
    valuesOf: (kind) => values.get(kind, () => catalog.valuesOf(kind)),
    close: stop,
  };
}

/** Products by id, whether the version has a row for them or not. */
export function toAllowed(live: LiveVersion, ids: readonly string[]): Allowed {
  const rows: number[] = [];
  const coldIds = new Set<string>();
  for (const id of ids) {
    const row = live.findRow({ type: 'product', id });
    if (row === undefined) coldIds.add(id);
    else rows.push(row);
  }
  return { rows: toRowSet(live.content.nodes.count, rows), coldIds };
}
