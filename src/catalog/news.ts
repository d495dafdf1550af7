/** What a commit has changed, gathered while it is made; see CatalogNews. */
import type { CatalogNews, ProductState } from './write-types.ts';

type EntityType = 'customer' | 'product';

export class NewsDraft {
  readonly #entities = {
    customer: new Map<string, 'upserted' | 'deleted'>(),
    product: new Map<string, 'upserted' | 'deleted'>(),
  };
  readonly #putAgain = { customer: new Set<string>(), product: new Set<string>() };
  readonly #states = new Map<string, ProductState>();
  readonly #interactions = new Map<string, { customerId: string; productId: string; type: string }>();

  upserted(type: EntityType, ids: readonly string[], putAgain: readonly string[] = []): void {
    for (const id of ids) this.#entities[type].set(id, 'upserted');
    for (const id of putAgain) this.#putAgain[type].add(id);
  }

  deleted(type: EntityType, ids: readonly string[]): void {
    for (const id of ids) {
      this.#putAgain[type].delete(id);
      this.#entities[type].set(id, 'deleted');
      if (type === 'product') this.#states.delete(id);
    }
  }

  state(state: ProductState): void {
    this.#states.set(state.id, state);
  }

  interaction(customerId: string, productId: string, type: string): void {
    this.#interactions.set(JSON.stringify([customerId, productId, type]), { customerId, productId, type });
  }

  get isEmpty(): boolean {
    const { customer, product } = this.#entities;
    return customer.size + product.size + this.#states.size + this.#interactions.size === 0;
  }

  finish(watermark: number, bulk = false): CatalogNews {
    const list = (type: EntityType, what: 'upserted' | 'deleted'): string[] =>
      [...this.#entities[type]].filter(([, how]) => how === what).map(([id]) => id);
    return {
      watermark,
      bulk,
      products: {
        upserted: list('product', 'upserted'),
        deleted: list('product', 'deleted'),
        putAgain: [...this.#putAgain.product],
        states: [...this.#states.values()],
      },
      customers: {
        upserted: list('customer', 'upserted'),
        deleted: list('customer', 'deleted'),
        putAgain: [...this.#putAgain.customer],
      },
      interactions: [...this.#interactions.values()],
    };
  }
}
