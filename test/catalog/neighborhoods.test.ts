/** What single nodes touch, against all edges of the catalog, as training reads them. */
import { expect, test } from 'vitest';
import { NODE_TYPES, type NodeType } from '../../src/base/ids.ts';
import { createRandom } from '../../src/base/rng.ts';
import type { Catalog } from '../../src/catalog/types.ts';
import type { EdgeColumns, EdgeWeighting } from '../../src/graph/types.ts';
import { createTempCatalog } from './temp-catalog.ts';

const WEIGHTING: EdgeWeighting = {
  typeWeights: { purchase: 1, view: 0.25, ignored: 0 },
  otherTypes: 0.5,
  damping: 'log',
  halfLifeDays: 30,
  asOfMs: Date.UTC(2024, 2, 1),
};
const NASTY = ['01111', 'a/b', '🦆', `O'B"`, '\ufeffmark', '.', 'e\u0301'];

/** Key of a node → "type id" → weight, over every edge there is, both ways. */
async function readAllEdges(catalog: Catalog): Promise<Map<string, Record<string, number>>> {
  const ids = { customer: [''], product: [''], attribute: [''] };
  for (const type of NODE_TYPES) ids[type] = await catalog.nodeIds(type);
  const touched = new Map<string, Record<string, number>>();
  const add = (from: string, to: string, weight: number): void => {
    const of = touched.get(from) ?? {};
    of[to] = (of[to] ?? 0) + weight;
    touched.set(from, of);
  };
  const collect = ({ count, from, to, weight }: EdgeColumns, a: NodeType, b: NodeType): void => {
    for (let i = 0; i < count; i++) {
      const [u, v] = [`${a} ${ids[a][from[i]!]}`, `${b} ${ids[b][to[i]!]}`];
      add(u, v, weight[i]!);
      add(v, u, weight[i]!);
    }
  };
  for await (const edges of catalog.interactionEdges(WEIGHTING)) collect(edges, 'customer', 'product');
  for (const owner of ['product', 'customer'] as const) {
    for await (const edges of catalog.attributeEdges(owner)) collect(edges, owner, 'attribute');
  }
  for await (const { fromType, toType, ...edges } of catalog.givenEdges()) collect(edges, fromType, toType);
  return touched;
}

test.each([1, 2, 3])('are the edges that training reads, weights included, seed %d', async (seed) => {
  const random = createRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const { catalog, file, edges } = await createTempCatalog();
  await catalog.appendInteractions(
    Array.from({ length: 120 }, () => ({
      customerId: pick(NASTY),
      productId: pick(NASTY),
      type: pick(['purchase', 'view', 'ignored', 'return', 'cart']),
      timestamp: Date.UTC(2024, 0, 1) + Math.floor(random() * 60) * 86_400_000,
      quantity: pick([1, 2, 3]),
    })),
  );
  for (const type of ['product', 'customer'] as const) {
    await catalog.changeEntities(
      type,
      NASTY.slice(0, 5).map((id) => ({
        op: 'patch',
        id,
        attributes: [{ kind: 'brand', value: pick(['Acme', 'a/b:c']) }],
      })),
    );
  }
  const lines = Array.from(
    { length: 20 },
    () => `01111,${pick(['🦆', '.', 'a/b'])},${1 + Math.floor(random() * 3)}`,
  );
  await edges(await file('edges.csv', `from,to,weight\n${lines.join('\n')}\n`), {
    from: 'from',
    to: 'to',
    weight: 'weight',
  });
  const all = await readAllEdges(catalog);
  for (const type of ['customer', 'product'] as const) {
    const found = await catalog.neighborhoods({ type, ids: [...NASTY, 'nowhere'] }, WEIGHTING);
    expect([...found.keys()].sort()).toEqual(
      (await catalog.nodeIds(type)).filter((id) => NASTY.includes(id)).sort(),
    );
    for (const [id, { touched }] of found) {
      const sums: Record<string, number> = {};
      for (const node of touched) {
        const key = `${node.type} ${node.id}`;
        sums[key] = (sums[key] ?? 0) + node.weight;
      }
      const expected = all.get(`${type} ${id}`) ?? {};
      expect(Object.keys(sums).sort()).toEqual(Object.keys(expected).sort());
      for (const [key, weight] of Object.entries(expected)) expect(sums[key]).toBeCloseTo(weight, 6);
    }
  }
});
