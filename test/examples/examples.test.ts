/** Every program in examples/ runs as it stands, and prints what its header promises. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../examples', import.meta.url));
const toPath = (name: string): string => join(FOLDER, name);

/** Its lines; anything on standard error fails the test. */
async function run(name: string, ...args: string[]): Promise<string[]> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [toPath(name), ...args]);
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-example-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

test('each is at most 40 lines, and is run below', () => {
  const programs = readdirSync(FOLDER).filter((name) => name.endsWith('.mjs'));
  const here = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  for (const name of programs) {
    expect(readFileSync(toPath(name), 'utf8').trimEnd().split('\n').length, name).toBeLessThanOrEqual(40);
    expect(here, name).toContain(`'${name}'`);
  }
});

test('quick-start, then express-embed on the directory it leaves', async () => {
  const lines = await run('quick-start.mjs', dataDir);
  expect(lines[0]).toBe('266 interactions of 30 customers');
  expect(lines[1]).toMatch(/^trained \S+$/);
  const near = lines[2]!.replace('like a garden hose: ', '').split(', ');
  expect(near).toHaveLength(3);
  expect(['Hose connector', 'Watering can', 'Potting soil', 'Plant pot']).toEqual(
    expect.arrayContaining(near),
  );
  // c-02 buys for the kitchen.
  const next = lines[3]!.replace('for c-02: ', '').split(', ');
  const kitchen = ['Bread knife', 'Chopping board', 'Frying pan', 'Spatula', 'Apron'];
  expect(kitchen).toEqual(expect.arrayContaining(next));

  const child = spawn(process.execPath, [toPath('express-embed.mjs'), dataDir, '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = await findUrl(child);
    const reply = await fetch(`${url}/products/G-01/similar`);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toHaveLength(5);
    const unknown = await fetch(`${url}/products/nothing/similar`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ code: 'NODE_UNKNOWN' });
  } finally {
    child.kill('SIGTERM');
  }
  expect(await once(child, 'exit')).toEqual([0, null]);
});

async function findUrl(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const [url] = /http:\S+/.exec(line) ?? [];
    if (url) return url;
  }
  throw new Error('it ended without saying where it listens');
}

test('in-memory-graph: friends are near their friends', async () => {
  const [facts, ada, lea] = await run('in-memory-graph.mjs');
  expect(facts).toMatch(/^600 walks, loss \d\.\d\d a pair, 16 dimensions$/);
  expect(ada!.replace('Ada: ', '').split(' ').sort()).toEqual(['Ben', 'Cem', 'Dia', 'Eva', 'Fay']);
  expect(lea!.replace('Lea: ', '').split(' ').sort()).toEqual(['Gil', 'Hal', 'Ida', 'Jon', 'Kim']);
});

test('progress-and-abort: says how far it is, and stops', async () => {
  const lines = await run('progress-and-abort.mjs');
  expect(lines[0]).toMatch(/^walk \+ train: \d+ of 500000 walks$/);
  expect(lines.at(-1)).toBe('stopped: long enough');
});
