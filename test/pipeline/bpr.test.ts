/** Algorithm bpr and objective softmax from catalog to version: what is published, recorded, evaluated, and refused. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { NodeType } from '../../src/base/ids.ts';
import { type GraphRunInput, type RunConfigInput, runConfigSchema } from '../../src/pipeline/config.ts';
import { toEstimate } from '../../src/pipeline/estimate.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import { trainOnGraph } from '../../src/pipeline/train-graph.ts';
import { type TrainResult, trainVersion } from '../../src/pipeline/train-version.ts';
import { toTrainingIdentity } from '../../src/pipeline/training-identity.ts';
import { KITE, smallGraph } from '../graph/small-graph.ts';
import { silent } from '../serve/fakes.ts';
import { useWorkspace } from './fresh-workspace.ts';

const here = useWorkspace();

/** Two tastes; `unsold` has an attribute and no buyer. */
async function importShop(): Promise<void> {
  const rows = ['customer,product,ts'];
  for (let day = 1; day <= 10; day++) {
    for (let c = 0; c < 12; c++) {
      for (let i = 0; i < 3; i++)
        rows.push(`c${c},p${(c % 2) + 2 * ((c + day + i) % 8)},2024-01-${String(day).padStart(2, '0')}`);
    }
  }
  const path = join(here.dir, 'shop.csv');
  await writeFile(path, `${rows.join('\n')}\n`);
  const products = join(here.dir, 'products.csv');
  await writeFile(products, 'id,parity\np0,even\np1,odd\nunsold,none\n');
  await here.workspace.catalog.importFiles(
    [
      { kind: 'interactions', path, mapping: { customer: 'customer', product: 'product', timestamp: 'ts' } },
      {
        kind: 'products',
        path: products,
        mapping: { id: 'id', attributes: [{ kind: 'parity', column: 'parity' }] },
      },
    ],
    {},
    {},
  );
}

const SMALL = { embeddingDimension: 8, concurrency: 1 } as const;
const train = (input: RunConfigInput, evaluate = false): Promise<TrainResult> => {
  const run = runConfigSchema.parse({ ...input, train: { ...SMALL, ...input.train } });
  return trainVersion(here.workspace, { run, alias: 'prod', evaluate }, {});
};
const bpr: RunConfigInput = {
  walk: { walksPerNode: 40 },
  train: { algorithm: 'bpr', initialLearningRate: 0.2 },
};

describe('algorithm bpr', () => {
  test('is evaluated, published and recorded as what it is, and what is recorded trains the same bytes', async () => {
    await importShop();
    const first = await train(bpr, true);
    expect(first.evaluation).toMatchObject({ served: 'blend', embedding: 'recent-in-out' });
    expect(first.configuration.train).toMatchObject({ algorithm: 'bpr', objective: 'bpr' });
    const estimate = toEstimate(
      await here.workspace.catalog.counts(),
      runConfigSchema.parse({ ...bpr, train: { ...SMALL, ...bpr.train } }),
    );
    expect(estimate).toMatchObject({ walks: first.training.walks, tokens: first.training.tokens });
    expect(estimate.bytesMin).toBeGreaterThanOrEqual(first.training.kernelBytes);
    const again = await train(first.configuration);
    const [a, b] = await Promise.all(
      [first, again].map(({ version }) => here.workspace.versions.manifest(version)),
    );
    expect(b!.files['vectors.npy']!.sha256).toBe(a!.files['vectors.npy']!.sha256);
    expect(b!.configuration).toEqual(a!.configuration);
  });

  test('is served: recommendations by taste, and a reason where there is no vector', async () => {
    await importShop();
    await train(bpr);
    const live = await createLiveModel(here.workspace, { alias: 'prod', log: silent });
    const ownTaste = expect.toSatisfy(({ id }) => Number(id.slice(1)) % 2 === 1);
    const wanted = await live.recommend('c3', { limit: 8, exclude: 'none' });
    expect(wanted.results).toEqual(Array.from({ length: 8 }, () => ownTaste));
    const reasonOf = async (type: NodeType, id: string): Promise<unknown> =>
      (await live.embeddingState({ type, id })).reason;
    expect(await reasonOf('product', 'unsold')).toBe(
      'nobody had taken it when this version was trained (bpr)',
    );
    expect(await reasonOf('attribute', 'parity/none')).toBe(
      'nothing that carries it has a vector in this version (bpr)',
    );
    await live.close();
  });

  test('a graph in memory without customers and products has no pairs', async () => {
    await expect(trainOnGraph(smallGraph(KITE), { train: { algorithm: 'bpr' } })).rejects.toMatchObject({
      code: 'GRAPH_EMPTY',
    });
  });
});

test('a checkpoint of pairs is none of the windows of objective bpr, with the same settings otherwise', () => {
  const fingerprintOf = (input: RunConfigInput): string =>
    toTrainingIdentity(runConfigSchema.parse(input), { snapshot: smallGraph(KITE) }).fingerprint;
  const pairs = fingerprintOf({ train: { algorithm: 'bpr' } });
  expect(fingerprintOf({ train: { algorithm: 'bpr', objective: 'bpr' } })).toBe(pairs);
  expect(fingerprintOf({ train: { objective: 'bpr' } })).not.toBe(pairs);
});

test('softmax over a hundred negatives: trained, evaluated and recorded; two runs with one thread agree', async () => {
  await importShop();
  const softmax: RunConfigInput = {
    walk: { walksPerNode: 3, walkLength: 10 },
    train: { objective: 'softmax', negativeSamplingRate: 100, logQCorrection: 0.5 },
  };
  const [a, b] = [await train(softmax, true), await train(softmax)];
  expect(a.configuration.train).toMatchObject({ objective: 'softmax', logQCorrection: 0.5 });
  const shaOf = async ({ version }: TrainResult): Promise<string> =>
    (await here.workspace.versions.manifest(version)).files['vectors.npy']!.sha256;
  expect(await shaOf(b)).toBe(await shaOf(a));
});

describe('settings without effect are refused', () => {
  test.each<[string, GraphRunInput, string, RegExp]>([
    ['a walk', { train: { algorithm: 'bpr' }, walk: { walkLength: 80 } }, 'walk.walkLength', /pairs/],
    ['q', { train: { algorithm: 'bpr' }, walk: { inOutFactor: 2 } }, 'walk.inOutFactor', /pairs/],
    ['a window', { train: { algorithm: 'bpr', windowSize: 9 } }, 'train.windowSize', /no windows/],
    [
      'thinning',
      { train: { algorithm: 'bpr', positiveSamplingFactor: 0.1 } },
      'train.positiveSamplingFactor',
      /no windows/,
    ],
    ['another objective', { train: { algorithm: 'bpr', objective: 'cbow' } }, 'train.objective', /its own/],
    ['a penalty of skip-gram', { train: { regularization: 0.1 } }, 'train.regularization', /only bpr/],
    ['a correction of skip-gram', { train: { logQCorrection: 0.5 } }, 'train.logQCorrection', /only softmax/],
    [
      'a correction of bpr',
      { train: { objective: 'bpr', logQCorrection: 0.5 } },
      'train.logQCorrection',
      /only softmax/,
    ],
  ])('%s', (_, input, field, message) => {
    const issue = runConfigSchema.safeParse(input).error?.issues[0];
    expect(issue?.path.join('.')).toBe(field);
    expect(issue?.message).toMatch(message);
  });

  test('what it has anyway is taken', () => {
    const { train } = runConfigSchema.parse({
      train: { algorithm: 'bpr', objective: 'bpr', regularization: 0.1 },
    });
    expect(train).toMatchObject({ objective: 'bpr', regularization: 0.1 });
    expect(runConfigSchema.parse({ train: { objective: 'bpr', regularization: 0.1 } }).train.algorithm).toBe(
      'node2vec',
    );
  });
});
