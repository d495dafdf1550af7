/**
 * Whom a list is for, as the scorers see it: products with weights, what counts as seen, and the vector that
 * the embedding is asked with. A customer is read from the catalog as it is now; a session speaks for itself.
 */
import { toFrequency } from '../analyze/own.ts';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { toNorm } from '../base/matrix.ts';
import type { Catalog, HistoryEntry } from '../catalog/types.ts';
import {
  type AskerProduct,
  type ProductWeight,
  type SessionEvent,
  weighSession,
} from '../recommend/recency.ts';
import { type FoldIns, inferVectors, readWeighting } from './live-fold-in.ts';
import type { LiveHistories } from './live-histories.ts';
import { findEmbedded, getEmbedded } from './live-nodes.ts';
import type { ColdStart, ModelRef } from './live-types.ts';
import type { LiveVersion } from './live-version.ts';
import { getDecay } from './recency.ts';
import type { Session, SessionInput } from './recommend-types.ts';

export type Chosen = LiveVersion & { readonly model: ModelRef };

export interface Asker {
  /** Absent for a session. */
  readonly customerId?: string;
  readonly products: readonly AskerProduct[];
  /** Ids that `seen` leaves out. */
  seen(types: readonly string[] | undefined): Promise<readonly string[]>;
  /** What the embedding is asked with. @throws ShelfwalkError NODE_UNKNOWN · NODE_NOT_EMBEDDED · FOLD_IN_IMPOSSIBLE */
  preference(options: PreferenceOptions): Promise<Preference>;
  /** @throws ShelfwalkError NODE_UNKNOWN — nobody, and nothing that could be answered from */
  check(): Promise<void>;
}

export interface PreferenceOptions {
  /** As far as it is folded in: without waiting for what is being folded in. */
  readonly now: boolean;
}

export interface Preference extends ColdStart {
  readonly query: ArrayLike<number>; // [dimension]
  readonly warnings?: readonly string[];
}

export interface AskerDeps {
  readonly catalog: Catalog;
  readonly histories: LiveHistories;
  readonly foldIns: FoldIns;
}

export async function readCustomer(
  { catalog, histories }: AskerDeps,
  live: Chosen,
  customerId: string,
): Promise<Asker> {
  const history = await histories.of(customerId);
  const decay = getDecay(live.content);
  const products = history.map((entry) => toProduct(entry, decay));
  return {
    customerId,
    products,
    async seen(types) {
      const seen = types ? await histories.of(customerId, types) : history;
      return seen.map(({ productId }) => productId);
    },
    async preference(how) {
      const query = await toMeanVector(live, products, how);
      if (query) return { query };
      const { vector, coldStart, basis } = await getEmbedded(catalog, live, {
        type: 'customer',
        id: customerId,
      });
      return {
        // Traits alone: the customer's own vector has never met a purchase that is in this version.
        query: vector,
        warnings: ['no purchase of this customer has a vector: answered from the traits'],
        ...(coldStart && { coldStart, basis }),
      };
    },
    async check() {
      if (history.length > 0 || (await catalog.find('customer', customerId))) return;
      const hint = 'GET /v1/customers?q=… finds ids by name';
      throw new ShelfwalkError('NODE_UNKNOWN', { type: 'customer', id: customerId, hint });
    },
  };
}

const toProduct = ({ productId, age, ages, lastMs }: HistoryEntry, decay: number): AskerProduct => ({
  productId,
  weight: decay ** age,
  frequency: toFrequency(ages),
  times: ages.length,
  momentsAgo: age,
  ...(lastMs !== undefined && { lastMs }),
});

/** @throws ShelfwalkError REQUEST_UNPROCESSABLE — a timestamp that is none */
export async function readSession(
  { catalog, foldIns }: AskerDeps,
  live: Chosen,
  { events = [], basket = [], attributes = [] }: Session,
): Promise<Asker> {
  const { typeWeights, otherTypes } = await readWeighting(catalog, live.content);
  const weightOf = (type: string): number =>
    Object.hasOwn(typeWeights, type) ? typeWeights[type]! : otherTypes;
  const read = events.map(toEvent);
  const products = weighSession(read, basket, { weightOf, decay: getDecay(live.content) });
  return {
    products,
    seen: async (types) => [
      ...basket,
      ...read.filter(({ type }) => !types || types.includes(type)).map(({ productId }) => productId),
    ],
    async preference(how) {
      const query = await toMeanVector(live, products, how);
      if (query) return { query };
      if (attributes.length > 0) {
        const { vector, coldStart, basis } = await inferVectors(foldIns, live, {
          type: 'customer',
          attributes,
        });
        return { query: vector, coldStart, basis };
      }
      const [first] = products;
      if (!first) throw nothingGiven();
      const reason = 'no product of this session has a vector';
      throw new ShelfwalkError('NODE_NOT_EMBEDDED', { type: 'product', id: first.productId, reason });
    },
    async check() {
      if (products.length === 0) throw nothingGiven();
    },
  };
}

const nothingGiven = (): ShelfwalkError =>
  new ShelfwalkError('REQUEST_UNPROCESSABLE', {
    field: 'events',
    found: 'nothing to go by',
    expected: 'events of a type that weighs something, a basket or attributes; or fallback: popular',
  });

/** `fallback` answers in the place of these: nobody knows this customer, or nothing of theirs. */
export const hasNothingToSay = (error: unknown): boolean =>
  isShelfwalkError(error, 'NODE_UNKNOWN') ||
  isShelfwalkError(error, 'NODE_NOT_EMBEDDED') ||
  isShelfwalkError(error, 'FOLD_IN_IMPOSSIBLE') ||
  (isShelfwalkError(error, 'REQUEST_UNPROCESSABLE') && error.details['field'] === 'events');

function toEvent({ productId, type = 'purchase', timestamp }: SessionInput, index: number): SessionEvent {
  if (timestamp === undefined) return { productId, type };
  const atMs = typeof timestamp === 'number' ? timestamp : Date.parse(timestamp);
  if (Number.isFinite(atMs)) return { productId, type, atMs };
  throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
    field: `events.${index}.timestamp`,
    found: timestamp,
    expected: 'ISO 8601, or milliseconds since 1970',
  });
}

/**
 * Weighted mean vector of products; undefined when none of them has a vector in this version. Up to date with
 * the catalog, where a customer's own vector is as old as the version, and better (docs/training.md).
 */
async function toMeanVector(
  live: LiveVersion,
  products: readonly ProductWeight[],
  how: PreferenceOptions,
): Promise<Float64Array | undefined> {
  const sum = new Float64Array(live.info.dimension);
  let total = 0;
  for (const { productId, weight } of products) {
    const node = await findEmbedded(live, { type: 'product', id: productId }, how);
    if (!node) continue;
    for (let i = 0; i < sum.length; i++) sum[i]! += node.vector[i]! * weight;
    total += weight;
  }
  return total > 0 && toNorm(sum) > 0 ? sum.map((x) => x / total) : undefined;
}
