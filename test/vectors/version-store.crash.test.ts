import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { toCompiledUrl } from '../../src/base/compiled.ts';
import { createRandom } from '../../src/base/rng.ts';
import { openVersionStore } from '../../src/vectors/version-store.ts';
import { buildContent, FACTS } from './content.ts';

/** What the store asked of the disk, in order; `failOn` makes one kind of call fail as a full disk does. */
const disk = vi.hoisted(() => ({
  calls: [] as string[],
  failOn: undefined as string | undefined,
  failAfter: 0,
}));

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const short = (path: unknown): string =>
    String(path)
      .replace(/^.*\/(?=versions|aliases|models)/, '')
      .replace(/\d{8}T\d{6}Z-\w{4}/, 'ID')
      .replace(/-[0-9a-f]{12}$/, '-X');
  const note = (call: string, path: unknown): void => {
    disk.calls.push(`${call} ${short(path)}`);
    if (call !== disk.failOn || disk.failAfter-- > 0) return;
    throw Object.assign(new Error(`ENOSPC: no space left on device, ${call}`), { code: 'ENOSPC' });
  };
  return {
    ...real,
    async rename(from: string, to: string) {
      note('rename', to);
      return real.rename(from, to);
    },
    async open(...args: Parameters<typeof real.open>) {
      const handle = await real.open(...args);
      const { sync, write } = handle;
      handle.sync = async () => {
        note('sync', args[0]);
        return sync.call(handle);
      };
      handle.write = (async (...rest: Parameters<typeof write>) => {
        note('write', args[0]);
        return write.apply(handle, rest);
      }) as typeof write;
      return handle;
    },
  };
});

let dir: string;
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'shelfwalk-crash-')), 'models');
});
afterEach(() => {
  disk.failOn = undefined;
  return rm(join(dir, '..'), { recursive: true });
});

describe('the order of things', () => {
  test('a version: each file written then synced, its folder synced, renamed, the folder above synced', async () => {
    const store = await openVersionStore(dir);
    disk.calls.length = 0;
    await store.write(buildContent(), FACTS);
    const calls = disk.calls.filter((call, i) => call !== disk.calls[i - 1]); // several writes in a row are one
    const graph = ['arc-offsets.npy', 'arc-targets.npy', 'arc-weights.npy', 'visits.npy', 'pending.npy'];
    const files = ['nodes.parquet', 'vectors.npy', 'contexts.npy', ...graph, 'report.json', 'manifest.json'];
    expect(calls).toEqual([
      ...files.flatMap((f) => [`write versions/.writing-ID/${f}`, `sync versions/.writing-ID/${f}`]),
      'sync versions/.writing-ID',
      'rename versions/ID',
      'sync versions',
    ]);
  });

  test('an alias: written and synced beside, renamed, the folder synced', async () => {
    const store = await openVersionStore(dir);
    const { id } = await store.write(buildContent(), FACTS);
    disk.calls.length = 0;
    await store.promote('prod', id);
    expect(disk.calls).toEqual([
      'write aliases/.writing-X',
      'sync aliases/.writing-X',
      'rename aliases/prod.json',
      'sync aliases',
    ]);
  });
});

describe('a full disk', () => {
  test.each([
    ...[0, 1, 2, 4, 6].map((after) => ({ call: 'write', after })),
    ...[0, 3, 4].map((after) => ({ call: 'sync', after })),
    { call: 'rename', after: 0 },
  ])(
    'while a version is written, at $call number $after: refused, nothing left, the old one served',
    async ({ call, after }) => {
      const store = await openVersionStore(dir);
      const { id } = await store.write(buildContent(1), FACTS);
      await store.promote('prod', id);
      Object.assign(disk, { failOn: call, failAfter: after });
      await expect(store.write(buildContent(2), FACTS)).rejects.toMatchObject({
        code: 'DISK_FULL',
        details: { found: 'ENOSPC' },
      });
      disk.failOn = undefined;
      expect(await readdir(join(dir, 'versions'))).toEqual([id]);
      expect((await store.load(await store.resolve('prod'))).report).toMatchObject({ seed: 1 });
      expect((await store.write(buildContent(3), FACTS)).id > id).toBe(true);
    },
  );

  test.each(['write', 'sync', 'rename'])(
    'while an alias moves, at %s: it stays where it was',
    async (call) => {
      const store = await openVersionStore(dir);
      const [a, b] = [await store.write(buildContent(1), FACTS), await store.write(buildContent(2), FACTS)];
      await store.promote('prod', a.id);
      Object.assign(disk, { failOn: call, failAfter: 0 });
      await expect(store.promote('prod', b.id)).rejects.toMatchObject({ code: 'DISK_FULL' });
      disk.failOn = undefined;
      expect(await store.resolve('prod')).toBe(a.id);
      expect(await readdir(join(dir, 'aliases'))).toEqual(['prod.json']);
    },
  );
});

test('what a crash has left is passed over, and cleaned away by the next open; nothing else is', async () => {
  const store = await openVersionStore(dir);
  const { id } = await store.write(buildContent(), FACTS);
  await store.promote('prod', id);
  const versions = join(dir, 'versions');
  for (const name of [
    '.writing-20261123T120000Z-aaaa',
    '.removing-20261123T120000Z-bbbb',
    'notes',
    '.hidden',
  ]) {
    await mkdir(join(versions, name));
    await writeFile(join(versions, name, 'vectors.npy'), 'half');
  }
  await writeFile(join(dir, 'aliases', '.writing-0123456789ab'), '{"version": "2026');
  expect((await store.list()).map((m) => m.id)).toEqual([id]);
  expect(await store.aliases()).toEqual({ prod: id });
  const again = await openVersionStore(dir);
  expect((await readdir(versions)).sort()).toEqual(['.hidden', id, 'notes'].sort());
  expect(await readdir(join(dir, 'aliases'))).toEqual(['prod.json']);
  expect((await again.load(id)).manifest.id).toBe(id);
});

/** How often a writer is killed; SHELFWALK_KILLS=200 for the long run. */
const KILLS = Number(process.env.SHELFWALK_KILLS ?? 25);

test(`kill -9 at random moments, ${KILLS} times: what was promised is there, all that is listed is whole`, async () => {
  const random = createRandom(11);
  const seen = { unfinished: 0, promises: 0 };
  for (let kill = 0; kill < KILLS; kill++) {
    const said = await killWhileWriting(1 + random() * 60);
    const left = await readdir(join(dir, 'versions'));
    if (left.some((name) => name.startsWith('.writing-'))) seen.unfinished++;
    const store = await openVersionStore(dir);
    expect(await store.damaged()).toEqual([]);
    for (const { id } of await store.list()) await store.load(id);
    const served = await store.resolve('prod');
    const { report, vectors } = await store.load(served);
    expect(vectors.data.every((x) => x === report.n)).toBe(true);
    for (const { what, id } of said) {
      seen.promises++;
      if (what === 'promoted') expect(served >= id, `promoted ${id} but ${served} is served`).toBe(true);
      else expect(served >= id || (await store.load(id)).manifest.id === id).toBe(true);
    }
  }
  expect(seen.promises).toBeGreaterThanOrEqual(KILLS);
  expect(seen.unfinished).toBeGreaterThanOrEqual(KILLS / 4); // else the kills missed what they were meant for
  console.info(
    `${KILLS} kills, ${seen.unfinished} of them in an unfinished write, ${seen.promises} promises kept`,
  );
}, 600_000);

/** Kills the writer `ms` after its first promise; returns the last thing it said of each kind. */
async function killWhileWriting(ms: number): Promise<{ what: string; id: string }[]> {
  const entry = toCompiledUrl(
    new URL('../../src/vectors/npy.ts', import.meta.url).href,
    './version-store.js',
  ).href;
  const script = join(import.meta.dirname, 'write-forever.mjs');
  const child = spawn(process.execPath, [script, entry, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    output += text;
  });
  const closed = once(child, 'close');
  while (!output.includes('promoted')) {
    if (child.exitCode !== null) throw new Error(`the writer ended by itself: ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill('SIGKILL');
  await closed;
  const lines = [...output.matchAll(/^(written|promoted) (\S+)\n/gm)].map(([, what, id]) => ({ what, id }));
  return ['written', 'promoted'].flatMap((what) => lines.findLast((line) => line.what === what) ?? []);
}
