import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VersionStore } from '../../src/vectors/types.ts';
import { openVersionStore } from '../../src/vectors/version-store.ts';
import { buildContent, FACTS } from './content.ts';

const NOON = Date.parse('2026-11-23T12:00:00.000Z');
/** Half a second a call: two versions share each second, so the order of ids is put to the test. */
function createClock(): () => Date {
  let calls = 0;
  return () => new Date(NOON + 500 * calls++);
}

let dir: string;
let store: VersionStore;
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'shelfwalk-store-')), 'models');
  store = await openVersionStore(dir, { now: createClock() });
});
afterEach(() => rm(join(dir, '..'), { recursive: true }));

const writeMany = async (count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push((await store.write(buildContent(i), FACTS)).id);
  return ids;
};

describe('aliases', () => {
  test('promote remembers what was before; saying it again changes nothing', async () => {
    const [a, b] = await writeMany(2);
    expect(await store.promote('prod', a)).toEqual({ previous: undefined });
    expect(await store.promote('prod', b)).toEqual({ previous: a });
    expect(await store.promote('prod', b)).toEqual({ previous: a });
    expect(await store.resolve('prod')).toBe(b);
    expect(await store.rollback('prod')).toEqual({ version: a, previous: b });
  });

  test('rolling back twice is where one started', async () => {
    const [a, b, c] = await writeMany(3);
    for (const id of [a, b, c]) await store.promote('prod', id);
    expect(await store.rollback('prod')).toEqual({ version: b, previous: c });
    expect(await store.rollback('prod')).toEqual({ version: c, previous: b });
    expect(await store.resolve('prod')).toBe(c);
  });

  test('are one file each and do not touch one another', async () => {
    const [a, b] = await writeMany(2);
    await store.promote('prod', a);
    await store.promote('staging', b);
    expect(await store.aliases()).toEqual({ prod: a, staging: b });
    expect((await readdir(join(dir, 'aliases'))).sort()).toEqual(['prod.json', 'staging.json']);
    expect(JSON.parse(await readFile(join(dir, 'aliases', 'prod.json'), 'utf8'))).toMatchObject({
      version: a,
    });
  });

  test('promotes at the same time: one of them is the last, the one before it is remembered', async () => {
    const ids = await writeMany(6);
    const answers = await Promise.all(ids.map((id) => store.promote('prod', id)));
    expect(answers.map((a) => a.previous)).toEqual([undefined, ...ids.slice(0, -1)]);
    expect(await store.rollback('prod')).toEqual({ version: ids[4], previous: ids[5] });
    expect(await readdir(join(dir, 'aliases'))).toEqual(['prod.json']);
  });

  test('a reader during promotes sees one version or another, never a broken file', async () => {
    const ids = await writeMany(2);
    await store.promote('prod', ids[0]);
    let isDone = false;
    const moving = (async () => {
      for (let i = 1; i <= 40; i++) await store.promote('prod', ids[i % 2]);
      isDone = true;
    })();
    const seen = new Set<string>();
    while (!isDone) seen.add(await store.resolve('prod'));
    await moving;
    expect([...seen].sort()).toEqual(ids);
  });

  test('that are not there', async () => {
    const [id] = await writeMany(1);
    await expect(store.resolve('prod')).rejects.toMatchObject({
      code: 'ALIAS_UNKNOWN',
      details: { alias: 'prod' },
    });
    await expect(store.rollback('prod')).rejects.toMatchObject({ code: 'ALIAS_UNKNOWN' });
    await store.promote('prod', id);
    await expect(store.rollback('prod')).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      details: { alias: 'prod' },
    });
    await expect(store.promote('prod', '20200101T000000Z-zzzz')).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
    });
    expect(await store.resolve('prod')).toBe(id);
  });

  test('rollback to a version that is gone is refused and moves nothing', async () => {
    const [a, b] = await writeMany(2);
    await store.promote('prod', a);
    await store.promote('prod', b);
    await rm(join(dir, 'versions', a), { recursive: true });
    await expect(store.rollback('prod')).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      details: { version: a },
    });
    expect(await store.resolve('prod')).toBe(b);
  });
});

describe('remove and prune', () => {
  test('a version is gone, one with an alias is not', async () => {
    const [a, b] = await writeMany(2);
    await store.promote('prod', b);
    await store.remove(a);
    expect((await store.list()).map((m) => m.id)).toEqual([b]);
    await expect(store.load(a)).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
    await expect(store.remove(a)).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
    await expect(store.remove(b)).rejects.toMatchObject({
      code: 'VERSION_IN_USE',
      details: { aliases: ['prod'] },
    });
    expect(await readdir(join(dir, 'versions'))).toEqual([b]);
  });

  test('what an alias would roll back to is not removed, until it would no longer', async () => {
    const [a, b, c] = await writeMany(3);
    await store.promote('prod', a);
    await store.promote('prod', b);
    await expect(store.remove(a)).rejects.toMatchObject({
      code: 'VERSION_IN_USE',
      details: { aliases: [], previousOf: ['prod'] },
    });
    expect(await store.rollback('prod')).toEqual({ version: a, previous: b });
    await store.promote('prod', c); // c, and back to a
    await store.remove(b);
    expect((await store.list()).map((m) => m.id)).toEqual([c, a]);
  });

  test('prune keeps the newest, those with an alias, and what an alias would roll back to', async () => {
    const [a, b, c, d, e] = await writeMany(5);
    await store.promote('prod', a);
    await store.promote('prod', b);
    expect(await store.prune(2)).toEqual([c]);
    expect((await store.list()).map((m) => m.id)).toEqual([e, d, b, a]);
    expect(await store.prune(2)).toEqual([]);
    expect(await store.prune(0)).toEqual([e, d]);
    expect(await store.rollback('prod')).toEqual({ version: a, previous: b });
  });

  test.each([-1, 1.5, NaN])('prune(%d) is refused', async (keep) => {
    const ids = await writeMany(1);
    await expect(store.prune(keep)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      details: { field: 'keep' },
    });
    expect((await store.list()).map((m) => m.id)).toEqual(ids);
  });

  test('removing and promoting the same version at once: one of the two is refused', async () => {
    const [a, b] = await writeMany(2);
    const outcomes = await Promise.allSettled([
      store.promote('prod', a),
      store.remove(a),
      store.remove(b),
      store.promote('x', b),
    ]);
    expect(outcomes.map((o) => (o as PromiseRejectedResult).reason?.code)).toEqual([
      undefined,
      'VERSION_IN_USE',
      undefined,
      'VERSION_UNKNOWN',
    ]);
    expect(await store.aliases()).toEqual({ prod: a });
  });
});

describe('names that lead elsewhere', () => {
  const NAMES = [
    '',
    '.',
    '..',
    '../x',
    '../../etc/passwd',
    '/etc/passwd',
    'a/b',
    'a\\b',
    '..\\x',
    '%2e%2e%2f',
    'prod\0',
    'prod.json',
    'Prod',
    ' prod',
    'prod\n',
    '-prod',
    'ünder',
    'a'.repeat(65),
    '.writing-x',
    '20261123T120000Z-aaaa',
  ];

  test.each(NAMES)('alias %j', async (name) => {
    const [id] = await writeMany(1);
    await expect(store.resolve(name)).rejects.toMatchObject({ code: 'ALIAS_UNKNOWN' });
    await expect(store.rollback(name)).rejects.toMatchObject({ code: 'ALIAS_UNKNOWN' });
    await expect(store.promote(name, id)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      details: { field: 'alias' },
    });
    expect(await readdir(join(dir, 'aliases'))).toEqual([]);
    expect(await readdir(dir)).toHaveLength(2);
  });

  test.each([
    ...NAMES,
    '../aliases',
    '20261123T120000Z-aaaa/',
    '20261123T120000Z-aaaa/../x',
    '20261123T120000Z-aaaa\0',
    '20261123T120000Z-aaaa\n',
  ])('version %j', async (id) => {
    const [kept] = await writeMany(1);
    for (const ask of [
      store.manifest,
      store.load,
      store.report,
      store.remove,
      (v: string) => store.promote('prod', v),
    ]) {
      await expect(ask(id)).rejects.toMatchObject({ code: 'VERSION_UNKNOWN', details: { version: id } });
    }
    expect((await store.list()).map((m) => m.id)).toEqual([kept]);
  });

  test('a link in the place of a file is not followed', async () => {
    const [id] = await writeMany(1);
    const file = join(dir, 'versions', id, 'vectors.npy');
    const outside = join(dir, '..', 'outside.npy');
    await writeFile(outside, await readFile(file)); // the very same bytes: only that it is a link is wrong
    await rm(file);
    await symlink(outside, file);
    await expect(store.load(id)).rejects.toMatchObject({
      code: 'VERSION_CORRUPT',
      details: { file: 'vectors.npy' },
    });
  });
});
