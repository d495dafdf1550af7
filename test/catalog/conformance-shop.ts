/** The shop of the conformance suite as files, imported into a catalog of the embedded kind. */
import { CONFORMANCE_SHOP } from '../conformance/catalog-source.cases.ts';
import type { TempCatalog } from './temp-catalog.ts';

export async function importConformanceShop(temp: TempCatalog): Promise<void> {
  const {
    interactions,
    productAttributes = [],
    customerAttributes = [],
    edges = [],
    names = {},
  } = CONFORMANCE_SHOP;
  const write = (name: string, rows: readonly object[]) =>
    temp.file(`${name}.ndjson`, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const events = interactions.map(({ timeMs, ...event }) => ({
    ...event,
    ts: new Date(timeMs!).toISOString(),
  }));
  await temp.interactions(await write('interactions', events), {
    customer: 'customer',
    product: 'product',
    type: { column: 'type' },
    timestamp: 'ts',
  });
  const products = productAttributes.map(({ owner, value }) => {
    return { id: owner, brand: value, name: names[`product:${owner}`] ?? '' };
  });
  await temp.products(await write('products', [...products, { id: 'alone' }]), {
    id: 'id',
    name: 'name',
    attributes: [{ kind: 'brand', column: 'brand' }],
  });
  const customers = customerAttributes.map(({ owner, value }) => ({ id: owner, region: value }));
  await temp.customers(await write('customers', [...customers, { id: 'alone' }]), {
    id: 'id',
    attributes: [{ kind: 'region', column: 'region' }],
  });
  for (const isDirected of [false, true]) {
    const rows = edges
      .filter(({ directed = false }) => directed === isDirected)
      .map(({ from, to, weight = 1 }) => ({ from: from.id, to: to.id, weight }));
    await temp.edges(await write(`edges-${isDirected}`, rows), { weight: 'weight', directed: isDirected });
  }
}
