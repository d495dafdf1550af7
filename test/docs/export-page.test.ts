/**
 * docs/export.md, run from top to bottom: its commands in order, through a server that holds the directory,
 * on files of the names it uses; then its program, given to Node as it stands. Tables and limits are those
 * of the code.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runConfigSchema } from '../../src/pipeline/config.ts';
import { OPERATIONS } from '../../src/pipeline/operations.ts';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';
import { type RunningServer, startServer } from '../../src/serve/server.ts';
import { FORMAT_NAMES, FORMATS } from '../../src/vectors/formats/formats.ts';
import { MAX_DIMENSION, MAX_ROWS } from '../../src/vectors/formats/row-collector.ts';
import { invoke } from '../cli/invocation.ts';
import { silent } from '../serve/fakes.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/export.md'), 'utf8');

let cwd: string;
let dataDir: string;
let workspace: Workspace;
let server: RunningServer;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'shelfwalk-export-page-'));
  dataDir = join(cwd, 'data');
  const lines = Array.from({ length: 60 }, (_, i) => `${i % 12},0111${(i * 7) % 10}\n`);
  await writeFile(join(cwd, 'bought.csv'), `customer,product\n${lines.join('')}`);
  await writeFile(join(cwd, 'item2vec.vec'), '2 3\n01111 0.1 0.2 0.3 \n01112 0.1 0.2 0.4 \n');
  await writeFile(join(cwd, 'item2vec_vectors.csv'), ',0,1,2\n01111,0.1,0.2,0.3\n01113,1,0,0\n');
  workspace = await openWorkspace(dataDir);
  const mapping = { customer: 'customer', product: 'product' };
  const bought = { kind: 'interactions' as const, path: join(cwd, 'bought.csv'), mapping };
  await workspace.catalog.importFiles([bought], {}, {});
  const run = runConfigSchema.parse({ train: { embeddingDimension: 8, concurrency: 1 } });
  await trainVersion(workspace, { run, alias: 'prod', evaluate: false }, {});
  const config = serverConfigSchema.parse({ port: 0 });
  server = await startServer({ workspace, operations: OPERATIONS, config, log: silent });
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

test('the commands work in the order of the page, and leave the files it names', async () => {
  const commands = [...page.matchAll(/^shelfwalk (.+)$/gm)].map(([, rest]) => rest!.split(' '));
  expect(commands.length).toBeGreaterThan(8);
  const replies = new Map<string, Record<string, unknown>>();
  for (const args of commands) {
    const { code, out, errors } = await invoke([...args, '--data-dir', dataDir, '--json'], { cwd });
    expect(code, `${args.join(' ')}: ${errors}`).toBe(0);
    replies.set(args.join(' '), JSON.parse(out));
  }
  const replyOf = (part: string) => [...replies].find(([command]) => command.includes(part))?.[1];
  expect(replyOf('--out products.vec')).toMatchObject({
    rows: 10,
    dimension: 8,
    leftOut: 0,
    matrix: 'vectors',
  });
  expect(replyOf('import products.vec')).toMatchObject({ alias: 'copy', contexts: false });
  expect(replyOf('--alias both')).toMatchObject({ contexts: true, nodes: { customer: { rows: 12 } } });
  expect(replyOf('item2vec_vectors.csv')).toMatchObject({
    nodes: { product: { rows: 2, withVector: 2, inCatalog: 2 } },
  });
  expect(replyOf('neighbors product')).toMatchObject({ results: [{ id: '01112' }] });
  const plain = await readFile(join(cwd, 'plain.vec'), 'utf8');
  const typed = await readFile(join(cwd, 'products.vec'), 'utf8');
  expect(plain).toBe(typed.replaceAll('product:', ''));
  for (const name of ['products.vec', 'vectors.npy', 'vectors.keys.ndjson', 'projector.metadata.tsv'])
    expect((await stat(join(cwd, name))).size).toBeGreaterThan(0);
  expect((await readFile(join(cwd, 'products.vec'), 'utf8')).split('\n')[0]).toBe('10 8');
});

test('in words, what was written and what was made; a file that is there is not written over', async () => {
  const args = ['export', 'prod', '--format', 'csv', '--out', 'again.csv', '--data-dir', dataDir];
  const first = await invoke(args, { cwd });
  expect(first.out).toMatch(/^rows +22$/m);
  expect(first.errors).toContain('through the server');
  const second = await invoke(args, { cwd });
  expect(second).toMatchObject({ code: 2, errors: expect.stringContaining('--force') });
  expect((await invoke([...args, '--force'], { cwd })).code).toBe(0);
  expect((await readdir(cwd)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('the tables list the formats, with the files of each, and the limits are those of the code', () => {
  const tables = page.split('\n## ').map((part) => [...part.matchAll(/^\| `([a-z0-9-]+)` \| (.+)$/gm)]);
  const [out, back] = tables.filter((rows) => rows.length > 0);
  expect(out!.map(([, name]) => name)).toEqual([...FORMAT_NAMES]);
  expect(back!.map(([, name]) => name)).toEqual([...FORMAT_NAMES]);
  for (const [, name, cells] of out!) {
    const { extension, files } = FORMATS[name as (typeof FORMAT_NAMES)[number]];
    expect([...cells!.matchAll(/`([^`]+)`/g)].map(([, file]) => file!.replace(/^\w+/, ''))).toEqual(
      files.map(({ companion }) => companion || extension),
    );
  }
  expect(MAX_ROWS).toBe(2 ** 24 - 1);
  expect(page).toContain(`2^24 − 1 rows and ${MAX_DIMENSION.toLocaleString('en-US')} dimensions`);
});

test('the program runs from top to bottom, on the same directory', async () => {
  await server.close();
  await workspace.close();
  const [, program] = /^```js\n([\s\S]*?)^```$/m.exec(page)!;
  const given = program!
    .replace("'./shop'", JSON.stringify(dataDir))
    .replace("'/tmp/shop.parquet'", JSON.stringify(join(cwd, 'shop.parquet')));
  // From the root of the repository `shelfwalk` is this package itself: its build.
  const child = spawn(process.execPath, ['--input-type=module', '-'], { cwd: ROOT });
  child.stdin.end(given);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect({ code: child.exitCode, errors }).toEqual({ code: 0, errors: '' });
  expect(output.trim()).toBe(/\/\/ (\{.*\})/.exec(program!)![1]);
});
