/** docs/tuning.md: every command of the page ends with 0 on a small shop, and its tables are what the code has. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { runConfigSchema } from '../../src/pipeline/config.ts';
import { tuneInput } from '../../src/pipeline/operations/tune.operation.ts';
import { DEFAULT_SPACE, spaceSchema } from '../../src/pipeline/tune/space.ts';
import type { TuneResult } from '../../src/pipeline/tune/types.ts';
import { openWorkspace } from '../../src/pipeline/workspace.ts';
import { invoke } from '../cli/invocation.ts';
import { plantedSources, toPlantedCsv, toProductCsv } from '../pipeline/tune/planted-shop.ts';

const page = readFileSync(new URL('../../docs/tuning.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
  block!.trim().split('\n'),
);
const space = /^```json\n([\s\S]*?)^```$/m.exec(page)![1]!;
/** Page and test share what is tried; what a shop of this size needs is little. */
const SMALL = { walk: { walksPerNode: 2, walkLength: 5 }, train: { embeddingDimension: 4, concurrency: 1 } };

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-page-'));
  const [purchases, products] = [join(dir, 'bought.csv'), join(dir, 'products.csv')];
  await writeFile(purchases, toPlantedCsv());
  await writeFile(products, toProductCsv());
  await writeFile(join(dir, 'space.json'), space);
  await writeFile(join(dir, 'run.json'), JSON.stringify(SMALL));
  await writeFile(join(dir, 'defaults.json'), JSON.stringify(SMALL));
  const workspace = await openWorkspace(join(dir, 'data'));
  await workspace.catalog.importFiles(plantedSources(purchases, products), {}, {});
  await workspace.close();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const ask = (words: readonly string[]) => invoke(['--data-dir', join(dir, 'data'), ...words], { cwd: dir });

/** Where the page starts from the defaults, the test does from less, and tries less. */
const toWords = (command: string): string[] => {
  const words = command.replace(/^shelfwalk /, '').split(' ');
  if (words[0] !== 'tune') return words;
  const trials = words.indexOf('--trials');
  if (trials >= 0) words[trials + 1] = '3';
  else words.push('--trials', '3');
  return words.includes('--config') ? words : [...words, '--config', 'run.json'];
};

test('the page shows commands', () => expect(commands).toHaveLength(5));

test.each(commands)('%s', async (command) => {
  const { code, out, errors } = await ask(toWords(command));
  expect({ code, errors }, errors).toMatchObject({ code: 0 });
  if (!command.startsWith('shelfwalk tune')) return;
  expect(out).toMatch(/^trial +passes +metric +interval +against the start +seconds +came to +changed\n/);
  expect(out).toMatch(/^verdict +(keep|change)/m);
  expect(out).toMatch(/^p and q +one knob: the graph is two-colourable/m);
  const file = /--out (\S+)/.exec(command)?.[1];
  if (file) {
    expect(out).toMatch(new RegExp(`^written +${join(dir, file)}$`, 'm'));
    expect(runConfigSchema.safeParse(JSON.parse(await readFile(join(dir, file), 'utf8'))).success).toBe(true);
  }
});

test('with --json it is the whole result', async () => {
  const { code, out } = await ask(['tune', '--config', 'run.json', '--trials', '2', '--json']);
  expect(code).toBe(0);
  const result = JSON.parse(out) as TuneResult;
  expect(result.trials).toHaveLength(2);
  expect(result.measure).toMatchObject({ metric: 'recall', k: 20, protocol: 'new', scorer: 'recent-in-out' });
});

test.each([
  [['tune', '--part', 'test'], 'the test part is not for tuning'],
  [['tune', '--space', 'nowhere.json'], 'ENOENT'],
  [['tune', '--space', 'bad.json'], 'space.train.windowSize.0'],
  [['tune', '--trials', '0'], '--trials'],
])('%j is refused with what is wrong', async (words, said) => {
  await writeFile(join(dir, 'bad.json'), '{"train.windowSize": [0]}');
  const { code, errors } = await ask(words);
  expect(code).toBe(2);
  expect(errors).toContain(said);
});

test('the table of the space is the space, the table of options its defaults', () => {
  for (const [path, values] of Object.entries(DEFAULT_SPACE)) {
    const said =
      path === 'walk.typePolicy'
        ? `steps to attributes from a product ${values.map((one) => (one as Policy).product.attribute).join(', ')}, from a customer half of that`
        : values.map((value) => JSON.stringify(value)).join(', ');
    expect(page).toContain(`| \`${path}\` | ${said} |\n`);
  }
  for (const policy of DEFAULT_SPACE['walk.typePolicy'] as Policy[])
    expect(policy.customer.attribute).toBe(policy.product.attribute / 2);
  expect(page.match(/^\| `(graph|walk|sentences|train|spectral)\./gm)).toHaveLength(
    Object.keys(DEFAULT_SPACE).length,
  );
  const { properties } = z.toJSONSchema(tuneInput, { io: 'input' });
  for (const name of ['trials', 'metric', 'protocol']) {
    const { default: value } = properties![name] as { default: unknown };
    expect(page).toMatch(new RegExp(`^\\| \`--${name}\` \\| \`?${String(value)}\`? \\|`, 'm'));
  }
});

interface Policy {
  readonly product: { readonly attribute: number };
  readonly customer: { readonly attribute: number };
}

test('the space of the page is one', () =>
  expect(spaceSchema.safeParse(JSON.parse(space)).success).toBe(true));
