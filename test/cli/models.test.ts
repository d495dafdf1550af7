import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openVersionStore } from '../../src/vectors/version-store.ts';
import { buildContent, FACTS } from '../vectors/content.ts';
import { invoke } from './invocation.ts';

let dataDir: string;
let versions: string[]; // oldest first
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-models-'));
  const store = await openVersionStore(join(dataDir, 'models'));
  versions = [];
  for (const seed of [1, 2, 3]) versions.push((await store.write(buildContent(seed), FACTS)).id);
});
afterEach(() => rm(dataDir, { recursive: true }));

const models = (...args: string[]) => invoke(['models', ...args, '--data-dir', dataDir]);

async function listed(): Promise<{ versions: string[]; aliases: Record<string, string> }> {
  const list = JSON.parse((await models('list', '--json')).out) as {
    versions: { id: string }[];
    aliases: Record<string, string>;
  };
  return { versions: list.versions.map((v) => v.id), aliases: list.aliases };
}

test('promote, list, show, roll back: the alias moves, and the text says from where', async () => {
  const [first, second, third] = versions as [string, string, string];
  expect((await models('promote', first)).out).toBe(`prod → ${first}\n`);
  expect((await models('promote', second)).out).toBe(`prod → ${second} (was ${first})\n`);
  expect((await models('promote', third, '--alias', 'next')).out).toBe(`next → ${third}\n`);
  expect(await listed()).toEqual({
    versions: [third, second, first],
    aliases: { prod: second, next: third },
  });

  const shown = JSON.parse((await models('show', '--json')).out) as {
    manifest: { id: string };
    aliases: string[];
    report: unknown;
  };
  expect(shown).toMatchObject({
    manifest: { id: second, spaceId: 's1' },
    aliases: ['prod'],
    report: { seed: 2 },
  });
  expect((await models('show', first)).out).toMatch(new RegExp(`^id +${first}$`, 'm'));

  expect((await models('rollback')).out).toBe(`prod → ${first} (was ${second})\n`);
  expect((await listed()).aliases['prod']).toBe(first);
});

test('what an alias points at is neither deleted nor pruned', async () => {
  const [first, second, third] = versions as [string, string, string];
  await models('promote', first);
  expect(await models('delete', first)).toMatchObject({
    code: 4,
    errors: expect.stringMatching(/^error VERSION_IN_USE/),
  });
  expect((await models('delete', second)).out).toBe(`deleted ${second}\n`);
  expect((await models('prune', '--keep', '0')).out).toBe(`deleted ${third}\n`);
  expect((await models('prune', '--keep', '0')).out).toBe('nothing to delete\n');
  expect((await listed()).versions).toEqual([first]);
});

test('a damaged version is not promoted: what is served stays', async () => {
  const [first, second] = versions as [string, string];
  await models('promote', first);
  const file = join(dataDir, 'models', 'versions', second, 'vectors.npy');
  const bytes = await readFile(file);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(file, bytes);
  const { code, errors } = await models('promote', second);
  expect(code).toBe(1);
  expect(errors).toMatch(/^error VERSION_CORRUPT: .*vectors\.npy/);
  expect((await listed()).aliases).toEqual({ prod: first });
});

test.each([
  [['show'], 'ALIAS_UNKNOWN'],
  [['rollback'], 'ALIAS_UNKNOWN'],
  [['show', 'nope'], 'VERSION_UNKNOWN'],
  [['promote', '../../etc'], 'VERSION_UNKNOWN'],
])('%j on a store without aliases: %s', async (args, code) => {
  const reply = await models(...args);
  expect(reply).toMatchObject({ code: 3, errors: expect.stringMatching(new RegExp(`^error ${code}`)) });
});
