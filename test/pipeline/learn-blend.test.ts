/** Weights of a blend: learned before the split and from nothing after it, kept with the version, served as measured. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import {
  evaluate,
  importFiles,
  openModel,
  openWorkspace,
  type RecommendReply,
  type SplitReport,
  train,
  type Workspace,
} from '../../src/index.ts';

const RUN = {
  walk: { walkLength: 20, walksPerNode: 5 },
  train: { embeddingDimension: 16, concurrency: 1 },
  evaluate: { blend: true, k: [5] },
};
const DAYS = 100;

const opened: { workspace: Workspace; folder: string }[] = [];
afterEach(async () => {
  for (const { workspace, folder } of opened.splice(0)) {
    await workspace.close();
    await rm(folder, { recursive: true, force: true });
  }
});

interface ShopOptions {
  readonly ending: number;
  readonly timed?: boolean;
  /** Neither a time nor an order. */
  readonly placed?: boolean;
  /** The products of every last basket are others of as many. */
  readonly lastBaskets?: 'other';
  readonly days?: number;
  /** Most of what a customer buys is one of three products. */
  readonly favourites?: boolean;
}

/** Customers of four tastes over a hundred days; `ending` is another seed for the last twenty. */
async function openShop({
  ending,
  timed = true,
  placed = true,
  lastBaskets,
  days = DAYS,
  favourites = false,
}: ShopOptions): Promise<Workspace> {
  const [early, late] = [createRandom(1), createRandom(ending)];
  const lastDays = new Map<number, number>();
  const events = Array.from({ length: 1500 }, (_, i) => {
    const day = Math.floor((i * days) / 1500);
    const random = day < 0.8 * days ? early : late;
    const customer = Math.floor(random() * 80);
    const first = favourites ? customer * 3 : (customer % 4) * 8;
    const product =
      random() < 0.8 ? (first + Math.floor(random() * (favourites ? 3 : 8))) % 32 : Math.floor(random() * 32);
    lastDays.set(customer, day);
    return { customer, product, day };
  });
  const rows = events.map(({ customer, product, day }) => {
    const isOther = lastBaskets === 'other' && lastDays.get(customer) === day;
    const date = new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10);
    return `c${customer},p${isOther ? (product + 9) % 32 : product},${date},${customer}-${day},${day}`;
  });
  const folder = await mkdtemp(join(tmpdir(), 'shelfwalk-blend-'));
  const path = join(folder, 'bought.csv');
  await writeFile(path, `customer,product,day,basket,order\n${rows.join('\n')}\n`);
  const workspace = await openWorkspace(join(folder, 'data'));
  opened.push({ workspace, folder });
  const order = !placed ? {} : timed ? { timestamp: 'day' } : { basket: 'basket', order: 'order' };
  const mapping = { customer: 'customer', product: 'product', ...order };
  await importFiles(workspace, [{ kind: 'interactions', path, mapping }]);
  return workspace;
}

test('what comes after the split changes the figures and not the weights', async () => {
  const reports = [];
  for (const ending of [2, 3]) reports.push(await evaluate(await openShop({ ending }), { run: RUN }));
  const [one, other] = reports;
  expect(one!.split).toEqual(other!.split);
  expect(one!.blend).toEqual(other!.blend);
  expect(one!.blend).toMatchObject({ weights: expect.anything(), k: 5 });
  const figures = ({ protocols }: typeof one & object) =>
    protocols.new.results.find((r) => r.scorer === 'blend')!;
  expect(figures(one!)).not.toEqual(figures(other!));
});

test('where people buy the same again, own has a weight, and the report says so', async () => {
  const { blend, scorers } = await evaluate(await openShop({ ending: 2, favourites: true }), { run: RUN });
  if (!blend || !('weights' in blend)) throw new Error('nothing was learned');
  const { weights, all } = blend;
  expect(weights.own).toBeGreaterThan(0);
  expect(weights.embedding + weights.walk + weights.counts + weights.own).toBeCloseTo(1, 12);
  expect(all.ndcg).toBeGreaterThan(all.withoutOwn);
  expect(all.cases).toBeGreaterThanOrEqual(blend.cases);
  const { text } = scorers.find(({ name }) => name === 'blend')!;
  expect(text).toContain(`own ${weights.own}`);
});

test('a version keeps its weights and answers by them; one without refuses', async () => {
  const workspace = await openShop({ ending: 2 });
  await train(workspace, { run: RUN });
  const model = await openModel(workspace);
  const options = { limit: 10, exclude: 'seen', scorer: 'blend' } as const;
  const { results, metric } = await model.recommend('c1', { ...options, explain: true });
  expect(metric).toBe('reciprocal-rank');
  expect(results).toHaveLength(10);
  expect(results.map(({ score }) => score)).toEqual(
    results.map(({ score }) => score).toSorted((a, b) => b - a),
  );
  expect(results[0]!.explanation!.paths.length).toBeGreaterThan(0);
  await model.close();

  await train(workspace, { run: { ...RUN, evaluate: { k: [5], blend: false } } });
  const plain = await openModel(workspace);
  await expect(plain.recommend('c1', options)).rejects.toMatchObject({
    code: 'REQUEST_UNPROCESSABLE',
    details: { field: 'scorer', hint: expect.stringContaining('evaluate.blend') },
  });
  await plain.close();
});

test('where no scorer is named, the blend answers whoever has something that its graph knows; in a version without one, the embedding', async () => {
  const workspace = await openShop({ ending: 2 });
  const { evaluation } = await train(workspace, { run: { ...RUN, evaluate: { k: [5] } } });
  expect(evaluation).toMatchObject({ served: 'blend', embedding: 'recent-in-out' });
  const { metrics } = await workspace.versions.manifest(await workspace.versions.resolve('prod'));
  const { all } = (evaluation as SplitReport).protocols;
  const ofBlend = all.results.find(({ scorer }) => scorer === 'blend')!;
  expect(metrics['recall@5 (all)']).toBe(ofBlend.at.at(-1)!.recall.mean);

  const model = await openModel(workspace);
  const asked = { limit: 3, exclude: 'seen' } as const;
  const sourcesOf = ({ results }: RecommendReply) => new Set(results.map(({ source }) => source));
  expect(await model.recommend('c1', asked)).toMatchObject({ metric: 'reciprocal-rank' });
  expect(sourcesOf(await model.recommendFor({ basket: ['p3'], limit: 3 }))).toEqual(new Set(['blend']));
  const named = await model.recommend('c1', { ...asked, scorer: 'blend' });
  expect((await model.recommend('c1', asked)).results).toEqual(named.results);
  const products = [{ op: 'put' as const, id: 'late', attributes: [] }];
  await workspace.catalog.changeEntities('product', products);
  const event = { customerId: 'newcomer', productId: 'late' };
  await workspace.catalog.appendInteractions([event, { customerId: 'c1', productId: 'late' }]);
  expect(sourcesOf(await model.recommend('newcomer', asked))).toEqual(new Set(['embedding']));
  await model.close();

  await train(workspace, { run: { ...RUN, evaluate: { k: [5], blend: false } } });
  const plain = await openModel(workspace);
  expect(sourcesOf(await plain.recommend('c1', asked))).toEqual(new Set(['embedding']));
  await plain.close();
});

test('without any order pairs are held out at random, and the blend is learned on more of them', async () => {
  const workspace = await openShop({ ending: 2, placed: false });
  const { split, blend, notes } = await evaluate(workspace, { run: RUN });
  expect(split).toMatchObject({ protocol: 'random' });
  expect(blend).toMatchObject({ weights: { own: 0 } }); // no pair is in both parts
  expect(notes.join()).toContain('neither a time nor an order');
});

test('by last baskets too: the basket before the last is the question, and the last one is not looked at', async () => {
  const workspace = await openShop({ ending: 2, timed: false });
  const { split, blend } = await evaluate(workspace, { run: RUN });
  expect(split).toEqual({ protocol: 'last-basket' });
  expect(blend).toMatchObject({ weights: expect.anything() });
  // As many other products in every last basket.
  const other = await evaluate(await openShop({ ending: 2, timed: false, lastBaskets: 'other' }), {
    run: RUN,
  });
  expect(other.blend).toEqual(blend);
});

test('data that leave nothing to learn from have none, and say so', async () => {
  const workspace = await openShop({ ending: 2, days: 2 });
  const { blend } = await evaluate(workspace, {
    run: { ...RUN, evaluate: { ...RUN.evaluate, testShare: 0.5 } },
  });
  expect(blend).toEqual({ notLearned: expect.stringContaining('nothing to hold out') });
});
