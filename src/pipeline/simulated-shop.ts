/**
 * A shop that does not exist, for the demonstration and for tests: products, customers and half a year
 * of interactions, with planted personas. The same seed gives the same bytes on every machine.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../base/folder.ts';
import { createRandom } from '../base/rng.ts';
import type { ImportSource } from '../catalog/types.ts';
import { buildShopProducts, type ShopProduct } from './simulated-shop-catalogue.ts';
import { buildShopCustomers, type ShopCustomer } from './simulated-shop-personas.ts';
import { buildShopVisits, type ShopInteraction } from './simulated-shop-visits.ts';

export interface SimulatedShop {
  readonly products: readonly ShopProduct[];
  readonly customers: readonly ShopCustomer[];
  readonly interactions: readonly ShopInteraction[]; // in order of time
}

export interface SimulatedShopOptions {
  readonly seed: number;
  readonly customerCount: number;
}

export const SHOP_DEFAULTS: SimulatedShopOptions = { seed: 20, customerCount: 2000 };

/** Its presence in a folder says that the data there is made up. */
export const SHOP_README = 'README.txt';

/** Products, customers and visits have streams of their own: more customers leave the products as they are. */
export function buildSimulatedShop({
  seed,
  customerCount,
}: SimulatedShopOptions = SHOP_DEFAULTS): SimulatedShop {
  const products = buildShopProducts(createRandom(seed));
  const customers = buildShopCustomers(customerCount, createRandom(seed + 1));
  return { products, customers, interactions: buildShopVisits(products, customers, createRandom(seed + 2)) };
}

/** File name → text. */
export function toShopFiles({
  products,
  customers,
  interactions,
}: SimulatedShop): Readonly<Record<string, string>> {
  return {
    [SHOP_README]: README,
    'products.csv': toCsv(
      ['product_id', 'name', 'department', 'category', 'product_type', 'brand', 'price'],
      products.map((p) => [p.id, p.name, p.department, p.category, p.type, p.brand, toEuros(p.priceCents)]),
    ),
    'customers.csv': toCsv(
      ['customer_id', 'name', 'region'],
      customers.map((c) => [c.id, c.name, c.region]),
    ),
    'interactions.csv': toCsv(
      ['customer_id', 'product_id', 'type', 'timestamp', 'quantity', 'value', 'basket_id'],
      interactions.map(toInteractionRow),
    ),
    'personas.csv': toCsv(
      ['customer_id', 'persona'],
      customers.map((c) => [c.id, c.persona.name]),
    ),
  };
}

/** Writes the files into `folder`, which is made if need be. */
export async function writeSimulatedShop(
  folder: string,
  shop: SimulatedShop = buildSimulatedShop(),
): Promise<void> {
  await makeFolder(folder);
  for (const [name, text] of Object.entries(toShopFiles(shop))) await writeFile(join(folder, name), text);
}

/** How the files in `folder` are imported. personas.csv is left out: it is the answer, not the question. */
export function toShopSources(folder: string): ImportSource[] {
  const toAttribute = (column: string) => ({ kind: column, column });
  return [
    {
      kind: 'products',
      path: join(folder, 'products.csv'),
      mapping: {
        id: 'product_id',
        name: 'name',
        attributes: [
          ...['department', 'category', 'product_type', 'brand'].map(toAttribute),
          { kind: 'price', column: 'price', bins: 5 },
        ],
      },
    },
    {
      kind: 'customers',
      path: join(folder, 'customers.csv'),
      mapping: { id: 'customer_id', name: 'name', attributes: [toAttribute('region')] },
    },
    {
      kind: 'interactions',
      path: join(folder, 'interactions.csv'),
      mapping: {
        customer: 'customer_id',
        product: 'product_id',
        type: { column: 'type' },
        timestamp: 'timestamp',
        quantity: 'quantity',
        value: 'value',
        basket: 'basket_id',
      },
    },
  ];
}

function toInteractionRow({
  customer,
  product,
  type,
  timeMs,
  basket,
  quantity,
  valueCents,
}: ShopInteraction): string[] {
  return [
    customer.id,
    product.id,
    type,
    new Date(timeMs).toISOString(),
    quantity === undefined ? '' : String(quantity),
    valueCents === undefined ? '' : toEuros(valueCents),
    basket === undefined ? '' : `b-${String(basket).padStart(5, '0')}`,
  ];
}

const toCsv = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  `${[header, ...rows].map((row) => row.map(toCell).join(',')).join('\n')}\n`;

const toCell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const toEuros = (cents: number): string => (cents / 100).toFixed(2);

const README = `This shop is simulated.

Nobody bought any of this: products, brands, customers and interactions were drawn from tables of words
by a random number generator with a fixed seed, so that there is something to look at before you import
data of your own. Figures measured on it say that the machinery works, not how well it would do elsewhere.

products.csv      what is sold: department, category, product type, brand, price
customers.csv     who buys: a name and a region that has nothing to do with taste
interactions.csv  half a year of purchases, in baskets, and of views
personas.csv      the hidden truth: which persona drives each customer. It is not imported; tests and
                  curious readers use it to see whether the vectors found it again.
`;
