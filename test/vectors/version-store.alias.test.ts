import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useStore } from './fresh-store.ts';

const here = useStore();

describe('aliases', () => {
  test('promote remembers what was before; saying it again changes nothing', async () => {
    const [a, b] = await here.writeMany(2);
    expect(await here.store.promote('prod', a)).toEqual({ previous: undefined });
    expect(await here.store.promote('prod', b)).toEqual({ previous: a });
    expect(await here.store.promote('prod', b)).toEqual({ previous: a });
    expect(await here.store.resolve('prod')).toBe(b);
    expect(await here.store.rollback('prod')).toEqual({ version: a, previous: b });
  });

  test('promote from where it is believed to be: two at once, and one of them has moved it', async () => {
    const [a, b, c] = await here.writeMany(3);
    await here.store.promote('prod', a);
    const [first, second] = await Promise.allSettled([
      here.store.promote('prod', b, a),
      here.store.promote('prod', c, a),
    ]);
    expect(first).toMatchObject({ value: { previous: a } });
    expect(second).toMatchObject({
      reason: { code: 'ALIAS_MOVED', details: { alias: 'prod', expected: a, found: b } },
    });
    await expect(here.store.promote('other', c, a)).rejects.toMatchObject({ details: { found: null } });
    expect(await here.store.aliases()).toEqual({ prod: b });
  });

  test('rolling back twice is where one started', async () => {
    const [a, b, c] = await here.writeMany(3);
    for (const id of [a, b, c]) await here.store.promote('prod', id);
    expect(await here.store.rollback('prod')).toEqual({ version: b, previous: c });
    expect(await here.store.rollback('prod')).toEqual({ version: c, previous: b });
    expect(await here.store.resolve('prod')).toBe(c);
  });

  test('are one file each and do not touch one another', async () => {
    const [a, b] = await here.writeMany(2);
    await here.store.promote('prod', a);
    await here.store.promote('staging', b);
    expect(await here.store.aliases()).toEqual({ prod: a, staging: b });
    expect((await readdir(join(here.dir, 'aliases'))).sort()).toEqual(['prod.json', 'staging.json']);
    expect(JSON.parse(await readFile(join(here.dir, 'aliases', 'prod.json'), 'utf8'))).toMatchObject({
      version: a,
    });
  });

  test('promotes at the same time: one of them is the last, the one before it is remembered', async () => {
    const ids = await here.writeMany(6);
    const answers = await Promise.all(ids.map((id) => here.store.promote('prod', id)));
    expect(answers.map((a) => a.previous)).toEqual([undefined, ...ids.slice(0, -1)]);
    expect(await here.store.rollback('prod')).toEqual({ version: ids[4], previous: ids[5] });
    expect(await readdir(join(here.dir, 'aliases'))).toEqual(['prod.json']);
  });

  test('a reader during promotes sees one version or another, never a broken file', async () => {
    const ids = await here.writeMany(2);
    await here.store.promote('prod', ids[0]);
    let isDone = false;
    const moving = (async () => {
      for (let i = 1; i <= 40; i++) await here.store.promote('prod', ids[i % 2]);
      isDone = true;
    })();
    const seen = new Set<string>();
    while (!isDone) seen.add(await here.store.resolve('prod'));
    await moving;
    expect([...seen].sort()).toEqual(ids);
  });

  test('that are not there', async () => {
    const [id] = await here.writeMany(1);
    await expect(here.store.resolve('prod')).rejects.toMatchObject({
      code: 'ALIAS_UNKNOWN',
      details: { alias: 'prod' },
    });
    await expect(here.store.rollback('prod')).rejects.toMatchObject({ code: 'ALIAS_UNKNOWN' });
    await here.store.promote('prod', id);
    await expect(here.store.rollback('prod')).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      details: { alias: 'prod' },
    });
    await expect(here.store.promote('prod', '20200101T000000Z-zzzz')).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
    });
    expect(await here.store.resolve('prod')).toBe(id);
  });

  test('rollback to a version that is gone is refused and moves nothing', async () => {
    const [a, b] = await here.writeMany(2);
    await here.store.promote('prod', a);
    await here.store.promote('prod', b);
    await rm(join(here.dir, 'versions', a), { recursive: true });
    await expect(here.store.rollback('prod')).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      details: { version: a },
    });
    expect(await here.store.resolve('prod')).toBe(b);
  });
});

describe('remove and prune', () => {
  test('a version is gone, one with an alias is not', async () => {
    const [a, b] = await here.writeMany(2);
    await here.store.promote('prod', b);
    await here.store.remove(a);
    expect((await here.store.list()).map((m) => m.id)).toEqual([b]);
    await expect(here.store.load(a)).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
    await expect(here.store.remove(a)).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
    await expect(here.store.remove(b)).rejects.toMatchObject({
      code: 'VERSION_IN_USE',
      details: { aliases: ['prod'] },
    });
    expect(await readdir(join(here.dir, 'versions'))).toEqual([b]);
  });

  test('what an alias would roll back to is not removed, until it would no longer', async () => {
    const [a, b, c] = await here.writeMany(3);
    await here.store.promote('prod', a);
    await here.store.promote('prod', b);
    await expect(here.store.remove(a)).rejects.toMatchObject({
      code: 'VERSION_IN_USE',
      details: { aliases: [], previousOf: ['prod'] },
    });
    expect(await here.store.rollback('prod')).toEqual({ version: a, previous: b });
    await here.store.promote('prod', c); // c, and back to a
    await here.store.remove(b);
    expect((await here.store.list()).map((m) => m.id)).toEqual([c, a]);
  });

  test('prune keeps the newest, those with an alias, and what an alias would roll back to', async () => {
    const [a, b, c, d, e] = await here.writeMany(5);
    await here.store.promote('prod', a);
    await here.store.promote('prod', b);
    expect(await here.store.prune(2)).toEqual([c]);
    expect((await here.store.list()).map((m) => m.id)).toEqual([e, d, b, a]);
    expect(await here.store.prune(2)).toEqual([]);
    expect(await here.store.prune(0)).toEqual([e, d]);
    expect(await here.store.rollback('prod')).toEqual({ version: a, previous: b });
  });

  test.each([-1, 1.5, NaN])('prune(%d) is refused', async (keep) => {
    const ids = await here.writeMany(1);
    await expect(here.store.prune(keep)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      details: { field: 'keep' },
    });
    expect((await here.store.list()).map((m) => m.id)).toEqual(ids);
  });

  test('removing and promoting the same version at once: one of the two is refused', async () => {
    const [a, b] = await here.writeMany(2);
    const outcomes = await Promise.allSettled([
      here.store.promote('prod', a),
      here.store.remove(a),
      here.store.remove(b),
      here.store.promote('x', b),
    ]);
    expect(outcomes.map((o) => (o as PromiseRejectedResult).reason?.code)).toEqual([
      undefined,
      'VERSION_IN_USE',
      undefined,
      'VERSION_UNKNOWN',
    ]);
    expect(await here.store.aliases()).toEqual({ prod: a });
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
    const [id] = await here.writeMany(1);
    await expect(here.store.resolve(name)).rejects.toMatchObject({ code: 'ALIAS_UNKNOWN' });
    await expect(here.store.rollback(name)).rejects.toMatchObject({ code: 'ALIAS_UNKNOWN' });
    await expect(here.store.promote(name, id)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      details: { field: 'alias' },
    });
    expect(await readdir(join(here.dir, 'aliases'))).toEqual([]);
    expect(await readdir(here.dir)).toHaveLength(2);
  });

  test.each([
    ...NAMES,
    '../aliases',
    '20261123T120000Z-aaaa/',
    '20261123T120000Z-aaaa/../x',
    '20261123T120000Z-aaaa\0',
    '20261123T120000Z-aaaa\n',
  ])('version %j', async (id) => {
    const [kept] = await here.writeMany(1);
    for (const ask of [
      here.store.manifest,
      here.store.load,
      here.store.report,
      here.store.remove,
      (v: string) => here.store.promote('prod', v),
    ]) {
      await expect(ask(id)).rejects.toMatchObject({ code: 'VERSION_UNKNOWN', details: { version: id } });
    }
    expect((await here.store.list()).map((m) => m.id)).toEqual([kept]);
  });

  test('a link in the place of a file is not followed', async () => {
    const [id] = await here.writeMany(1);
    const file = join(here.dir, 'versions', id, 'vectors.npy');
    const outside = join(here.dir, '..', 'outside.npy');
    await writeFile(outside, await readFile(file)); // the very same bytes: only that it is a link is wrong
    await rm(file);
    await symlink(outside, file);
    await expect(here.store.load(id)).rejects.toMatchObject({
      code: 'VERSION_CORRUPT',
      details: { file: 'vectors.npy' },
    });
  });
});
