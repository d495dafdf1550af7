/** A walk is keyed by its start and reads only the rows it visits: what is new elsewhere does not change it. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { toNodeKey } from '../../src/base/ids.ts';
import { buildSnapshot, findNode, refOf } from '../../src/graph/snapshot.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { configureWalk, layOutWalk, prepareArcs, type WalkParams } from '../../src/walk/params.ts';
import { createMemorySource, type MemoryData, NO_DAMPING } from '../graph/memory-source.ts';
import { createHost, type KernelHost, WALK } from '../kernel/rig.ts';
import { plantShop } from '../train/planted-shop.ts';

let host: KernelHost;
beforeAll(async () => {
  host = await createHost();
});

const SHOP = plantShop({ blocks: 2, customers: 12, products: 10, purchases: 4, insideShare: 0.8 });
const PASSES = 4;

/** `customer:b0-c000 pass 2` → the keys of the nodes it visits. */
async function walkAll(data: MemoryData, params: Partial<WalkParams>): Promise<Map<string, string[]>> {
  const { memory, kernel } = host;
  const source = createMemorySource(data);
  const g = await buildSnapshot(source, { weighting: NO_DAMPING, attributes: true, allocator: memory });
  const layout = layOutWalk(g, { ...WALK, ...params }, memory);
  configureWalk(kernel, layout);
  prepareArcs(kernel, layout, { from: 0, to: g.nodeCount, stack: memory.bytes(layout.stackBytes) });
  const out = memory.u32(layout.params.length);
  const walks = new Map<string, string[]>();
  for (let v = 0; v < g.nodeCount; v++) {
    for (let pass = 0; pass < PASSES; pass++) {
      const nodes = out.subarray(0, kernel.walk(v, pass, out.byteOffset));
      walks.set(
        `${keyOf(g, v)} pass ${pass}`,
        Array.from(nodes, (x) => keyOf(g, x)),
      );
    }
  }
  return walks;
}

const keyOf = (g: Snapshot, v: number): string => toNodeKey(refOf(g, v).type, refOf(g, v).id);

const settings = fc.record({
  returnP: fc.constantFrom(0.5, 1, 2),
  inOutQ: fc.constantFrom(0.5, 1),
  policy: fc.constantFrom({}, { product: { customer: 0.8, attribute: 0.2 } }),
  extend: fc.constantFrom(undefined, { gamma: 0 }),
  seed: fc.nat(),
});

test('isolated products and customers, wherever they sort, change no walk of another node', async () => {
  const extra = { product: ['a', 'b0-p000x', 'zz'], customer: ['', 'b1-c'], attribute: ['brand/0x'] };
  await fc.assert(
    fc.asyncProperty(settings, async (params) => {
      const [before, after] = [await walkAll(SHOP, params), await walkAll({ ...SHOP, extra }, params)];
      expect(after.size).toBe(before.size + 6 * PASSES);
      for (const [key, walk] of before) expect(after.get(key)).toEqual(walk);
    }),
    { numRuns: 12 },
  );
});

test('a product that one customer bought changes only walks that step from that customer', async () => {
  const buyer = 'customer:b0-c003';
  const bought = [...SHOP.interactions, { customer: 'b0-c003', product: 'b0-p004-new' }];
  let [untouched, changed] = [0, 0];
  await fc.assert(
    fc.asyncProperty(settings, async (params) => {
      const [before, after] = [
        await walkAll(SHOP, params),
        await walkAll({ ...SHOP, interactions: bought }, params),
      ];
      for (const [key, walk] of before) {
        const steppedFrom = walk.slice(0, -1).indexOf(buyer);
        const same = steppedFrom < 0 ? walk.length : steppedFrom + 1;
        expect(after.get(key)!.slice(0, same)).toEqual(walk.slice(0, same));
        if (steppedFrom < 0) untouched++;
        else if (after.get(key)!.join() !== walk.join()) changed++;
      }
    }),
    { numRuns: 12 },
  );
  expect(untouched).toBeGreaterThan(500);
  expect(changed).toBeGreaterThan(100); // else the comparison would compare nothing
});

test('another pass is another walk, and the seed counts', async () => {
  const walks = await walkAll(SHOP, {});
  expect(walks.get('product:b0-p000 pass 0')).not.toEqual(walks.get('product:b0-p000 pass 1'));
  expect((await walkAll(SHOP, { seed: 8 })).get('product:b0-p000 pass 0')).not.toEqual(
    walks.get('product:b0-p000 pass 0'),
  );
});

test('findNode finds what keyOf names', async () => {
  const g = await buildSnapshot(createMemorySource(SHOP), { weighting: NO_DAMPING, attributes: true });
  for (let v = 0; v < g.nodeCount; v++) expect(findNode(g, refOf(g, v))).toBe(v);
});
