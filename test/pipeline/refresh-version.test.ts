/**
 * A refresh from end to end over a real workspace: what it finds, decides, leaves alone and publishes;
 * and when it refuses.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NODE_TYPES, type NodeRef } from '../../src/base/ids.ts';
import { Matrix, toNorm } from '../../src/base/matrix.ts';
import { type RunConfigInput, runConfigSchema } from '../../src/pipeline/config.ts';
import { findRefreshObstacle } from '../../src/pipeline/parent-model.ts';
import { type RefreshConfig, refreshConfigSchema } from '../../src/pipeline/refresh-config.ts';
import type { RefreshResult } from '../../src/pipeline/refresh-types.ts';
import { type RefreshRequest, refreshVersion } from '../../src/pipeline/refresh-version.ts';
import { rollUpSettingsSchema } from '../../src/pipeline/rollup-settings.ts';
import { rollUpVersion } from '../../src/pipeline/rollup-version.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import type { TrainingCatalog } from '../../src/pipeline/training-catalog.ts';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';
import type { LoadedVersion } from '../../src/vectors/types.ts';

let dir: string;
let workspace: Workspace;
let fileCount = 0;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-refresh-'));
  workspace = await openWorkspace(dir);
});
afterEach(async () => {
  await workspace.close();
  await rm(dir, { recursive: true, force: true });
});

/** customer, product, day */
type Purchase = readonly [customer: string, product: string, day: number];

async function buy(purchases: readonly Purchase[], { timed = true } = {}): Promise<void> {
  const path = join(dir, `bought-${fileCount++}.csv`);
  const rows = purchases.map(
    ([c, p, day]) => `${c},${p},${new Date(86_400_000 * day).toISOString()},${c}-${day}`,
  );
  await writeFile(path, `customer,product,ts,basket\n${rows.join('\n')}\n`);
  const mapping = {
    customer: 'customer',
    product: 'product',
    basket: 'basket',
    ...(timed && { timestamp: 'ts' }),
  };
  await workspace.catalog.importFiles([{ kind: 'interactions', path, mapping }], {}, {});
}

/** Two tastes, forty customers and forty products, one basket of three a day each. */
const shop = (from: number, to: number): Purchase[] =>
  Array.from({ length: to - from }, (_, i) => from + i).flatMap((day) =>
    Array.from({ length: 40 }, (_, c) =>
      [0, 1, 2].map(
        (i): Purchase => [`c${c}`, `p${(c % 2) + 2 * ((c + 3 * day + 5 * i + day * i) % 20)}`, day],
      ),
    ).flat(),
  );

const train = async (settings: RunConfigInput = {}): Promise<string> => {
  const run = runConfigSchema.parse({
    walk: { walksPerNode: 10, walkLength: 20 },
    ...settings,
    train: { embeddingDimension: 16, concurrency: 1, ...settings.train },
  });
  return (await trainVersion(workspace, { run, alias: 'prod', evaluate: false }, {})).version;
};

const refresh = (
  settings: Partial<RefreshConfig> = {},
  request: Partial<RefreshRequest> = {},
): Promise<RefreshResult> =>
  refreshVersion(
    workspace,
    {
      alias: 'prod',
      dryRun: false,
      force: false,
      ...request,
      settings: { ...refreshConfigSchema.parse({}), ...settings },
    },
    {},
  );

const load = async (): Promise<LoadedVersion> =>
  workspace.versions.load(await workspace.versions.resolve('prod'));

function rowsOf(
  version: LoadedVersion,
  { type, id }: NodeRef,
): { vector: Float32Array; context: Float32Array } {
  const range = version.nodes.ranges.find((r) => r.type === type)!;
  const row = version.nodes.ids.slice(range.start, range.end).indexOf(id) + range.start;
  return { vector: version.vectors.row(row), context: version.contexts!.row(row) };
}

const refsOf = ({ nodes }: LoadedVersion): NodeRef[] =>
  NODE_TYPES.flatMap((type) => {
    const { start, end } = nodes.ranges.find((r) => r.type === type)!;
    return nodes.ids.slice(start, end).map((id) => ({ type, id }));
  });

/** A new customer and a new product; two customers who knew each other's side buy across. */
const NEWS: Purchase[] = [
  ['new', 'p0', 31],
  ['new', 'p2', 31],
  ['new', 'fresh', 31.5],
  ['c0', 'fresh', 31.5],
  ['c2', 'fresh', 31.5],
];

describe('a local refresh', () => {
  test('gives the new nodes vectors, moves what the plan names and not a bit of anything else', async () => {
    await buy(shop(0, 30));
    await train();
    const before = await load();
    await buy(NEWS);
    const { published, plan, mode, parent } = await refresh({ mode: 'local', neighbors: 0, budget: 1 });
    expect({ mode, parent }).toEqual({ mode: 'local', parent: before.manifest.id });
    const after = await load();
    expect(after.manifest).toMatchObject({
      id: published!.version,
      parent: before.manifest.id,
      spaceId: before.manifest.spaceId,
      trainedUntil: '1970-02-01T12:00:00.000Z',
    });
    for (const ref of [
      { type: 'customer', id: 'new' },
      { type: 'product', id: 'fresh' },
    ] as const) {
      expect(toNorm(rowsOf(after, ref).vector)).toBeGreaterThan(0);
      expect(toNorm(rowsOf(after, ref).context)).toBeGreaterThan(0);
    }
    const moved = refsOf(before).filter((ref) => {
      const [old, now] = [rowsOf(before, ref), rowsOf(after, ref)];
      const isSame = (a: Float32Array, b: Float32Array) =>
        Buffer.from(a.slice().buffer).equals(Buffer.from(b.slice().buffer));
      return !isSame(old.vector, now.vector) || !isSame(old.context, now.context);
    });
    expect(moved.length).toBe(plan!.moving!.changed);
    expect(moved.map(({ id }) => id)).toContain('c0');
    expect(plan!.moving!.new).toBe(2);
    expect(plan!.frozen! + plan!.moving!.new + plan!.moving!.changed).toBe(plan!.nodes);
  });

  test('what is executed is what the dry run said, and the dry run changes nothing', async () => {
    await buy(shop(0, 30));
    await train();
    await buy(NEWS);
    const dry = await refresh({}, { dryRun: true });
    expect(dry.published).toBeUndefined();
    expect(await workspace.versions.list()).toHaveLength(1);
    const { published, ...done } = await refresh();
    expect(done).toEqual(dry);
    const report = await workspace.versions.report(published!.version);
    expect(report['refresh']).toMatchObject({ mode: 'local', generation: 1, plan: dry.plan });
    expect(published!.training.walks).toBe(dry.plan!.walks! + dry.plan!.pushWalks!);
  });

  test('reads the graph of today once, and once more for what the gate holds out', async () => {
    await buy(shop(0, 30));
    await train();
    await buy(NEWS);
    const reads: string[] = [];
    const counted = (catalog: TrainingCatalog): TrainingCatalog => ({
      ...catalog,
      atOneMoment: (work) => catalog.atOneMoment((moment) => work(counted(moment))),
      interactionEdges(weighting, split) {
        reads.push(split?.protocol ?? 'all');
        return catalog.interactionEdges(weighting, split);
      },
    });
    const request = { alias: 'prod', dryRun: false, force: false, settings: refreshConfigSchema.parse({}) };
    const stores = { ...workspace, catalog: counted(workspace.catalog) };
    expect((await refreshVersion(stores, request, {})).published).toBeDefined();
    expect(reads).toEqual(['all', 'time']);
  });

  test('nothing new: nothing done; what a small budget leaves out is done the next time', async () => {
    await buy(shop(0, 30));
    await train();
    expect(await refresh()).toMatchObject({ mode: 'none', plan: { radius: 0 } });
    await buy(NEWS);
    const small = await refresh({ mode: 'local', budget: 0.002, neighbors: 0 });
    expect(small.plan!.leftOut).toBeGreaterThan(0);
    const next = await refresh({ mode: 'local', budget: 1, neighbors: 0 });
    expect(next.plan!.moving!.new + next.plan!.moving!.changed).toBe(small.plan!.leftOut);
    expect(await refresh({ mode: 'local' })).toMatchObject({ mode: 'none' });
    expect(await workspace.versions.list()).toHaveLength(3);
  });

  test('what is only gone is taken out: nothing is walked, and nothing else moves', async () => {
    await buy(shop(0, 30));
    await workspace.catalog.changeEntities('product', [{ op: 'put', id: 'unsold' }]);
    await train();
    const before = await load();
    await workspace.catalog.changeEntities('product', [{ op: 'delete', id: 'unsold' }]);
    const { mode, plan, published } = await refresh();
    expect(mode).toBe('local');
    expect(plan).toMatchObject({ goneNodes: 1, walks: 0, pushWalks: 0, steps: 0 });
    expect(published!.training).toMatchObject({ walks: 0, tokens: 0, pairs: 0, lossPerPair: 0 });
    const after = await load();
    expect(refsOf(after)).toEqual(refsOf(before).filter(({ id }) => id !== 'unsold'));
    for (const ref of refsOf(after)) expect(rowsOf(after, ref)).toEqual(rowsOf(before, ref));
    expect(await refresh()).toMatchObject({ mode: 'none' });
  });

  test('a customer all of whose events were taken away loses the vector, however little that is to others', async () => {
    await buy([...shop(0, 30), ['once', 'p0', 29]]);
    await train();
    expect(toNorm(rowsOf(await load(), { type: 'customer', id: 'once' }).vector)).toBeGreaterThan(0);
    await workspace.catalog.deleteInteractions({ customerId: 'once' });
    expect(await refresh({ minChange: 0.5 })).toMatchObject({
      mode: 'local',
      plan: { goneNodes: 0, walks: 0 },
    });
    expect(toNorm(rowsOf(await load(), { type: 'customer', id: 'once' }).vector)).toBe(0);
    expect(await refresh({ minChange: 0.5 })).toMatchObject({ mode: 'none' });
  });

  test('a budget without a walk for what has changed is said, not taken for no change', async () => {
    await buy(shop(0, 30));
    await train();
    await buy(NEWS);
    const left = await refresh({ mode: 'local', neighbors: 1 });
    expect(left).toMatchObject({ mode: 'none', reason: expect.stringContaining('budget') });
    expect(left.plan!.leftOut).toBeGreaterThan(0);
    expect(await refresh({ fullAbove: 0, neighbors: 1 }, { dryRun: true })).toMatchObject({ mode: 'full' });
  });

  test('the same refresh of the same data gives the same bytes', async () => {
    await buy(shop(0, 30));
    const parent = await train();
    await buy(NEWS);
    const once = async () => {
      const { published } = await refresh({ mode: 'local' });
      await workspace.versions.promote('prod', parent);
      const { files } = await workspace.versions.manifest(published!.version);
      return [files['vectors.npy'], files['contexts.npy']];
    };
    expect(await once()).toEqual(await once());
  });

  test('instead of freezing, a pull: everything may move, and what the plan does not name stays near', async () => {
    await buy(shop(0, 30));
    await train();
    const before = await load();
    await buy(NEWS);
    await refresh({ mode: 'local', pull: 0.5 });
    const drift = (await workspace.versions.report((await load()).manifest.id))['refresh'] as {
      drift: { types: { product: { vectors: { mean: number } } } };
    };
    expect(drift.drift.types.product.vectors.mean).toBeGreaterThan(0);
    expect(drift.drift.types.product.vectors.mean).toBeLessThan(0.05);
    expect((await load()).manifest.spaceId).toBe(before.manifest.spaceId);
  });
});

describe('the gate', () => {
  test('refuses what a rate of 1 makes of the vectors, publishes nothing, and is overruled by force', async () => {
    await buy(shop(0, 30));
    const parent = await train();
    await buy(shop(31, 36));
    const ruin = { mode: 'local', learningRate: 0.9, budget: 1, neighbors: 0, minChange: 0 } as const;
    await expect(refresh(ruin)).rejects.toMatchObject({ code: 'GATE_REFUSED' });
    expect(await workspace.versions.resolve('prod')).toBe(parent);
    expect(await workspace.versions.list()).toHaveLength(1);
    const { published } = await refresh(ruin, { force: true });
    expect(published!.gate).toMatchObject({ passed: false, rivals: [{ name: 'parent', isWorse: true }, {}] });
    expect(await workspace.versions.resolve('prod')).toBe(published!.version);
  });

  test('measures both on what neither has seen', async () => {
    await buy(shop(0, 30));
    await train();
    await buy(shop(31, 33));
    const { published } = await refresh({ mode: 'local' });
    // From day 29 to day 32, half of it: from the middle of day 30 on.
    expect(published!.gate).toMatchObject({
      split: { protocol: 'time', cutoffMs: 86_400_000 * 30.5 },
      customers: 40,
      rivals: [{ name: 'parent' }, { name: 'popularity' }],
    });
  });

  test('without times it says that it cannot measure', async () => {
    await buy(shop(0, 10), { timed: false });
    await train();
    await buy(NEWS, { timed: false });
    const { published } = await refresh({ mode: 'local' });
    expect(published!.gate).toEqual({ notMeasured: expect.stringContaining('no times') });
  });
});

describe('a full refresh', () => {
  test('is chosen when much has changed, and lies in the old space', async () => {
    await buy(shop(0, 10));
    await train();
    const before = await load();
    await buy(shop(11, 60));
    await buy(Array.from({ length: 40 }, (_, i): Purchase => [`other${i % 8}`, `q${i}`, 60]));
    const { mode, reason, plan, published } = await refresh({ fullAbove: 0.05 });
    expect({ mode, reason }).toEqual({
      mode: 'full',
      reason: expect.stringContaining('more than 5.00 % (fullAbove)'),
    });
    expect(published!.alignment).toMatchObject({ sameSpace: true });
    expect(published!.spaceId).toBe(before.manifest.spaceId);
    const { report, manifest } = await load();
    expect(manifest.parent).toBe(before.manifest.id);
    expect(report['refresh']).toMatchObject({ mode: 'full', generation: 0, plan });
    expect(plan).toMatchObject({ nodes: 128, newNodes: 48, goneNodes: 0, steps: plan!.fullSteps });
    for (const ofLocal of ['moving', 'leftOut', 'frozen', 'walks', 'pushWalks'])
      expect(plan).not.toHaveProperty(ofLocal);
  });

  test('is turned into the coordinates of its parent, whatever they are', async () => {
    await buy(shop(0, 10));
    const id = await train();
    const { versions } = workspace;
    const { manifest, ...content } = await versions.load(id);
    // The same space with its axes in another order, which training anew cannot come upon by itself.
    const turn = (from: Matrix): Matrix => {
      const to = new Matrix(new Float32Array(from.data.length), from.rows, from.cols);
      for (let v = 0; v < from.rows; v++)
        for (let i = 0; i < from.cols; i++) to.row(v)[(i + 5) % from.cols] = from.row(v)[i]!;
      return to;
    };
    const turned = {
      ...content,
      vectors: turn(content.vectors),
      contexts: turn(content.contexts!),
      graph: await versions.graph(id),
    };
    const { spaceId, configuration } = manifest;
    const parent = await versions.write(turned, { spaceId, configuration, metrics: {} });
    await versions.promote('prod', parent.id);
    await buy(NEWS);
    const { published } = await refresh({ mode: 'full' });
    expect(published!.alignment).toMatchObject({ sameSpace: true });
    expect(published!.drift.types.product.vectors!.mean).toBeLessThan(0.3); // 0.8 if it is not turned
    expect(published!.drift.types.product.contexts!.mean).toBeLessThan(0.3);
  });

  test('opens a new space when what is left after turning is too much', async () => {
    await buy(shop(0, 10));
    await train();
    await buy(NEWS);
    const before = await load();
    const { published } = await refresh({ mode: 'full', maxResidual: 0 });
    expect(published!.alignment).toMatchObject({ sameSpace: false, maxResidual: 0 });
    expect(published!.spaceId).not.toBe(before.manifest.spaceId);
  });

  test('of data that allow no split is not measured, and published', async () => {
    const once = Array.from({ length: 40 }, (_, c): Purchase => [`c${c}`, `p${c % 10}`, 1]);
    await buy(once, { timed: false });
    await train();
    await buy([['new', 'p0', 1]], { timed: false });
    const { published } = await refresh({ mode: 'full' });
    expect(published!.gate).toEqual({ notMeasured: expect.any(String) });
  });

  test('of edges alone is not measured, and published', async () => {
    const path = join(dir, 'edges.csv');
    await writeFile(
      path,
      `from,to\n${Array.from({ length: 20 }, (_, i) => `p${i},p${(i + 1) % 20}`).join('\n')}\n`,
    );
    const mapping = { from: 'from', to: 'to' };
    await workspace.catalog.importFiles([{ kind: 'edges', path, mapping }], {}, {});
    await train();
    const { published } = await refresh({ mode: 'full' });
    expect(published!.gate).toEqual({ notMeasured: expect.any(String) });
  });

  test('of item2vec there is no other', async () => {
    await buy(shop(0, 10));
    await train({ train: { algorithm: 'item2vec' }, sentences: { minCount: 1 }, walk: {} });
    await buy(NEWS);
    await expect(refresh({ mode: 'local' })).rejects.toMatchObject({
      code: 'REFRESH_IMPOSSIBLE',
      details: { found: expect.stringContaining('item2vec') },
    });
    const before = (await load()).report;
    expect(await refresh()).toMatchObject({ mode: 'full', reason: expect.stringContaining('item2vec') });
    const { report } = await load();
    expect(Object.keys(report)).toEqual(expect.arrayContaining(['corpus', 'missingReasons', 'refresh']));
    expect(report['missingReasons']).toEqual(before['missingReasons']);
  });

  test('of bpr there is no other either', async () => {
    await buy(shop(0, 10));
    await train({ train: { algorithm: 'bpr' }, walk: { walksPerNode: 3 } });
    await buy(NEWS);
    await expect(refresh({ mode: 'local' })).rejects.toMatchObject({
      code: 'REFRESH_IMPOSSIBLE',
      details: { found: expect.stringContaining('bpr') },
    });
    expect(await refresh()).toMatchObject({ mode: 'full', reason: expect.stringContaining('bpr') });
    expect(Object.keys((await load()).report)).toContain('missingReasons');
  });
});

test('what cannot be refreshed says so without a try', async () => {
  expect(await findRefreshObstacle(workspace, 'prod')).toBeUndefined(); // there is none yet
  await buy(shop(0, 10));
  await train();
  expect(await findRefreshObstacle(workspace, 'prod')).toBeUndefined();
  await rollUpVersion(
    workspace,
    { of: 'prod', alias: 'means', settings: rollUpSettingsSchema.parse({}) },
    {},
  );
  expect(await findRefreshObstacle(workspace, 'means')).toContain('shelfwalk rollup');
});

test('an id that was deleted and put again is none that both versions have', async () => {
  await buy(shop(0, 30));
  await train();
  const { catalog } = workspace;
  const products = (await load()).nodes.ranges.find(({ type }) => type === 'product')!;
  await catalog.changeEntities('product', [
    { op: 'delete', id: 'p0' },
    { op: 'put', id: 'p0' },
  ]);
  await catalog.appendInteractions([{ customerId: 'c0', productId: 'p0', timestamp: 86_400_000 * 31 }]);
  const { published } = await refresh({ mode: 'full' }, { force: true });
  const count = products.end - products.start;
  expect(published!.drift.types.product.shared).toBe(count - 1);
  expect(published!.alignment!.shared).toBe(count - 1 + published!.drift.types.customer.shared);
});

test('a roll-up is made again from its parent, not refreshed', async () => {
  await buy(shop(0, 10));
  await train();
  const settings = rollUpSettingsSchema.parse({});
  await rollUpVersion(workspace, { of: 'prod', alias: 'rolled', settings }, {});
  await expect(refresh({}, { alias: 'rolled' })).rejects.toMatchObject({
    code: 'REFRESH_IMPOSSIBLE',
    details: { found: 'a version of algorithm rollup' },
  });
});

test('an id that was deleted and put again while the parent was trained is new to the refresh', async () => {
  await buy(shop(0, 30));
  const { catalog, versions } = workspace;
  const putAgain: typeof versions.write = async (...args) => {
    await catalog.changeEntities('product', [{ op: 'delete', id: 'p0' }]);
    await catalog.changeEntities('product', [{ op: 'put', id: 'p0' }]);
    return versions.write(...args);
  };
  const run = runConfigSchema.parse({ train: { embeddingDimension: 16, concurrency: 1 } });
  const stores = { catalog, versions: { ...versions, write: putAgain } };
  await trainVersion(stores, { run, alias: 'prod', evaluate: false }, {});
  await buy(NEWS);
  const { plan } = await refresh({}, { dryRun: true });
  expect(plan).toMatchObject({ newNodes: 3, goneNodes: 1 }); // p0, new, fresh; the p0 there was
});

test('stopped in the middle, it publishes nothing', async () => {
  await buy(shop(0, 30));
  const parent = await train();
  await buy(NEWS);
  const controller = new AbortController();
  const settings = refreshConfigSchema.parse({ mode: 'local' });
  const request = { alias: 'prod', dryRun: false, force: false, settings };
  const running = refreshVersion(workspace, request, {
    signal: controller.signal,
    onProgress: ({ stage }) => stage === 'walk + train' && controller.abort(),
  });
  await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await workspace.versions.resolve('prod')).toBe(parent);
});

test('an alias that is moved while it runs stays where it was moved to', async () => {
  await buy(shop(0, 30));
  const first = await train();
  const parent = await train({ train: { randomSeed: 2 } });
  await buy(NEWS);
  let moving: Promise<unknown> | undefined;
  const settings = refreshConfigSchema.parse({ mode: 'local' });
  const request = { alias: 'prod', dryRun: false, force: false, settings };
  const running = refreshVersion(workspace, request, {
    onProgress: () => {
      moving ??= workspace.versions.rollback('prod');
    },
  });
  const refused = await running.then(
    () => undefined,
    (error: unknown) => error,
  );
  await moving;
  expect(refused).toMatchObject({ code: 'ALIAS_MOVED', details: { expected: parent, found: first } });
  expect(await workspace.versions.resolve('prod')).toBe(first);
  const { version } = (refused as { details: { version: string } }).details;
  expect((await workspace.versions.manifest(version)).parent).toBe(parent);
});
