/**
 * What a session or a basket says, as weights of products: the n-th last moment weighs decay^n, as for a
 * known customer, and an event by its type.
 */
import { OWN_DECAY } from '../analyze/own.ts';

export interface SessionEvent {
  readonly productId: string;
  readonly type: string;
  /** ms since 1970; events without one stand in the order in which they are given, the last one newest. */
  readonly atMs?: number;
}

export interface ProductWeight {
  readonly productId: string;
  readonly weight: number; // > 0
}

/** What somebody has done with a product. */
export interface AskerProduct extends ProductWeight {
  /** By which `own` ranks it (src/analyze/own.ts); > 0. */
  readonly frequency: number;
  readonly times: number; // ≥ 1
  /** How many moments lie after the last time. */
  readonly momentsAgo: number;
  /** The last time, ms since 1970, where it is known. */
  readonly lastMs?: number;
}

/**
 * One weight per product, that of its strongest event: seen again, a product is newer, not more; only its frequency is
 * a sum, of an event's weight by type and what its age leaves of it. A basket is
 * the newest moment, and its products weigh 1. Events of one instant are one moment; those without a time are
 * older than the basket and newer than those with one.
 *
 * @param weightOf of an event by its type; 0 leaves it out
 * @param decay 0 < decay ≤ 1
 */
export function weighSession(
  events: readonly SessionEvent[],
  basket: readonly string[],
  { weightOf, decay }: { readonly weightOf: (type: string) => number; readonly decay: number },
): AskerProduct[] {
  const found = new Map<string, AskerProduct>();
  /** The newest first. */
  const add = (productId: string, worth: number, momentsAgo: number, lastMs?: number): void => {
    if (worth <= 0) return;
    const first = { productId, weight: 0, frequency: 0, times: 0, momentsAgo };
    const known = found.get(productId) ?? { ...first, ...(lastMs !== undefined && { lastMs }) };
    found.set(productId, {
      ...known,
      weight: Math.max(known.weight, worth * decay ** momentsAgo),
      frequency: known.frequency + worth * OWN_DECAY ** momentsAgo,
      times: known.times + 1,
    });
  };
  for (const productId of basket) add(productId, 1, 0);
  let age = basket.length > 0 ? 0 : -1;
  let lastMs: number | undefined;
  for (const { productId, type, atMs } of toNewestFirst(events)) {
    if (age < 0 || atMs === undefined || atMs !== lastMs) age++;
    lastMs = atMs;
    add(productId, weightOf(type), Math.max(age, 0), atMs);
  }
  return [...found.values()];
}

function toNewestFirst(events: readonly SessionEvent[]): SessionEvent[] {
  const reversed = [...events].reverse();
  const untimed = reversed.filter(({ atMs }) => atMs === undefined);
  const timed = reversed.filter(({ atMs }) => atMs !== undefined);
  return [...untimed, ...timed.sort((a, b) => b.atMs! - a.atMs!)]; // stable
}
