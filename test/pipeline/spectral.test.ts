/** The closed form from catalog to served version, what refreshes it, and trained models that start from it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createKernelMemory } from '../../src/kernel/memory.ts';
import {
  type GraphRunInput,
  graphRunSchema,
  type RunConfigInput,
  runConfigSchema,
} from '../../src/pipeline/config.ts';
import { toEstimate } from '../../src/pipeline/estimate.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import { refreshConfigSchema } from '../../src/pipeline/refresh-config.ts';
import { refreshVersion } from '../../src/pipeline/refresh-version.ts';
import { trainOnGraph } from '../../src/pipeline/train-graph.ts';
import { trainModel } from '../../src/pipeline/train-model.ts';
import { type TrainResult, trainVersion } from '../../src/pipeline/train-version.ts';
import type { TrainingState } from '../../src/train/checkpoint.ts';
import { plantedGraph } from '../graph/planted-graph.ts';
import { smallGraph } from '../graph/small-graph.ts';
import { silent } from '../serve/fakes.ts';
import { useWorkspace } from './fresh-workspace.ts';

const here = useWorkspace();

/** Two tastes by parity, a basket a day and customer; `never` is not bought. */
async function buy(days: readonly number[]): Promise<void> {
  const rows = days.flatMap((day) =>
    Array.from({ length: 36 }, (_, i) => {
      const c = Math.floor(i / 3);
      const date = `2024-01-${String(day).padStart(2, '0')}`;
      return `c${c},p${(c % 2) + 2 * ((c + day + (i % 3)) % 8)},${date},b${c}-${day}`;
    }),
  );
  const path = join(here.dir, `bought-${days[0]}.csv`);
  await writeFile(path, `customer,product,ts,basket\n${rows.join('\n')}\n`);
  const mapping = { customer: 'customer', product: 'product', timestamp: 'ts', basket: 'basket' };
  await here.workspace.catalog.importFiles([{ kind: 'interactions', path, mapping }], {}, {});
}

async function importShop(): Promise<void> {
  await buy([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const path = join(here.dir, 'products.csv');
  await writeFile(path, 'id,parity\np0,even\np1,odd\nnever,\n');
  const mapping = { id: 'id', attributes: [{ kind: 'parity', column: 'parity' }] };
  await here.workspace.catalog.importFiles([{ kind: 'products', path, mapping }], {}, {});
}

const SPECTRAL: RunConfigInput = { train: { algorithm: 'spectral', embeddingDimension: 8 } };

const train = (input: RunConfigInput = SPECTRAL, evaluate = false): Promise<TrainResult> =>
  trainVersion(here.workspace, { run: runConfigSchema.parse(input), alias: 'prod', evaluate }, {});

const load = async () => here.workspace.versions.load(await here.workspace.versions.resolve('prod'));

describe('as a model', () => {
  test('is evaluated, published with both matrices, and says what its spectrum is', async () => {
    await importShop();
    const { training, evaluation } = await train(SPECTRAL, true);
    expect(evaluation).toMatchObject({ served: 'blend', embedding: 'recent-in-out' });
    expect(training).toMatchObject({
      isolatedCount: 1,
      spectrum: { rank: 8, iterations: 1, change: 0, largest: expect.closeTo(1, 2) },
    });
    for (const figure of ['walks', 'sentences', 'tokens', 'pairs', 'lossPerPair']) {
      expect(training).not.toHaveProperty(figure);
    }
    const { manifest, vectors, contexts } = await load();
    expect(manifest.configuration).toMatchObject({
      train: { algorithm: 'spectral' },
      spectral: { filterExponent: 0.5, degreeExponent: 0.2 },
    });
    expect(contexts!.data).not.toEqual(vectors.data);
  });

  test('two runs give the same checksums', async () => {
    await importShop();
    const once = async () => (await here.workspace.versions.manifest((await train()).version)).files;
    const first = await once();
    expect(await once()).toMatchObject({
      'vectors.npy': { sha256: first['vectors.npy']!.sha256 },
      'contexts.npy': { sha256: first['contexts.npy']!.sha256 },
    });
  });

  test('is served: neighbours and recommendations of one’s own taste, and a reason where there is no vector', async () => {
    await importShop();
    await train();
    const live = await createLiveModel(here.workspace, { alias: 'prod', log: silent });
    const odd = expect.toSatisfy(({ id }) => Number(id.slice(1)) % 2 === 1);
    const { results } = await live.neighbors({ type: 'product', id: 'p1' }, { limit: 4 });
    expect(results).toEqual(Array.from({ length: 4 }, () => odd));
    const wanted = await live.recommend('c3', { limit: 8, exclude: 'none' });
    expect(wanted.results).toEqual(Array.from({ length: 8 }, () => odd));
    expect(await live.embeddingState({ type: 'product', id: 'never' })).toMatchObject({
      reason: expect.any(String),
    });
    await live.close();
  });

  test('a refresh computes it anew, in the coordinates of before; there is no local one', async () => {
    await importShop();
    await train();
    const before = await load();
    await buy([11]);
    const refresh = (mode: 'local' | 'auto') =>
      refreshVersion(
        here.workspace,
        { alias: 'prod', dryRun: false, force: true, settings: refreshConfigSchema.parse({ mode }) },
        {},
      );
    await expect(refresh('local')).rejects.toMatchObject({
      code: 'REFRESH_IMPOSSIBLE',
      details: { found: expect.stringContaining('spectral') },
    });
    const { mode, reason, published } = await refresh('auto');
    expect([mode, reason]).toEqual(['full', expect.stringContaining('spectral')]);
    expect(published).toMatchObject({
      spaceId: before.manifest.spaceId,
      alignment: { sameSpace: true },
      training: { spectrum: { rank: 8 } },
    });
  });

  test('the estimate is above what it then takes, and within reason', async () => {
    await importShop();
    const estimate = toEstimate(await here.workspace.catalog.counts(), runConfigSchema.parse(SPECTRAL));
    const { training } = await train();
    expect(estimate).not.toHaveProperty('walks');
    expect(estimate.tokens).toBe(0);
    expect(estimate.bytesMin).toBeGreaterThanOrEqual(training.kernelBytes - 2048); // each piece starts on a cache line
    expect(estimate.bytesMin).toBeLessThan(3 * training.kernelBytes);
  });

  test('over the limit it is refused before anything is allocated', async () => {
    await importShop();
    const counts = { ...(await here.workspace.catalog.counts()), customers: 5e6 };
    const { bytesMin, limitBytes } = toEstimate(counts, runConfigSchema.parse(SPECTRAL));
    expect(bytesMin).toBeGreaterThan(2 * 5e6 * 8 * 4);
    expect(limitBytes).toBe(2 ** 32);
  });
});

const BLOCKS = smallGraph(plantedGraph({ blocks: 3, nodes: 24, insideShare: 0.9, degree: 6 }));
const STARTED: GraphRunInput = {
  walk: { walkLength: 12, walksPerNode: 2 },
  train: { initialVectors: 'spectral', embeddingDimension: 12, concurrency: 1 },
};
const STILL = { initialLearningRate: 1e-9, minLearningRate: 1e-9 };

describe('as first vectors', () => {
  test('are the closed form, scaled so that in·out of the median arc is 3', async () => {
    const spectral = await trainOnGraph(BLOCKS, { train: { algorithm: 'spectral', embeddingDimension: 12 } });
    const started = await trainOnGraph(BLOCKS, { ...STARTED, train: { ...STARTED.train, ...STILL } });
    const rowOf = (model: typeof started, v: number): Float32Array => model.vector(model.keys[v]!)!;
    const scale = rowOf(started, 0)[0]! / rowOf(spectral, 0)[0]!;
    const affinities: number[] = [];
    for (let v = 0; v < BLOCKS.nodeCount; v++) {
      for (const [d, x] of rowOf(started, v).entries())
        expect(x).toBeCloseTo(scale * rowOf(spectral, v)[d]!, 4);
      for (let a = BLOCKS.offsets[v]!; a < BLOCKS.offsets[v + 1]!; a++) {
        const context = started.context(started.keys[BLOCKS.targets[a]!]!)!;
        affinities.push(rowOf(started, v).reduce((sum, x, d) => sum + x * context[d]!, 0));
      }
    }
    const sorted = affinities.filter((x) => x > 0).sort((x, y) => x - y);
    expect(sorted[sorted.length >> 1]).toBeCloseTo(3, 3);
    expect(started.training).toMatchObject({ spectrum: { rank: 12 }, pairs: expect.any(Number) });
  });

  test('leave less to learn than random ones', async () => {
    const lossOf = async (initialVectors: 'random' | 'spectral'): Promise<number> =>
      (await trainOnGraph(BLOCKS, { ...STARTED, train: { ...STARTED.train, initialVectors } })).training
        .lossPerPair!;
    expect(await lossOf('spectral')).toBeLessThan(0.9 * (await lossOf('random')));
  });

  test('a training that goes on from a checkpoint ends with the bytes of one that was not interrupted', async () => {
    const run = graphRunSchema.parse({ ...STARTED, walk: { walkLength: 12, walksPerNode: 4 } });
    const once = async (from?: TrainingState) => {
      const memory = createKernelMemory(2 ** 28);
      const snapshot = smallGraph(
        plantedGraph({ blocks: 3, nodes: 24, insideShare: 0.9, degree: 6 }),
        memory,
      );
      const saved: TrainingState[] = [];
      const save = async ({ vectors, contexts, visits, ...state }: TrainingState): Promise<void> => {
        const copy = { visits: visits.slice(), vectors: copyOf(vectors), contexts: copyOf(contexts) };
        saved.push({ ...state, ...copy });
      };
      const checkpoint = { everyPasses: 2, save, ...(from && { from }) };
      const model = await trainModel(snapshot, memory, run, { context: {}, checkpoint });
      return { saved, rows: model.vectors.data.slice(), spectrum: model.spectrum };
    };
    const whole = await once();
    const resumed = await once(whole.saved[0]!);
    expect(resumed.rows).toEqual(whole.rows);
    // What was computed before the interruption is not computed again.
    expect([whole.spectrum?.rank, resumed.spectrum]).toEqual([12, undefined]);
  });

  test('arcs that go one way: what comes next, as a model and as first vectors', async () => {
    const ring = [0, 1, 2, 3, 4, 5].map((v) => [v, (v + 1) % 6] as const);
    const graph = smallGraph({ nodes: { product: 6 }, edges: [], arcs: ring });
    const settings: GraphRunInput = { train: { algorithm: 'spectral', embeddingDimension: 6 } };
    const { vectors, contexts } = await trainOnGraph(graph, settings);
    const affinity = (u: number, v: number): number =>
      vectors.row(u).reduce((sum, x, i) => sum + x * contexts.row(v)[i]!, 0);
    for (const u of [0, 1, 2, 3, 4, 5]) {
      for (const v of [0, 1, 2, 3, 4, 5]) expect(affinity(u, v)).toBeCloseTo(v === (u + 1) % 6 ? 1 : 0, 4);
    }
    const started = await trainOnGraph(graph, STARTED);
    expect(started.training.spectrum).toMatchObject({ rank: 6 });
  });

  test('a graph in which no walk leads from a product to a product has no such law', async () => {
    const oneWay = smallGraph({
      nodes: { customer: 1, product: 2 },
      edges: [],
      arcs: [
        [0, 1],
        [0, 2],
      ],
    });
    await expect(trainOnGraph(oneWay, { train: { algorithm: 'spectral' } })).rejects.toMatchObject({
      code: 'GRAPH_EMPTY',
      details: { found: expect.stringContaining('no walk') },
    });
  });
});

const copyOf = <M extends TrainingState['vectors']>(matrix: M): M =>
  Object.assign(Object.create(Object.getPrototypeOf(matrix)), { ...matrix, data: matrix.data.slice() });

describe('settings without effect are refused, not ignored', () => {
  test.each<[string, RunConfigInput, string, RegExp]>([
    ['walks', { ...SPECTRAL, walk: { walkLength: 80 } }, 'walk.walkLength', /no walks/],
    ['a window', { train: { algorithm: 'spectral', windowSize: 5 } }, 'train.windowSize', /not trained/],
    [
      'first vectors of what has none',
      { train: { algorithm: 'spectral', initialVectors: 'spectral' } },
      'train.initialVectors',
      /not trained/,
    ],
    ['a filter of random vectors', { spectral: { filterExponent: 1 } }, 'spectral.filterExponent', /only/],
    [
      'a start of item2vec',
      { train: { algorithm: 'item2vec', initialVectors: 'spectral' } },
      'train.initialVectors',
      /random/,
    ],
    ['sentences', { ...SPECTRAL, sentences: { minCount: 2 } }, 'sentences.minCount', /not spectral/],
  ])('%s', (_, input, path, message) => {
    const issues = runConfigSchema.safeParse(input).error!.issues;
    expect(issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    expect(issues[0]!.message).toMatch(message);
  });

  test.each<[string, RunConfigInput]>([
    [
      'a policy, threads and a seed',
      { train: { algorithm: 'spectral', concurrency: 1, randomSeed: 2 }, walk: { typePolicy: {} } },
    ],
    ['a filter', { train: { algorithm: 'spectral' }, spectral: { filterExponent: 1, iterations: 5 } }],
    ['a filter of first vectors', { train: { initialVectors: 'spectral' }, spectral: { filterExponent: 1 } }],
    ['a start of deepwalk', { train: { algorithm: 'deepwalk', initialVectors: 'spectral' } }],
  ])('taken: %s', (_, input) => {
    expect(runConfigSchema.safeParse(input).success).toBe(true);
  });
});
