/** Why rows of a served version are left out of answers: one byte per row, kept up to date by the overlay. */
import type { NodeRef } from '../base/ids.ts';
import { createBreather } from '../base/task.ts';
import type { CatalogWatch } from './catalog-watch.ts';
import type { VersionRows } from './live-version.ts';

/** Always: deleted, or of another node by this name. */
export const GONE = 1;
/** On request. */
export const HIDDEN = 2;
export const OUT_OF_STOCK = 4;

/** u8 [rows]; shared with the threads that search. */
export type RowFlags = Uint8Array<SharedArrayBuffer>;

/**
 * From the ids that the watch knows of, which are few. A customer who was forgotten is known by a digest
 * alone, so that then every customer of the version is looked at.
 */
export async function flagRows(flags: RowFlags, version: VersionRows, watch: CatalogWatch): Promise<void> {
  const { manifest, nodes } = version.content;
  const flag = (ref: NodeRef): void => {
    const row = version.findAnyRow(ref);
    if (row !== undefined) flags[row] = (watch.isGone(ref, manifest) ? GONE : 0) | toStates(watch, ref);
  };
  for (const type of ['customer', 'product'] as const) {
    for (const id of watch.goneIds(type)) flag({ type, id });
  }
  for (const ids of [watch.hidden, watch.outOfStock]) for (const id of ids) flag({ type: 'product', id });
  if (!watch.hasForgotten) return;
  const { start, end } = version.range('customer');
  const breathe = createBreather();
  for (let row = start; row < end; row++) {
    if (watch.isGone({ type: 'customer', id: nodes.ids[row]! }, manifest)) flags[row]! |= GONE;
    await breathe();
  }
}

/** The part of the flags that comes and goes. */
export function toStates({ hidden, outOfStock }: CatalogWatch, { type, id }: NodeRef): number {
  if (type !== 'product') return 0;
  return (hidden.has(id) ? HIDDEN : 0) | (outOfStock.has(id) ? OUT_OF_STOCK : 0);
}
