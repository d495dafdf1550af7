/**
 * A real server over a watched folder: files that arrive are imported, what it says of them over HTTP, and
 * that kill -9 at random moments neither loses a file nor takes one in twice.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toCompiledUrl } from '../../src/base/compiled.ts';
import { createRandom } from '../../src/base/rng.ts';
import { openWorkspace } from '../../src/pipeline/workspace.ts';
import { findLeaseForTest } from './lease-file.ts';
import { type Answer, ask } from './rig.ts';

const CLI = fileURLToPath(toCompiledUrl(new URL('../../src/cli/run.ts', import.meta.url).href, './main.js'));
const MAPPING = { interactions: { mapping: { customer: 'customer', product: 'product' } } };
/** SHELFWALK_KILLS=200 for the long run. */
const KILLS = Number(process.env.SHELFWALK_KILLS ?? 4);
/** Enough for an import to take about as long as a kill is drawn from. */
const ROWS = 120_000;
const KILL_WITHIN_MS = 500;

let dir: string;
let folder: string;
let child: ChildProcess | undefined;
let url: string;
let token: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-watch-'));
  folder = join(dir, 'incoming');
  await mkdir(folder);
  await writeFile(join(folder, 'mapping.json'), JSON.stringify(MAPPING));
});
afterEach(async () => {
  await kill();
  await rm(dir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const args = ['serve', '--port', '0', '--data-dir', join(dir, 'data'), '--json'];
  const watching = ['--watch-folder', folder, '--watch-every-seconds', '1'];
  child = spawn(process.execPath, [CLI, ...args, ...watching], { stdio: ['ignore', 'pipe', 'ignore'] });
  await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]); // it says its address once it listens
  ({ url, token } = await findLeaseForTest(join(dir, 'data')));
}

async function kill(): Promise<void> {
  const killed = child;
  child = undefined;
  if (!killed || killed.exitCode !== null || killed.signalCode !== null) return;
  const gone = once(killed, 'exit');
  killed.kill('SIGKILL');
  await gone;
}

const get = (path: string): Promise<Answer> => ask(url, path, { headers: { 'x-api-key': token } });
const names = (path: string) => readdir(join(folder, path)).catch((): string[] => []);

/** Under a name of its own first, as who delivers should. */
async function deliver(name: string, content: string): Promise<void> {
  const path = join(folder, 'interactions', name);
  await mkdir(join(folder, 'interactions'), { recursive: true });
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(50);
}

test('files that arrive are imported and put away, and /healthz and /metrics say so', async () => {
  await start();
  expect((await get('/healthz')).json.watch).toEqual({
    waiting: 0,
    outcomes: { done: 0, skipped: 0, failed: 0 },
  });
  await deliver('1.csv', 'customer,product\nann,lamp\nbob,lamp\n');
  await deliver('2.csv', 'who,product\nann,lamp\n');
  await until(async () => (await get('/healthz')).json.watch.outcomes.failed === 1);
  expect((await get('/v1/customers/ann/interactions')).json.results).toHaveLength(1);
  expect(await names('done/interactions')).toEqual(['1.csv']);
  expect((await names('failed/interactions')).sort()).toEqual(['2.csv', '2.csv.error.json']);
  const verdict = JSON.parse(await readFile(join(folder, 'failed/interactions/2.csv.error.json'), 'utf8'));
  expect(verdict).toMatchObject({ code: 'IMPORT_COLUMN_MISSING', file: expect.stringContaining('2.csv') });
  expect((await get('/healthz')).json.watch).toMatchObject({
    waiting: 0,
    outcomes: { done: 1, skipped: 0, failed: 1 },
    lastError: { file: 'interactions/2.csv', code: 'IMPORT_COLUMN_MISSING' },
  });
  const { text } = await get('/metrics');
  expect(text).toMatch(/^shelfwalk_watched_files_total\{outcome="done"\} 1$/m);
  expect(text).toMatch(/^shelfwalk_watched_files_total\{outcome="failed"\} 1$/m);
  expect(text).toMatch(/^shelfwalk_watched_files_waiting 0$/m);
  expect(text).toMatch(/^shelfwalk_operations_total\{name="import",outcome="ok"\} 1$/m);
}, 60_000);

test('kill -9 at random moments: every file is in, and once', async () => {
  const random = createRandom(6);
  let unfinished = 0;
  for (let i = 0; i < KILLS; i++) {
    const rows = Array.from({ length: ROWS }, (_, row) => `c${row % 997},p${i}-${row % 211}\n`);
    await deliver(`${i}.csv`, `customer,product\n${rows.join('')}`);
    await start();
    // Taken at the second look, a second after the first: the kill falls shortly before that or into the import.
    await until(async () => (await get('/healthz')).json.watch.waiting > 0);
    await delay(900 + random() * KILL_WITHIN_MS);
    if ((await names('interactions')).length > 0) unfinished++;
    await kill();
  }
  await start();
  await until(async () => (await names('interactions')).length === 0);
  await kill();
  const workspace = await openWorkspace(join(dir, 'data'));
  const { interactions } = await workspace.catalog.counts();
  await workspace.close();
  expect(interactions).toBe(KILLS * ROWS);
  expect((await names('done/interactions')).sort()).toEqual(
    Array.from({ length: KILLS }, (_, i) => `${i}.csv`),
  );
  expect(unfinished, 'kills that came while a file was not put away').toBeGreaterThanOrEqual(KILLS / 2);
}, 300_000);

test('a folder that is not there keeps the server from starting, and is named', async () => {
  await rm(folder, { recursive: true });
  const args = ['serve', '--port', '0', '--data-dir', join(dir, 'data'), '--json', '--watch-folder', folder];
  const failed = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  failed.stdout.on('data', (chunk) => {
    out += chunk;
  });
  await once(failed, 'close');
  expect(JSON.parse(out).error).toMatchObject({ code: 'FOLDER_UNUSABLE', details: { folder } });
}, 30_000);
