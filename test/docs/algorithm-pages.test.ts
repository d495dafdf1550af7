/** docs/item2vec.md, docs/spectral.md: the commands they show run, in their order, on a file with the columns they name. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrainResult } from '../../src/pipeline/train-version.ts';
import { invoke } from '../cli/invocation.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'shelfwalk-docs-'));
});
afterAll(() => rm(cwd, { recursive: true }));

/** Thirty customers of two tastes, a receipt a day, products of a receipt sorted by code. */
function toSales(): string {
  const rows = ['customer_id,sku,sold_at,receipt'];
  for (let day = 10; day < 20; day++) {
    for (let c = 0; c < 30; c++) {
      const skus = [0, 1, 2].map((i) => (c % 2) + 2 * ((c + day + 3 * i) % 10)).sort((a, b) => a - b);
      for (const sku of skus) rows.push(`c${c},0${sku},2025-06-${day},r${day}-${c}`);
    }
  }
  return `${rows.join('\n')}\n`;
}

type Settings = TrainResult['configuration']['train'];

test.each([
  { name: 'item2vec', isMeant: ({ algorithm }: Settings) => algorithm === 'item2vec' },
  {
    name: 'spectral',
    isMeant: ({ algorithm, initialVectors }: Settings) => [algorithm, initialVectors].includes('spectral'),
  },
])(
  'the commands of docs/$name.md run',
  async ({ name, isMeant }) => {
    const folder = join(cwd, name);
    await mkdir(folder);
    await writeFile(join(folder, 'sales.csv'), toSales());
    const page = await readFile(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');
    const commands = [...page.matchAll(/^shelfwalk (.+)$/gm)].map(([, args]) => args!.split(' '));
    expect(commands.length).toBeGreaterThanOrEqual(5);
    for (const args of commands) {
      const { code, out, errors } = await invoke([...args, '--json', '--quiet'], { cwd: folder });
      expect({ args, code, errors }).toEqual({ args, code: 0, errors: '' });
      if (args[0] !== 'train') continue;
      expect((JSON.parse(out) as TrainResult).configuration.train).toSatisfy(isMeant);
    }
  },
  60_000,
);

test('what was left out is said on the terminal: how many, and the first by name with their counts', async () => {
  const rare = [1, 2, 3].map((day) => `c1,rare,2025-07-0${day},x${day}`);
  await writeFile(join(cwd, 'more.csv'), `${toSales()}${rare.join('\n')}\n`);
  const columns = [
    '--customer',
    'customer_id',
    '--product',
    'sku',
    '--timestamp',
    'sold_at',
    '--basket',
    'receipt',
  ];
  const at = ['--data-dir', join(cwd, 'more'), '--quiet'];
  expect(await invoke(['import', 'interactions', 'more.csv', ...columns, ...at], { cwd })).toMatchObject({
    code: 0,
  });
  const train = ['train', '--algorithm', 'item2vec', '--no-evaluate', ...at];
  const { out } = await invoke([...train, '--min-count', '4'], { cwd });
  expect(out).toMatch(/rareProducts +1\n/);
  expect(out).toMatch(/rare +rare \(3\)\n/);
  const refused = await invoke([...train, '--min-count', '1000'], { cwd });
  expect(refused).toMatchObject({ code: 3, errors: expect.stringContaining('SENTENCES_EMPTY') });
}, 60_000);
