/** Sequence and baskets as options of a graph: what stats and lint say, what is estimated, and what trains. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { graphConfigSchema, type RunConfigInput, runConfigSchema } from '../../src/pipeline/config.ts';
import { refuseOverLimit, toEstimate } from '../../src/pipeline/estimate.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import { graphLintOperation, graphStatsOperation } from '../../src/pipeline/operations/graph.operation.ts';
import { readRunCounts } from '../../src/pipeline/run-counts.ts';
import { toProductArcOptions } from '../../src/pipeline/run-params.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import { silent } from '../serve/fakes.ts';
import { useWorkspace } from './fresh-workspace.ts';

const here = useWorkspace();

const PRODUCTS = 12;
const CUSTOMERS = 24;
const DAYS = 8;

/** Everyone goes round one circle of products, a basket a day, each from a place of their own; p0 comes in a bag. */
async function importCircle(): Promise<void> {
  const rows = Array.from({ length: CUSTOMERS * DAYS }, (_, i) => {
    const [c, day] = [Math.floor(i / DAYS), i % DAYS];
    const at = (c + day) % PRODUCTS;
    const toRow = (product: string): string => `c${c},${product},2024-01-0${day + 1},b${day}`;
    return at === 0 ? [toRow('p0'), toRow('bag')] : [toRow(`p${at}`)];
  }).flat();
  const path = join(here.dir, 'circle.csv');
  await writeFile(path, `customer,product,ts,basket\n${rows.join('\n')}\n`);
  const mapping = { customer: 'customer', product: 'product', timestamp: 'ts', basket: 'basket' };
  await here.workspace.catalog.importFiles([{ kind: 'interactions', path, mapping }], {}, {});
}

const toInput = (graph: RunConfigInput['graph']) => graphStatsOperation.input.parse({ graph });
const stats = (graph: RunConfigInput['graph']) => graphStatsOperation.run(here.workspace, toInput(graph), {});
const lint = (graph: RunConfigInput['graph']) => graphLintOperation.run(here.workspace, toInput(graph), {});

const ONWARD = { sequence: true, sequenceReach: 1, sequenceBack: 0 };
/** Seven steps each; the bag, whom 16 of 24 meet, is one more on either side of its moment, but for the 4 at an end. */
const STEPS = CUSTOMERS * (DAYS - 1) + 2 * 16 - 4;

test('off by default; a sequence is directed, baskets are not, and stats say what they were drawn from', async () => {
  await importCircle();
  const plain = await stats({});
  expect(plain).toMatchObject({ twoColourable: true, directed: false });
  expect(plain).not.toHaveProperty('drawnFrom');

  const sequence = await stats(ONWARD);
  expect(sequence).toMatchObject({ twoColourable: false, directed: true });
  expect(sequence.arcs.product.product).toBe(PRODUCTS + 2); // round the circle, and by way of the bag
  expect(sequence.drawnFrom).toEqual({ sequence: { units: CUSTOMERS * DAYS, leftOut: 0, arcs: STEPS } });

  const baskets = await stats({ baskets: true });
  expect(baskets).toMatchObject({ twoColourable: false, directed: false });
  expect(baskets.arcs.product.product).toBe(2);
  expect(baskets.drawnFrom).toEqual({ baskets: { units: CUSTOMERS * DAYS, leftOut: 0, arcs: 32 } });
});

test('lint: p and q are two knobs then, and baskets that take no part are told', async () => {
  await importCircle();
  const codesOf = (findings: readonly { code: string }[]): string[] => findings.map(({ code }) => code);
  expect(codesOf(await lint({}))).toContain('P_AND_Q_ARE_ONE_KNOB');
  const found = await lint({ sequence: true });
  expect(codesOf(found)).toContain('TRIANGLES');
  expect(codesOf(found)).not.toContain('BASKETS_LEFT_OUT');
  const large = [...Array.from({ length: 5 }, (_, i) => `big,p${i},2024-02-01,b`), 'big,p9,2024-02-02,c'];
  const path = join(here.dir, 'large.csv');
  await writeFile(path, `customer,product,ts,basket\n${large.join('\n')}\n`);
  const mapping = { customer: 'customer', product: 'product', timestamp: 'ts', basket: 'basket' };
  await here.workspace.catalog.importFiles([{ kind: 'interactions', path, mapping }], {}, {});
  expect(await lint({ baskets: true, maxBasketProducts: 4 })).toContainEqual({
    level: 'info',
    code: 'BASKETS_LEFT_OUT',
    message: expect.stringContaining('1 of 194 baskets have more than 4 products'),
  });
});

test('an estimate counts the arcs before they are made, at most as many as products allow', async () => {
  await importCircle();
  const estimate = async (graph: RunConfigInput['graph']) => {
    const run = runConfigSchema.parse({ graph });
    return toEstimate(await readRunCounts(here.workspace.catalog, run.graph), run);
  };
  const plain = await estimate({});
  const all = ((PRODUCTS + 1) * PRODUCTS) / 2;
  expect((await estimate(ONWARD)).relationshipCount).toBe(plain.relationshipCount + Math.min(STEPS / 2, all));
  expect((await estimate({ baskets: true })).relationshipCount).toBe(plain.relationshipCount + 16);
  expect(() =>
    refuseOverLimit(
      toEstimate(
        {
          customers: 1,
          products: 1e5,
          attributes: 0,
          interactions: 1,
          pairs: 1,
          attributeEdges: 0,
          edges: 0,
          edgePairs: 0,
          productArcs: 1e9,
        },
        runConfigSchema.parse({ graph: { sequence: true } }),
      ),
    ),
  ).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
});

test('settings of arcs that are not drawn are refused, and item2vec has no graph', () => {
  const refused = (input: RunConfigInput): string[] =>
    (runConfigSchema.safeParse(input).error?.issues ?? []).map(({ path }) => path.join('.'));
  expect(refused({ graph: { sequenceDecay: 0.5 } })).toEqual(['graph.sequenceDecay']);
  expect(refused({ graph: { maxBasketProducts: 5 } })).toEqual(['graph.maxBasketProducts']);
  expect(refused({ graph: { sequence: true, basketExponent: 0.5 } })).toEqual(['graph.basketExponent']);
  expect(refused({ graph: { baskets: true, basketExponent: 0.5, maxBasketProducts: 5 } })).toEqual([]);
  expect(refused({ graph: { sequence: true, sequenceReach: 2 } })).toEqual([]);
  expect(refused({ graph: { baskets: true }, train: { algorithm: 'item2vec' } })).toEqual(['graph.baskets']);
  expect(toProductArcOptions(graphConfigSchema.parse({}))).toBeUndefined();
});

test('node2vec trains on a sequence, is evaluated, and takes what comes next as context', async () => {
  await importCircle();
  const run = runConfigSchema.parse({
    graph: ONWARD,
    walk: { walkLength: 10, startTypes: ['product'], typePolicy: { product: { product: 1 } } },
    train: { embeddingDimension: 16, windowSize: 1, concurrency: 1 },
  });
  const { evaluation } = await trainVersion(here.workspace, { run, alias: 'prod', evaluate: true }, {});
  expect(evaluation).toMatchObject({ served: 'blend', embedding: 'recent-in-out' });
  const { vectors, contexts, nodes } = await here.workspace.versions.load(
    await here.workspace.versions.resolve('prod'),
  );
  const rowOf = (id: string): number => nodes.ids.indexOf(id);
  const affinity = (a: string, b: string): number => {
    const other = contexts!.row(rowOf(b));
    return vectors.row(rowOf(a)).reduce((sum, x, i) => sum + x * other[i]!, 0);
  };
  for (let at = 1; at + 3 < PRODUCTS; at++) {
    expect(affinity(`p${at}`, `p${at + 1}`), `p${at}`).toBeGreaterThan(affinity(`p${at}`, `p${at + 3}`));
  }
});

test('the closed form of a sequence is evaluated, published, and answers with what comes next', async () => {
  await importCircle();
  const run = runConfigSchema.parse({
    graph: ONWARD,
    train: { algorithm: 'spectral', embeddingDimension: 8 },
  });
  const { training } = await trainVersion(here.workspace, { run, alias: 'prod', evaluate: true }, {});
  expect(training).toMatchObject({ spectrum: { rank: 8, largest: expect.closeTo(1, 1) } });
  const live = await createLiveModel(here.workspace, { alias: 'prod', log: silent });
  // c0 stopped at p7: next is p8, which c1 took after it.
  const { results } = await live.recommend('c0', { limit: 1, exclude: 'seen' });
  expect(results).toEqual([expect.objectContaining({ id: 'p8' })]);
  await live.close();
});
