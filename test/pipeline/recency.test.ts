/** The decay of the past: learned before the split and from nothing after it, kept with the version, served by. */
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
  refresh,
  rollUp,
  train,
  type Workspace,
} from '../../src/index.ts';
import type { RunConfigInput } from '../../src/pipeline/config.ts';
import { getDecay } from '../../src/pipeline/recency.ts';

const RUN: RunConfigInput = { train: { algorithm: 'spectral', embeddingDimension: 8 }, evaluate: { k: [5] } };
const DAYS = 60;
const CUSTOMERS = 60;
const GROUPS = 5;

const opened: { workspace: Workspace; folder: string }[] = [];
afterEach(async () => {
  for (const { workspace, folder } of opened.splice(0)) {
    await workspace.close();
    await rm(folder, { recursive: true, force: true });
  }
});

/** Each customer buys twice on most days, from a group of products that is another every ten days. */
async function openShop({ ending = 1, timed = true } = {}): Promise<Workspace> {
  const [comes, early, late] = [createRandom(3), createRandom(1), createRandom(ending)];
  const rows: string[] = [];
  for (let day = 0; day < DAYS; day++) {
    const random = day < 0.8 * DAYS ? early : late;
    for (let c = 0; c < CUSTOMERS; c++) {
      if (comes() < 0.6) continue;
      const group = (c + Math.floor(day / 10)) % GROUPS;
      const date = new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10);
      for (let i = 0; i < 2; i++) rows.push(`c${c},p${group * 10 + Math.floor(random() * 10)},${date}`);
    }
  }
  const folder = await mkdtemp(join(tmpdir(), 'shelfwalk-recency-'));
  const path = join(folder, 'bought.csv');
  await writeFile(path, `customer,product,day\n${rows.join('\n')}\n`);
  const workspace = await openWorkspace(join(folder, 'data'));
  opened.push({ workspace, folder });
  const mapping = { customer: 'customer', product: 'product', ...(timed && { timestamp: 'day' }) };
  await importFiles(workspace, [{ kind: 'interactions', path, mapping }]);
  return workspace;
}

test('what comes after the split changes the figures and not the decay', async () => {
  const reports = [];
  for (const ending of [2, 3])
    reports.push(await evaluate(await openShop({ ending }), { run: RUN, baselinesOnly: true }));
  const [one, other] = reports;
  expect(one!.recency).toMatchObject({ decay: expect.any(Number), protocol: 'new', k: 5 });
  expect(one!.recency).toEqual(other!.recency);
  expect(one!.protocols.new.results).not.toEqual(other!.protocols.new.results);
});

test('a version is served by the decay it was given, sessions too, and it is handed on', async () => {
  const workspace = await openShop();
  const { version } = await train(workspace, { run: RUN });
  const loaded = await workspace.versions.load(version);
  const decay = getDecay(loaded);
  expect(decay).toBeLessThan(1);
  expect(loaded.report).toMatchObject({ recency: { decay }, evaluation: { recency: { decay } } });
  expect(decay).not.toBe(0.6); // the default: else this test tells nothing

  const model = await openModel(workspace);
  const history = await workspace.catalog.history('c1');
  const rowOf = (id: string) => loaded.nodes.ids.indexOf(id, loaded.nodes.ranges[1]!.start);
  const toScore = (weighed: readonly { id: string; weight: number }[], id: string) => {
    const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
    const context = loaded.contexts!.row(rowOf(id));
    return weighed.reduce(
      (sum, own) =>
        sum +
        (own.weight / total) * loaded.vectors.row(rowOf(own.id)).reduce((s, x, i) => s + x * context[i]!, 0),
      0,
    );
  };
  const own = history.map(({ productId, age }) => ({ id: productId, weight: decay ** age }));
  const asked = { limit: 5, scorer: 'embedding' } as const;
  for (const { id, score } of (await model.recommend('c1', { ...asked, exclude: 'none' })).results)
    expect(score).toBeCloseTo(toScore(own, id), 5);

  const events = ['p1', 'p12', 'p23'].map((productId) => ({ productId }));
  const session = events.map(({ productId }, i) => ({ id: productId, weight: decay ** (2 - i) }));
  for (const { id, score } of (await model.recommendFor({ events, ...asked })).results)
    expect(score).toBeCloseTo(toScore(session, id), 5);
  await model.close();

  const decayOf = async (id: string) => getDecay({ report: await workspace.versions.report(id) });
  expect(await decayOf((await rollUp(workspace, { of: 'prod', alias: 'means' })).version)).toBe(decay);
  await workspace.catalog.changeEntities('product', [{ op: 'put', id: 'new' }]);
  const refreshed = await refresh(workspace, { force: true });
  expect(await decayOf(refreshed.published!.version)).toBe(decay);
});

test('without an order there is none to learn, and the report says so', async () => {
  const workspace = await openShop({ timed: false });
  const run = { ...RUN, evaluate: { split: 'random' as const } };
  const { recency } = await evaluate(workspace, { run, baselinesOnly: true });
  expect(recency).toEqual({ notLearned: 'interactions have neither a time nor an order' });
});
