/**
 * What single writes mean, in the most obvious words: arrays and maps in memory, one change after the
 * other, nothing shared with the catalog. Tests hold the catalog to it.
 */
import type {
  AttributeWrite,
  EntityChange,
  InteractionEvent,
  InteractionFilter,
} from '../../src/catalog/write-types.ts';

export interface ModelEvent {
  readonly customer: string;
  readonly product: string;
  readonly type: string;
  readonly atMs: number;
  readonly quantity: number; // signed; 1 where none was given
  readonly basket: string | undefined;
  readonly n: number; // order of arrival
}

interface ModelEntity {
  name: string;
  attributes: Map<string, Set<string>>;
  hidden: boolean;
  inStock: boolean;
}

type EntityType = 'customer' | 'product';

export class WriteModel {
  readonly entities: Record<EntityType, Map<string, ModelEntity>> = {
    customer: new Map(),
    product: new Map(),
  };
  readonly gone: Record<EntityType, Set<string>> = { customer: new Set(), product: new Set() };
  events: ModelEvent[] = [];
  #n = 0;

  append(event: InteractionEvent): boolean {
    if (this.gone.customer.has(event.customerId) || this.gone.product.has(event.productId)) return false;
    this.#touch('customer', event.customerId);
    this.#touch('product', event.productId);
    const isReturn = event.type === 'return' || (event.quantity ?? 1) < 0;
    this.events.push({
      customer: event.customerId,
      product: event.productId,
      type: event.type === undefined || event.type === 'return' ? 'purchase' : event.type,
      atMs: Number(event.timestamp),
      quantity: (isReturn ? -1 : 1) * Math.abs(event.quantity ?? 1),
      basket: event.basket,
      n: this.#n++,
    });
    return true;
  }

  /** All of one request: first everything they replace goes, then they come. */
  replace(events: readonly InteractionEvent[]): number {
    for (const { customerId, productId, type = 'purchase', basket } of events) {
      this.events = this.events.filter(
        (e) =>
          e.customer !== customerId ||
          e.product !== productId ||
          e.type !== type ||
          (basket !== undefined && e.basket !== basket),
      );
    }
    return events.filter((event) => this.append(event)).length;
  }

  remove({ customerId, productId, type }: InteractionFilter): number {
    const before = this.events.length;
    this.events = this.events.filter(
      (e) =>
        e.customer !== customerId ||
        (productId !== undefined && e.product !== productId) ||
        (type === 'return' ? e.quantity > 0 : type !== undefined && e.type !== type),
    );
    return before - this.events.length;
  }

  change(type: EntityType, change: EntityChange): boolean {
    const all = this.entities[type];
    const old = all.get(change.id);
    if (change.op !== 'put' && !old) return false;
    if (change.op === 'delete') {
      all.delete(change.id);
      this.gone[type].add(change.id);
      this.events = this.events.filter((e) => e[type] !== change.id);
      return true;
    }
    this.gone[type].delete(change.id);
    const entity = change.op === 'put' ? toNew() : old!;
    all.set(change.id, entity);
    if (change.name !== undefined) entity.name = change.name;
    if (change.hidden !== undefined) entity.hidden = change.hidden;
    if (change.inStock !== undefined) entity.inStock = change.inStock;
    for (const { kind } of change.attributes ?? []) entity.attributes.delete(kind);
    for (const attribute of change.attributes ?? []) addAttribute(entity, attribute);
    return true;
  }

  /** Events that stand, per customer, product and type: along time, each return takes the newest event before it. */
  standing(): Map<string, number> {
    const counts = new Map<string, number>();
    const keys = new Set(this.events.map((e) => JSON.stringify([e.customer, e.product, e.type])));
    for (const key of keys) {
      const mine = this.events.filter((e) => JSON.stringify([e.customer, e.product, e.type]) === key);
      mine.sort((a, b) => a.atMs - b.atMs || Number(a.quantity < 0) - Number(b.quantity < 0) || a.n - b.n);
      const left: number[] = [];
      for (const { quantity } of mine) {
        if (quantity > 0) left.push(quantity);
        for (let back = -quantity; back > 0 && left.length > 0; ) {
          const last = left.pop()!;
          if (last > back) left.push(last - back);
          back -= last;
        }
      }
      if (left.length > 0) counts.set(key, left.length);
    }
    return counts;
  }

  #touch(type: EntityType, id: string): void {
    if (!this.entities[type].has(id)) this.entities[type].set(id, toNew());
  }
}

const toNew = (): ModelEntity => ({ name: '', attributes: new Map(), hidden: false, inStock: true });

function addAttribute(entity: ModelEntity, { kind, value }: AttributeWrite): void {
  if (value === null) return;
  entity.attributes.set(kind, (entity.attributes.get(kind) ?? new Set()).add(String(value)));
}
