/**
 * What customers have done, as the catalog is now: read at the first question, which takes DuckDB some
 * milliseconds, and kept until a commit changes it. Whoever asks again within a session is answered without it.
 */
import { Recent } from '../base/recent.ts';
import type { Catalog, HistoryEntry } from '../catalog/types.ts';

/** About 100 bytes per product of each. */
const CUSTOMERS_KEPT = 1000;

export interface LiveHistories {
  /** `types`: events of these alone; not kept. */
  of(customerId: string, types?: readonly string[]): Promise<readonly HistoryEntry[]>;
  close(): void;
}

export function createLiveHistories(catalog: Pick<Catalog, 'history' | 'onChange'>): LiveHistories {
  const kept = new Recent<readonly HistoryEntry[]>(CUSTOMERS_KEPT);
  // Told before the writer is: whoever asks after a write has been acknowledged reads again.
  const stop = catalog.onChange(({ bulk, products, customers, interactions }) => {
    if (bulk || products.deleted.length + products.putAgain.length > 0) return kept.clear();
    for (const { customerId } of interactions) kept.delete(customerId);
    for (const id of [...customers.upserted, ...customers.deleted]) kept.delete(id);
  });
  return {
    of: (customerId, types) =>
      types ? catalog.history(customerId, types) : kept.get(customerId, () => catalog.history(customerId)),
    close: stop,
  };
}
