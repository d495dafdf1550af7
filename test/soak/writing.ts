/**
 * Writers that hardly pause: events in requests of one to forty, and a product that is put again and
 * again, deleted now and then. After a kill: every acknowledged request is there, once; one that was
 * not answered is there whole or not at all, and sent again with its key it is there once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Activity, Checked } from './kill-harness.ts';
import type { Server } from './server.ts';

const WRITERS = 8;
/** At most, after each request: a write takes about as long, so that of eight one is nearly always on its way. */
const PAUSE_MS = 20;
const MAX_EVENTS = 40;

/** One request of events: `customer` is its own, so that what is there can be asked for. */
interface Batch {
  readonly customer: string;
  readonly events: number;
}

/** What a product was last known to be, and what it may be instead. `undefined`: deleted, or never put. */
interface Product {
  readonly id: string;
  known: string | undefined;
  asked: { readonly name: string | undefined } | undefined;
}

export class Writing implements Activity {
  readonly name = 'writes';
  readonly #random: () => number;
  #acknowledged: Batch[] = [];
  #open = new Set<Batch>();
  readonly #products: Product[] = Array.from({ length: WRITERS }, (_, i) => ({
    id: `product ${i}`,
    known: undefined,
    asked: undefined,
  }));
  readonly #facts = {
    killsInAnUnfinishedWrite: 0,
    requestsAcknowledged: 0,
    requestsNotAnsweredThere: 0,
    requestsNotAnsweredNotThere: 0,
  };
  #n = 0;
  #writers: Promise<void>[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  async begin(server: Server): Promise<void> {
    let promised!: () => void;
    const first = new Promise<void>((resolve) => {
      promised = resolve;
    });
    this.#writers = this.#products.map((product) => this.#write(server, product, promised));
    await first;
  }

  struck(): void {
    const isUnfinished = this.#open.size > 0 || this.#products.some(({ asked }) => asked);
    if (isUnfinished) this.#facts.killsInAnUnfinishedWrite++;
  }

  async check(server: Server): Promise<Checked> {
    await Promise.all(this.#writers);
    const broken: string[] = [];
    const claim = (found: number, allowed: readonly number[], what: string): void => {
      if (!allowed.includes(found)) broken.push(`${what}: ${found} events, expected ${allowed.join(' or ')}`);
    };
    const promises = this.#acknowledged.length + this.#open.size + this.#products.length;
    const left = this.#acknowledged.values(); // shared by as many readers as there are writers
    await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        for (const batch of left)
          claim(await countEvents(server, batch), [batch.events], `acknowledged, ${batch.customer}`);
      }),
    );
    for (const batch of this.#open) {
      const found = await countEvents(server, batch);
      claim(found, [0, batch.events], `not answered, ${batch.customer}`);
      if (found === 0) this.#facts.requestsNotAnsweredNotThere++;
      else this.#facts.requestsNotAnsweredThere++;
      await sendBatch(server, batch);
      claim(await countEvents(server, batch), [batch.events], `sent again, ${batch.customer}`);
    }
    this.#facts.requestsAcknowledged += this.#acknowledged.length;
    this.#acknowledged = [];
    this.#open.clear();
    for (const product of this.#products) broken.push(...(await checkProduct(server, product)));
    return { promises, broken };
  }

  facts(): Readonly<Record<string, number>> {
    return this.#facts;
  }

  /** Until the server is gone. */
  async #write(server: Server, product: Product, promised: () => void): Promise<void> {
    try {
      for (;;) {
        const batch = {
          customer: `customer ${this.#n++}`,
          events: 1 + Math.floor(this.#random() ** 3 * MAX_EVENTS),
        };
        this.#open.add(batch);
        await sendBatch(server, batch);
        this.#open.delete(batch);
        this.#acknowledged.push(batch);
        promised();
        const name = this.#random() < 0.2 ? undefined : `name ${this.#n}`;
        if (name === undefined && product.known === undefined) continue;
        product.asked = { name };
        await sendProduct(server, product.id, name);
        product.known = name;
        product.asked = undefined;
        await delay(this.#random() * PAUSE_MS);
      }
    } catch (error) {
      // fetch fails with a TypeError when the connection goes; anything else is a broken promise.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

async function sendBatch(server: Server, { customer, events }: Batch): Promise<void> {
  const interactions = Array.from({ length: events }, (_, i) => ({
    customerId: customer,
    productId: `sku ${i % 7}`,
    timestamp: 1_700_000_000_000 + i,
  }));
  const reply = await server.send(
    'POST',
    '/v1/interactions',
    { interactions },
    { 'idempotency-key': customer.replace(' ', '-') },
  );
  expect(reply).toMatchObject({ status: 200, json: { accepted: events, rejected: 0 } });
}

async function sendProduct(server: Server, id: string, name: string | undefined): Promise<void> {
  const path = `/v1/products/${encodeURIComponent(id)}`;
  const reply =
    name === undefined ? await server.send('DELETE', path) : await server.send('PUT', path, { name });
  expect(reply.status).toBe(200);
}

async function countEvents(server: Server, { customer }: Batch): Promise<number> {
  const { status, json } = await server.send(
    'GET',
    `/v1/customers/${encodeURIComponent(customer)}/interactions?limit=1000`,
  );
  expect([200, 404]).toContain(status);
  return status === 404 ? 0 : json.results.length;
}

async function checkProduct(server: Server, product: Product): Promise<string[]> {
  const { status, json } = await server.send('GET', `/v1/products/${encodeURIComponent(product.id)}`);
  const found: string | undefined = status === 404 ? undefined : json.name;
  const allowed = [product.known, ...(product.asked ? [product.asked.name] : [])];
  product.known = found;
  product.asked = undefined;
  return allowed.includes(found) ? [] : [`${product.id}: ${found}, expected ${allowed.join(' or ')}`];
}
