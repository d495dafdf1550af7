import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runConfigSchema } from '../../src/pipeline/config.ts';
import { toEstimate } from '../../src/pipeline/estimate.ts';
import { lintGraph } from '../../src/pipeline/graph-lint.ts';
import { evaluateInput, evaluateOperation } from '../../src/pipeline/operations/evaluate.operation.ts';
import { graphLintOperation, graphStatsOperation } from '../../src/pipeline/operations/graph.operation.ts';
import { toRecordedConfig } from '../../src/pipeline/recorded-config.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import { useWorkspace } from './fresh-workspace.ts';

const here = useWorkspace();

const quick = runConfigSchema.parse({
  walk: { walksPerNode: 2, walkLength: 10 },
  train: { embeddingDimension: 8, concurrency: 1 },
});
const request = { run: quick, alias: 'prod', evaluate: true };

/** Two tastes: customers of one parity buy products of the same parity, one basket a day. */
async function importShop({ days }: { days: number }): Promise<void> {
  const rows = ['customer,product,ts,basket'];
  for (let day = 1; day <= days; day++) {
    for (let c = 0; c < 12; c++) {
      for (let i = 0; i < 3; i++)
        rows.push(
          `c${c},p${((c % 2) + 2 * ((c + day + i) % 8)).toString().padStart(2, '0')},2024-01-${String(day).padStart(2, '0')},b${c}-${day}`,
        );
    }
  }
  const path = join(here.dir, 'shop.csv');
  await writeFile(path, `${rows.join('\n')}\n`);
  await writeFile(join(here.dir, 'products.csv'), 'id,parity\np00,even\np01,odd\nnever-sold,\n');
  await here.workspace.catalog.importFiles(
    [
      {
        kind: 'interactions',
        path,
        mapping: { customer: 'customer', product: 'product', timestamp: 'ts', basket: 'basket' },
      },
      {
        kind: 'products',
        path: join(here.dir, 'products.csv'),
        mapping: { id: 'id', attributes: [{ kind: 'parity', column: 'parity' }] },
      },
    ],
    {},
    {},
  );
}

describe('trainVersion', () => {
  test('evaluates on a split, publishes a retrain on everything, and the report says both', async () => {
    await importShop({ days: 10 });
    const result = await trainVersion(here.workspace, request, {});
    const { manifest, nodes, vectors, report } = await here.workspace.versions.load(
      await here.workspace.versions.resolve('prod'),
    );
    expect(manifest.id).toBe(result.version);
    expect(manifest.configuration).toEqual(toRecordedConfig(quick, undefined));
    expect(Object.keys(manifest.metrics).length).toBeGreaterThan(0);
    expect(result.evaluation).toMatchObject({
      served: 'blend',
      embedding: 'recent-in-out',
      split: { protocol: 'time' },
    });
    expect(report).toMatchObject({ note: expect.stringContaining('Trained on everything') });
    const isolated = nodes.ids.indexOf('never-sold');
    expect(nodes.degrees[isolated]).toBe(0);
    expect([...vectors.row(isolated)]).toEqual(new Array(8).fill(0));
    expect(result.training.isolatedCount).toBe(1);
  });

  test('the instant ages are measured from is kept: the recorded configuration gives the same version', async () => {
    await importShop({ days: 10 });
    const run = { ...quick, graph: { ...quick.graph, halfLifeDays: 5 } };
    const first = await trainVersion(here.workspace, { ...request, run, evaluate: false }, {});
    expect(first.configuration.graph.asOf).toBe('2024-01-10T00:00:00.000Z'); // the newest event
    const again = { ...request, run: runConfigSchema.parse(first.configuration), evaluate: false };
    const second = await trainVersion(here.workspace, again, {});
    const sums = (id: string) =>
      here.workspace.versions.manifest(id).then(({ files }) => files['vectors.npy']);
    expect(await sums(second.version)).toEqual(await sums(first.version));
  });

  test('the same seed, data and settings with one thread give the same checksums', async () => {
    await importShop({ days: 4 });
    const once = async () =>
      (
        await here.workspace.versions.manifest(
          (
            await trainVersion(here.workspace, { ...request, evaluate: false }, {})
          ).version,
        )
      ).files['vectors.npy']?.sha256;
    const first = await once();
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await once()).toBe(first);
  });

  test('data that allow no split are trained on all the same, and the report says why there are no figures', async () => {
    await importShop({ days: 1 });
    const { evaluation } = await trainVersion(here.workspace, request, {});
    expect(evaluation).toEqual({ notEvaluated: expect.stringContaining('nothing to hold out') });
    await expect(
      evaluateOperation.run(here.workspace, evaluateInput.parse({ run: quick }), {}),
    ).rejects.toMatchObject({
      code: 'SPLIT_IMPOSSIBLE',
    });
  });

  test('an empty catalog and a limit that is too low are refused, and nothing is published', async () => {
    await expect(trainVersion(here.workspace, request, {})).rejects.toMatchObject({ code: 'CATALOG_EMPTY' });
    await importShop({ days: 2 });
    const huge = runConfigSchema.parse({
      train: { embeddingDimension: 1024, maxMemoryMiB: 16, concurrency: 64 },
      walk: { walkLength: 1024 },
    });
    const lowered = { ...huge, train: { ...huge.train, maxMemoryMiB: 1 } };
    await expect(trainVersion(here.workspace, { ...request, run: lowered }, {})).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { limit: '1 MiB' },
    });
    expect(await here.workspace.versions.list()).toEqual([]);
  });

  test('a signal that fires stops it, and nothing is published', async () => {
    await importShop({ days: 10 });
    const controller = new AbortController();
    const context = {
      signal: controller.signal,
      onProgress: ({ stage }: { stage: string }) => stage === 'walk + train' && controller.abort(),
    };
    await expect(
      trainVersion(here.workspace, { ...request, evaluate: false }, context),
    ).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(await here.workspace.versions.list()).toEqual([]);
  });

  test('keep: only the newest few stay', async () => {
    await importShop({ days: 2 });
    for (let i = 0; i < 4; i++)
      await trainVersion(here.workspace, { ...request, evaluate: false, keep: 2 }, {});
    expect((await here.workspace.versions.list()).length).toBe(2);
  });
});

describe('estimate, stats and lint', () => {
  test('the estimate is above what training then takes of kernel memory, and within reason', async () => {
    await importShop({ days: 6 });
    const estimate = toEstimate(await here.workspace.catalog.counts(), quick);
    const { training } = await trainVersion(here.workspace, { ...request, evaluate: false }, {});
    expect(estimate).toMatchObject({
      nodeCount: training.nodeCount,
      relationshipCount: training.relationshipCount,
    });
    expect(estimate.bytesMin).toBeGreaterThanOrEqual(training.kernelBytes);
    expect(estimate.bytesMin).toBeLessThan(3 * training.kernelBytes);
  });

  test('stats count types, isolates and components; the two tastes fall apart', async () => {
    await importShop({ days: 6 });
    const { graph, walk } = quick;
    const stats = await graphStatsOperation.run(here.workspace, { graph, walk }, {});
    expect(stats.byType).toMatchObject({
      customer: { nodes: 12, isolated: 0 },
      product: { nodes: 17, isolated: 1 },
      attribute: { nodes: 2, isolated: 0 },
    });
    expect(stats).toMatchObject({ components: 2, largestComponentShare: 0.5, twoColourable: true });
    expect(Object.values(stats.expectedVisits).reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    const codes = (await graphLintOperation.run(here.workspace, { graph, walk }, {})).map((f) => f.code);
    expect(codes).toEqual(['LITTLE_DATA', 'DISCONNECTED', 'ISOLATED', 'P_AND_Q_ARE_ONE_KNOB']);
  });

  test('p and q both set on a two-colourable graph is a warning; with odd cycles they are two knobs', async () => {
    await importShop({ days: 2 });
    const { graph, walk } = quick;
    const stats = await graphStatsOperation.run(here.workspace, { graph, walk }, {});
    const counts = await here.workspace.catalog.counts();
    const levelOf = (twoColourable: boolean, inOutFactor: number, extend = false) =>
      lintGraph({
        stats: { ...stats, twoColourable },
        counts,
        run: { graph, walk: { ...walk, returnFactor: 0.5, inOutFactor, extend } },
      }).find((f) => ['P_AND_Q_ARE_ONE_KNOB', 'TRIANGLES', 'NODE2VEC_PLUS'].includes(f.code));
    expect(levelOf(true, 2)).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('0.5 / 2 = 0.25'),
    });
    expect(levelOf(true, 1)).toMatchObject({ level: 'info' });
    expect(levelOf(false, 2)).toMatchObject({ code: 'TRIANGLES' });
    expect(levelOf(true, 0.25, true)).toMatchObject({ level: 'info', code: 'NODE2VEC_PLUS' });
    expect(levelOf(true, 2, true)).toMatchObject({ message: expect.stringContaining('extend does nothing') });
  });
});
