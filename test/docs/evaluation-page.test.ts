/** docs/evaluation.md: every command of the page ends with 0 on a small shop, and its tables name what there is. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { METRICS } from '../../src/analyze/metrics.ts';
import { SPLIT_PROTOCOLS } from '../../src/graph/types.ts';
import { runConfigSchema } from '../../src/pipeline/config.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import { openWorkspace } from '../../src/pipeline/workspace.ts';
import { invoke } from '../cli/invocation.ts';

const page = readFileSync(new URL('../../docs/evaluation.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
  block!.trim().split('\n'),
);
const SMALL = { walk: { walksPerNode: 2 }, train: { embeddingDimension: 8, concurrency: 1 } };

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-page-'));
  const rows = Array.from(
    { length: 240 },
    (_, i) => `c${i % 12},p${(i * 7) % 10},2024-01-${10 + Math.floor(i / 24)},b${Math.floor(i / 2)}`,
  );
  await writeFile(join(dir, 'bought.csv'), ['customer,product,ts,basket', ...rows, ''].join('\n'));
  await writeFile(join(dir, 'settings.json'), JSON.stringify(SMALL));
  const workspace = await openWorkspace(join(dir, 'data'));
  const mapping = { customer: 'customer', product: 'product', timestamp: 'ts', basket: 'basket' };
  const bought = { kind: 'interactions' as const, path: join(dir, 'bought.csv'), mapping };
  await workspace.catalog.importFiles([bought], {}, {});
  const run = runConfigSchema.parse(SMALL);
  await trainVersion(workspace, { run, alias: 'prod', evaluate: false }, {});
  await workspace.close();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('the page shows commands', () => expect(commands.length).toBeGreaterThan(3));

test.each(commands)('%s', async (command) => {
  const { code, out, errors } = await invoke(
    ['--data-dir', join(dir, 'data'), ...command.replace(/^shelfwalk /, '').split(' ')],
    { cwd: dir },
  );
  expect({ code, errors }, errors).toMatchObject({ code: 0 });
  expect(out).toContain('held out: ');
  const folder = /--out (\S+)/.exec(command)?.[1];
  if (folder) expect((await readdir(join(dir, folder))).sort()).toEqual(['report.html', 'report.json']);
});

test('a version as it is, asked for what it was trained on, ends with 2 and the code', async () => {
  const { code, errors } = await invoke(
    ['--data-dir', join(dir, 'data'), 'evaluate', '--model', 'prod', '--as-is'],
    { cwd: dir },
  );
  expect(code).toBe(2);
  expect(errors).toContain('error TEST_LEAKED: ');
});

test('every split and every metric has its row', () => {
  for (const protocol of SPLIT_PROTOCOLS) expect(page).toContain(`| \`${protocol}\` |`);
  const names = { recall: 'Recall', ndcg: 'NDCG', hitRate: 'HR', mrr: 'MRR', precision: 'Precision' };
  for (const metric of METRICS) expect(page).toContain(`| ${names[metric]}@k |`);
});
