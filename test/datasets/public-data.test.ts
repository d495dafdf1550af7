/** Real data, whole: counts on import, dirt reported, and a trained model that has learned something. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImportSource, InteractionMapping } from '../../src/catalog/types.ts';
import { runConfigSchema } from '../../src/pipeline/config.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';
import { findDataset } from './find-dataset.ts';

let dir: string;
let workspace: Workspace;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-test-'));
  workspace = await openWorkspace(dir);
});
afterEach(async () => {
  await workspace.close();
  await rm(dir, { recursive: true, force: true });
});

const BASKET_LINES: InteractionMapping = {
  customer: 'user_id',
  product: 'product_id',
  timestamp: 'ts',
  quantity: 'quantity',
  value: 'value',
  basket: 'order_id',
};
const interactions = (path: string): ImportSource => ({ kind: 'interactions', path, mapping: BASKET_LINES });
const silent = { info: () => {}, warn: () => {}, error: () => {} };

const onlineRetail = findDataset('online-retail');
describe.skipIf(!onlineRetail)('online-retail', () => {
  test('imports without a reject, trains better than popularity, finds the tea set beside the cake stand', async () => {
    const products: ImportSource = {
      kind: 'products',
      path: join(onlineRetail!, 'products.csv.gz'),
      mapping: { id: 'product_id', name: 'name', attributes: [{ kind: 'kind', column: 'kind' }] },
    };
    const sources = [interactions(join(onlineRetail!, 'interactions.csv.gz')), products];
    const { catalog, files } = await workspace.catalog.importFiles(sources, {}, {});
    expect(files.map((f) => [f.rowsAccepted, f.rowsRejected])).toEqual([
      [386_398, 0],
      [3_659, 0],
    ]);
    expect(catalog).toMatchObject({
      customers: 4_334,
      products: 3_659,
      interactions: 386_398,
      baskets: 18_402,
    });

    const run = runConfigSchema.parse({
      walk: { walksPerNode: 6 },
      train: { embeddingDimension: 64 },
      evaluate: { maxCustomers: 500 },
    });
    const { evaluation } = await trainVersion(workspace, { run, alias: 'prod', evaluate: true }, {});
    if ('notEvaluated' in evaluation) throw new Error(evaluation.notEvaluated);
    const recall = (scorer: string): number =>
      evaluation.protocols.new.results.find((r) => r.scorer === scorer)!.at.at(-1)!.recall.mean;
    expect(recall('recent-in-out')).toBeGreaterThan(1.2 * recall('popularity'));

    const live = await createLiveModel(workspace, { alias: 'prod', log: silent });
    const { results } = await live.neighbors({ type: 'product', id: '22423' }, { limit: 10 }); // REGENCY CAKESTAND 3 TIER
    await live.close();
    expect(results.filter(({ name }) => name.includes('REGENCY')).length).toBeGreaterThanOrEqual(3);
  }, 300_000);
});

const completeJourney = findDataset('complete-journey');
describe.skipIf(!completeJourney)('complete-journey', () => {
  test('1.47 million lines: 8,869 without a positive quantity are rejected and said, the rest is there', async () => {
    const { catalog, files } = await workspace.catalog.importFiles(
      [interactions(join(completeJourney!, 'interactions.parquet'))],
      {},
      {},
    );
    expect(files[0]).toMatchObject({
      rowsRead: 1_469_307,
      rowsAccepted: 1_460_438,
      rejectedByReason: { 'quantity-not-positive': 8_869 },
    });
    expect(catalog).toMatchObject({ customers: 2_469, interactions: 1_460_438 });
  }, 120_000);
});
