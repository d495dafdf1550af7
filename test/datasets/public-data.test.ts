/** Real data, whole: counts on import, dirt reported, and a trained model that has learned something. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runConfigSchema } from '../../src/pipeline/config.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import { useWorkspace } from '../pipeline/fresh-workspace.ts';
import { findDataset } from './find-dataset.ts';
import { basketLines, onlineRetailSources } from './sources.ts';

const here = useWorkspace();

const silent = { info: () => {}, warn: () => {}, error: () => {} };

const onlineRetail = findDataset('online-retail');
describe.skipIf(!onlineRetail)('online-retail', () => {
  test('imports without a reject, trains better than popularity, finds the tea set beside the cake stand', async () => {
    const sources = onlineRetailSources(onlineRetail!);
    const { catalog, files } = await here.workspace.catalog.importFiles(sources, {}, {});
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
    const { evaluation } = await trainVersion(here.workspace, { run, alias: 'prod', evaluate: true }, {});
    if ('notEvaluated' in evaluation) throw new Error(evaluation.notEvaluated);
    const recall = (scorer: string): number =>
      evaluation.protocols.new.results.find((r) => r.scorer === scorer)!.at.at(-1)!.recall.mean;
    expect(recall('recent-in-out')).toBeGreaterThan(1.2 * recall('popularity'));

    const live = await createLiveModel(here.workspace, { alias: 'prod', log: silent });
    const { results } = await live.neighbors({ type: 'product', id: '22423' }, { limit: 10 }); // REGENCY CAKESTAND 3 TIER
    await live.close();
    expect(results.filter(({ name }) => name.includes('REGENCY')).length).toBeGreaterThanOrEqual(3);
  }, 300_000);
});

const completeJourney = findDataset('complete-journey');
describe.skipIf(!completeJourney)('complete-journey', () => {
  test('1.47 million lines: 8,869 without a positive quantity are rejected and said, the rest is there', async () => {
    const { catalog, files } = await here.workspace.catalog.importFiles(
      [basketLines(join(completeJourney!, 'interactions.parquet'))],
      {},
      {},
    );
    expect(files[0]).toMatchObject({
      rowsRead: 1_469_307,
      rowsAccepted: 1_460_438,
      rejectedByReason: { 'quantity-zero': 8_869 },
    });
    expect(catalog).toMatchObject({ customers: 2_469, interactions: 1_460_438 });
  }, 120_000);
});
