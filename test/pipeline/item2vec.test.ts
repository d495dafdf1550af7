/** item2vec and deepwalk from catalog to version: what is published, what it says of what it left out, what is refused. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EvaluationReport } from '../../src/analyze/report.ts';
import type { NodeType } from '../../src/base/ids.ts';
import type { ImportSource, InteractionMapping } from '../../src/catalog/types.ts';
import { type RunConfigInput, runConfigSchema } from '../../src/pipeline/config.ts';
import { toEstimate } from '../../src/pipeline/estimate.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import { toWalkParams } from '../../src/pipeline/run-params.ts';
import { type TrainResult, trainVersion } from '../../src/pipeline/train-version.ts';
import { silent } from '../serve/fakes.ts';
import { useWorkspace } from './fresh-workspace.ts';

const here = useWorkspace();

/** Two tastes, a basket a day and customer; `once` is bought once, `lone` always by itself, `never` not at all. */
async function importShop(columns: 'with baskets' | 'without' = 'with baskets'): Promise<void> {
  const rows = ['customer,product,ts,basket,type'];
  for (let day = 1; day <= 10; day++) {
    const date = `2024-01-${String(day).padStart(2, '0')}`;
    for (let c = 0; c < 12; c++) {
      for (let i = 0; i < 3; i++)
        rows.push(`c${c},p${(c % 2) + 2 * ((c + day + i) % 8)},${date},b${c}-${day},purchase`);
    }
    rows.push(`c0,lone,${date},lone-${day},purchase`, `c0,seen,${date},b0-${day},view`);
  }
  rows.push('c1,once,2024-01-03,b1-3,purchase', 'browser,once,2024-01-03,only,purchase');
  const path = join(here.dir, 'shop.csv');
  await writeFile(path, `${rows.join('\n')}\n`);
  await writeFile(join(here.dir, 'products.csv'), 'id,parity\np0,even\np1,odd\nonce,none\nnever,\n');
  const pair: InteractionMapping = {
    customer: 'customer',
    product: 'product',
    timestamp: 'ts',
    type: { column: 'type' },
  };
  const mapping = columns === 'without' ? pair : { ...pair, basket: 'basket' };
  const products: ImportSource = {
    kind: 'products',
    path: join(here.dir, 'products.csv'),
    mapping: { id: 'id', attributes: [{ kind: 'parity', column: 'parity' }] },
  };
  await here.workspace.catalog.importFiles([{ kind: 'interactions', path, mapping }, products], {}, {});
}

const train = (input: RunConfigInput, evaluate = false): Promise<TrainResult> => {
  const run = runConfigSchema.parse({
    ...input,
    train: { embeddingDimension: 8, concurrency: 1, ...input.train },
  });
  return trainVersion(here.workspace, { run, alias: 'prod', evaluate }, {});
};
const item2vec: RunConfigInput = {
  train: { algorithm: 'item2vec' },
  sentences: { minCount: 3, iterations: 4 },
};
const loadServed = async () => here.workspace.versions.load(await here.workspace.versions.resolve('prod'));

describe('item2vec', () => {
  test('publishes vectors of products, lists what was left out, and evaluates by what customers bought', async () => {
    await importShop();
    const result = await train(item2vec, true);
    expect(result.training).toMatchObject({ sentences: 480, isolatedCount: 1 });
    expect(result.training.walks).toBeUndefined();
    const facts = { sentences: 120, tokens: 370, rareProducts: 1, rareTokens: 2, aloneProducts: 1 };
    expect(result.corpus).toEqual({
      ...facts,
      withoutBasket: 0,
      repeats: 0,
      shortSentences: 11,
      firstRare: [{ id: 'once', count: 2 }],
    });
    const { nodes, vectors, report, manifest } = await loadServed();
    expect(report).toMatchObject({
      corpus: { ...facts, rare: [{ id: 'once', count: 2 }], alone: ['lone'] },
    });
    expect(manifest.configuration).toMatchObject({ sentences: { of: 'basket', order: 'set', minCount: 3 } });
    expect(manifest.configuration).not.toHaveProperty('walk');
    const degreeOf = (id: string): number => nodes.degrees[nodes.ids.indexOf(id)]!;
    expect([degreeOf('seen'), degreeOf('once'), degreeOf('lone'), degreeOf('never')]).toEqual([10, 0, 0, 0]);
    const { start, end } = nodes.ranges[1]!;
    const hasVector = (v: number): boolean => vectors.row(v).some((x) => x !== 0);
    const withVector = nodes.ids.filter((_, v) => v >= start && v < end && hasVector(v));
    expect(withVector.sort()).toEqual([...Array.from({ length: 16 }, (_, i) => `p${i}`), 'seen'].sort());
    expect(result.evaluation).toMatchObject({ served: 'blend', embedding: 'recent-in-out' });
    const { scorers } = result.evaluation as EvaluationReport;
    expect(scorers.map((s) => s.name)).toContain('customer-in-out');
  });

  test('customers are the means of their baskets, attributes of their products, in both matrices', async () => {
    await importShop();
    await train({ ...item2vec, graph: { typeWeights: { view: 0 } } });
    const { nodes, vectors, contexts } = await loadServed();
    const rowOf = (id: string): number => nodes.ids.indexOf(id);
    const basketsOf = (c: number): string[][] =>
      Array.from({ length: 10 }, (_, i) => [0, 1, 2].map((j) => `p${(c % 2) + 2 * ((c + i + 1 + j) % 8)}`));
    for (const matrix of [vectors, contexts!]) {
      const mean = (rows: readonly (readonly number[] | Float32Array)[]): number[] =>
        Array.from({ length: 8 }, (_, d) => rows.reduce((sum, row) => sum + row[d]!, 0) / rows.length);
      const expectRow = (id: string, expected: readonly number[]): void =>
        matrix.row(rowOf(id)).forEach((x, d) => {
          expect(x).toBeCloseTo(expected[d]!, 6);
        });
      for (const c of [3, 4]) {
        expectRow(`c${c}`, mean(basketsOf(c).map((basket) => mean(basket.map((p) => matrix.row(rowOf(p)))))));
      }
      expectRow('parity/even', Array.from(matrix.row(rowOf('p0'))));
    }
    // c3 bought 8 products; c0 viewed one more, which is left out, and bought `lone`, which has no vector.
    expect([nodes.degrees[rowOf('c3')], nodes.degrees[rowOf('c0')]]).toEqual([8, 9]);
  });

  test('without attributes the model has none, and customers all the same', async () => {
    await importShop();
    await train({ ...item2vec, graph: { attributes: false } });
    const { nodes, vectors } = await loadServed();
    expect(nodes.ranges[2]).toMatchObject({ start: nodes.count, end: nodes.count });
    expect(vectors.row(nodes.ids.indexOf('c3')).some((x) => x !== 0)).toBe(true);
  });

  test.each([
    { objective: 'skip-gram', order: 'set' },
    { objective: 'cbow', order: 'sequence' },
  ] as const)(
    '$objective on $order: two runs with one thread give the same checksums',
    async ({ objective, order }) => {
      await importShop();
      const input = {
        train: { ...item2vec.train, objective },
        sentences: { ...item2vec.sentences, order },
      };
      const once = async () => (await here.workspace.versions.manifest((await train(input)).version)).files;
      const first = await once();
      expect(await once()).toMatchObject({
        'vectors.npy': { sha256: first['vectors.npy']!.sha256 },
        'contexts.npy': { sha256: first['contexts.npy']!.sha256 },
      });
    },
  );

  test('is served: neighbours of products, recommendations, and an honest reason where there is no vector', async () => {
    await importShop();
    await train({ ...item2vec, sentences: { minCount: 3, iterations: 30 } });
    const live = await createLiveModel(here.workspace, { alias: 'prod', log: silent });
    const { results } = await live.neighbors({ type: 'product', id: 'p0' }, { limit: 3 });
    expect(results).toHaveLength(3);
    const ownTaste = expect.toSatisfy(({ id }) => Number(id.slice(1)) % 2 === 1);
    const wanted = await live.recommend('c3', { limit: 8, exclude: 'none' });
    expect(wanted.results).toEqual(Array.from({ length: 8 }, () => ownTaste));
    const alike = await live.neighbors({ type: 'customer', id: 'c3' }, { limit: 4 });
    expect(alike.results).toEqual(Array.from({ length: 4 }, () => ownTaste)); // customers: c1, c5, …
    const reasonOf = async (type: NodeType, id: string): Promise<unknown> =>
      (await live.embeddingState({ type, id })).reason;
    const few =
      'this version was trained on sentences (item2vec): it is there fewer than 3 times, or never stands beside another product';
    for (const id of ['once', 'lone', 'never']) expect(await reasonOf('product', id)).toBe(few);
    expect(await reasonOf('customer', 'browser')).toBe(
      'none of its products has a vector in this version (item2vec)',
    );
    expect(await reasonOf('attribute', 'parity/none')).toBe(
      'nothing that carries it has a vector in this version (item2vec)',
    );
    await live.close();
  });

  test('a type that weighs 0 is in no sentence', async () => {
    await importShop();
    const { corpus } = await train({ ...item2vec, graph: { typeWeights: { view: 0 } } });
    expect(corpus).toMatchObject({ tokens: 360 });
    expect((await loadServed()).nodes.degrees).toContain(0);
  });

  test('without baskets: baskets are refused before anything is allocated, customers are not', async () => {
    await importShop('without');
    await expect(train(item2vec)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: {
        field: 'sentences.of',
        found: 'basket',
        hint: expect.stringContaining('--sentences-of customer'),
      },
    });
    const { corpus } = await train({ ...item2vec, sentences: { of: 'customer', minCount: 3 } });
    expect(corpus).toMatchObject({ sentences: 12, shortSentences: 1 });
  });

  test('edges alone are no sentences: refused at once, with what would train on them', async () => {
    const path = join(here.dir, 'edges.csv');
    await writeFile(path, 'from,to\np0,p1\np1,p2\n');
    await here.workspace.catalog.importFiles(
      [{ kind: 'edges', path, mapping: { from: 'from', to: 'to' } }],
      {},
      {},
    );
    await expect(train(item2vec)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { field: 'train.algorithm', found: 'item2vec', hint: expect.stringContaining('node2vec') },
    });
  });

  test('interactions that all weigh 0 are refused though there are edges', async () => {
    await importShop();
    const path = join(here.dir, 'edges.csv');
    await writeFile(path, 'from,to\np0,p2\n');
    await here.workspace.catalog.importFiles(
      [{ kind: 'edges', path, mapping: { from: 'from', to: 'to' } }],
      {},
      {},
    );
    const nothing = { typeWeights: {}, otherTypes: 0 };
    await expect(train({ ...item2vec, graph: nothing })).rejects.toMatchObject({ code: 'GRAPH_EMPTY' });
  });

  test('given edges change no vector: sentences are all that is read', async () => {
    await importShop();
    const checksum = async () =>
      (await here.workspace.versions.manifest((await train(item2vec)).version)).files['vectors.npy']!.sha256;
    const before = await checksum();
    const path = join(here.dir, 'edges.csv');
    await writeFile(path, 'from,to\np0,p1\np1,p2\nnever,p2\n');
    await here.workspace.catalog.importFiles(
      [{ kind: 'edges', path, mapping: { from: 'from', to: 'to' } }],
      {},
      {},
    );
    expect(await checksum()).toBe(before);
  });

  test('if nothing is frequent enough: SENTENCES_EMPTY with the counts, and nothing is published', async () => {
    await importShop();
    const rare = { ...item2vec, sentences: { minCount: 1000 } };
    await expect(train(rare)).rejects.toMatchObject({
      code: 'SENTENCES_EMPTY',
      details: { sentences: 0, rareProducts: 19 },
    });
    await expect(train(rare, true)).rejects.toMatchObject({ code: 'SENTENCES_EMPTY' });
    expect(await here.workspace.versions.list()).toEqual([]);
  });

  test.each([
    { of: 'basket', order: 'set' },
    { of: 'customer', order: 'sequence' },
  ] as const)(
    'the estimate is above what training then takes, and within reason: $of, $order',
    async (how) => {
      await importShop();
      const input = { ...item2vec, sentences: { ...how, minCount: 1 } };
      const run = runConfigSchema.parse({
        ...input,
        train: { ...input.train, embeddingDimension: 8, concurrency: 1 },
      });
      const estimate = toEstimate(await here.workspace.catalog.counts(), run);
      const { training } = await train(input);
      expect(estimate.walks).toBeUndefined();
      expect(estimate.sentences).toBeGreaterThanOrEqual(training.sentences!);
      expect(estimate.tokens).toBeGreaterThanOrEqual(training.tokens!);
      expect(estimate.bytesMin).toBeGreaterThanOrEqual(training.kernelBytes);
      expect(estimate.bytesMin).toBeLessThan(3 * training.kernelBytes);
    },
  );
});

describe('deepwalk', () => {
  test('is node2vec with p = q = 1 and no type policy, bit for bit, and is written down as that', async () => {
    await importShop();
    const walk = { walksPerNode: 2, walkLength: 10 };
    const filesOf = async (input: RunConfigInput) =>
      (await here.workspace.versions.manifest((await train(input)).version)).files['vectors.npy']!.sha256;
    const plain = await filesOf({ walk: { ...walk, typePolicy: {} } });
    expect(await filesOf({ walk, train: { algorithm: 'deepwalk' } })).toBe(plain);
    expect((await loadServed()).manifest.configuration).toMatchObject({
      walk: { typePolicy: {}, returnFactor: 1, inOutFactor: 1 },
    });
    expect(await filesOf({ walk })).not.toBe(plain); // the default policy does something
  });

  test('what a version was trained with can be asked for again, and gives the same bytes', async () => {
    await importShop();
    for (const input of [{ train: { algorithm: 'deepwalk' as const } }, item2vec]) {
      const first = await train(input);
      const again = await train(first.configuration);
      const [a, b] = await Promise.all(
        [first, again].map(({ version }) => here.workspace.versions.manifest(version)),
      );
      expect(b!.files['vectors.npy']!.sha256).toBe(a!.files['vectors.npy']!.sha256);
      expect(b!.configuration).toEqual(a!.configuration);
    }
  });

  test('takes the policy that it has anyway', () => {
    const run = runConfigSchema.parse({ train: { algorithm: 'deepwalk' }, walk: { typePolicy: {} } });
    expect(toWalkParams(run)).toMatchObject({ policy: {}, returnP: 1, inOutQ: 1 });
  });
});

describe('settings without effect are refused, not ignored', () => {
  test.each<[string, RunConfigInput, string, RegExp]>([
    ['a walk', { train: { algorithm: 'item2vec' }, walk: { walkLength: 80 } }, 'walk.walkLength', /no walks/],
    ['p', { train: { algorithm: 'deepwalk' }, walk: { returnFactor: 2 } }, 'walk.returnFactor', /p = q = 1/],
    ['q', { train: { algorithm: 'deepwalk' }, walk: { inOutFactor: 2 } }, 'walk.inOutFactor', /p = q = 1/],
    ['node2vec+', { train: { algorithm: 'deepwalk' }, walk: { extend: true } }, 'walk.extend', /p = q = 1/],
    ['node2vec+ alone', { walk: { extend: true } }, 'walk.extend', /p = q = 1/],
    ['a threshold alone', { walk: { gamma: 1 } }, 'walk.gamma', /extend/],
    [
      'a policy',
      { train: { algorithm: 'deepwalk' }, walk: { typePolicy: { product: { customer: 1 } } } },
      'walk.typePolicy',
      /no type policy/,
    ],
    ['sentences', { sentences: { minCount: 2 } }, 'sentences.minCount', /not node2vec/],
    [
      'sentences',
      { train: { algorithm: 'deepwalk' }, sentences: { order: 'sequence' } },
      'sentences.order',
      /not deepwalk/,
    ],
    [
      'a window of a set',
      { train: { algorithm: 'item2vec', windowSize: 9 } },
      'train.windowSize',
      /sequence has a window/,
    ],
    [
      'damping',
      { train: { algorithm: 'item2vec' }, graph: { damping: 'none' } },
      'graph.damping',
      /no weights/,
    ],
    [
      'a half-life',
      { train: { algorithm: 'item2vec' }, graph: { halfLifeDays: 9 } },
      'graph.halfLifeDays',
      /no weights/,
    ],
    [
      'a weight between',
      { train: { algorithm: 'item2vec' }, graph: { typeWeights: { view: 0.2 } } },
      'graph.typeWeights',
      /0 or 1/,
    ],
    [
      'a weight between',
      { train: { algorithm: 'item2vec' }, graph: { otherTypes: 3 } },
      'graph.otherTypes',
      /0 or 1/,
    ],
  ])('%s: %j', (_, input, path, message) => {
    const { error } = runConfigSchema.safeParse(input);
    expect(error?.issues.map((i) => i.path.join('.'))).toEqual([path]);
    expect(error?.issues[0]?.message).toMatch(message);
  });

  test('a window of sequences, and what item2vec shares with walks, is not', () => {
    const input: RunConfigInput = {
      train: { algorithm: 'item2vec', windowSize: 9, negativeSamplingRate: 9 },
      sentences: { order: 'sequence' },
      graph: { attributes: false, typeWeights: { view: 0 } },
    };
    expect(runConfigSchema.safeParse(input).success).toBe(true);
  });
});
