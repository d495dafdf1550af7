import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ShelfwalkError } from '../../src/base/errors.ts';
import { readVersion } from '../../src/vectors/version-folder.ts';
import { openVersionStore } from '../../src/vectors/version-store.ts';
import { buildContent, FACTS, toBytes } from './content.ts';
import { NOON, useStore } from './fresh-store.ts';

const here = useStore();

describe('write and load', () => {
  test('everything comes back as it was, in shared memory, in a store opened anew', async () => {
    const content = buildContent();
    const manifest = await here.store.write(content, { ...FACTS, parent: '20260101T000000Z-aaaa' });
    const again = await openVersionStore(here.dir);
    const loaded = await again.load(manifest.id);
    expect(loaded.manifest).toEqual(manifest);
    expect(loaded.nodes).toEqual(content.nodes);
    expect(loaded.report).toEqual(content.report);
    expect(await again.graph(manifest.id)).toEqual(content.graph);
    for (const part of ['vectors', 'contexts'] as const) {
      expect(toBytes(loaded[part]!).equals(toBytes(content[part]!))).toBe(true);
      expect(loaded[part]!.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
    expect(await again.report(manifest.id)).toEqual(content.report);
    expect(await again.manifest(manifest.id)).toEqual(manifest);
  });

  test('without contexts or graph there are no such files, and none is made up when it is read', async () => {
    const content = { ...buildContent(), contexts: undefined, graph: undefined };
    const manifest = await here.store.write(content, FACTS);
    expect(Object.keys(manifest.files)).toEqual(['nodes.parquet', 'vectors.npy', 'report.json']);
    expect((await readdir(join(here.dir, 'versions', manifest.id))).sort()).toEqual([
      'manifest.json',
      'nodes.parquet',
      'report.json',
      'vectors.npy',
    ]);
    expect(await here.store.graph(manifest.id)).toBeUndefined();
    const { contexts, vectors } = await here.store.load(manifest.id);
    expect(contexts).toBeUndefined();
    expect(toBytes(vectors).equals(toBytes(content.vectors))).toBe(true);
  });

  test('the manifest says what the version is', async () => {
    const manifest = await here.store.write(buildContent(), FACTS);
    expect(manifest).toMatchObject({
      format: 1,
      createdAt: '2026-11-23T12:00:00.000Z',
      ...FACTS,
      counts: { nodes: 30, dimension: 8, customers: 10, products: 15, attributes: 5 },
    });
    expect(manifest.id).toMatch(/^20261123T120000Z-[0-9a-z]{4}$/);
    const files = await readdir(join(here.dir, 'versions', manifest.id));
    expect(files.sort()).toEqual(['manifest.json', ...Object.keys(manifest.files)].sort());
    for (const [file, { bytes }] of Object.entries(manifest.files)) {
      expect((await stat(join(here.dir, 'versions', manifest.id, file))).size).toBe(bytes);
    }
  });

  test('a version is deterministic: the same content gives the same checksums', async () => {
    const [a, b] = [
      await here.store.write(buildContent(7), FACTS),
      await here.store.write(buildContent(7), FACTS),
    ];
    expect(a.files).toEqual(b.files);
    expect(a.id).not.toBe(b.id);
  });

  test('no alias moves', async () => {
    await here.writeMany(2);
    expect(await here.store.aliases()).toEqual({});
  });
});

describe('what could not be served is not written, and leaves nothing behind', () => {
  const good = buildContent();
  const other = buildContent(2);
  const withNaN = buildContent();
  withNaN.contexts!.row(12)[3] = NaN;
  test.each([
    {
      content: withNaN,
      code: 'VECTOR_INVALID',
      details: { field: 'contexts', row: 12, column: 3, found: 'NaN' },
    },
    {
      content: { ...good, contexts: { ...other.contexts, rows: 29, cols: 8 } as typeof other.contexts },
      code: 'EMBEDDING_SHAPE_MISMATCH',
      details: { field: 'contexts', found: [29, 8] },
    },
    {
      content: { ...good, contexts: { ...other.contexts, rows: 30, cols: 7 } as typeof other.contexts },
      code: 'EMBEDDING_SHAPE_MISMATCH',
      details: { field: 'contexts', expected: [30, 8] },
    },
    {
      content: { ...good, nodes: { ...good.nodes, names: [] } },
      code: 'EMBEDDING_SHAPE_MISMATCH',
      details: { field: 'names' },
    },
    {
      content: { ...good, graph: { ...good.graph!, visits: new Uint32Array(29) } },
      code: 'EMBEDDING_SHAPE_MISMATCH',
      details: { field: 'graph', found: [31, 60, 60, 29, 30], expected: [31, 60, 60, 30, 30] },
    },
  ])('$code $details', async ({ content, code, details }) => {
    await expect(here.store.write(content, FACTS)).rejects.toMatchObject({ code, details });
    expect(await readdir(join(here.dir, 'versions'))).toEqual([]);
  });
});

describe('ids', () => {
  test('sort by publication, also within a second and while the clock goes back', async () => {
    const times = [0, 0, 0, 400, 1000, 900, -3_600_000, 1000, 2000].map((ms) => new Date(NOON + ms));
    const store = await openVersionStore(here.dir, { now: () => times.shift()! });
    const ids = await here.writeMany(9, store);
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(9);
    expect((await store.list()).map((m) => m.id)).toEqual(ids.toReversed());
  });

  test('are not shared by versions written at the same time', async () => {
    const written = await Promise.all(
      Array.from({ length: 8 }, (_, i) => here.store.write(buildContent(i), FACTS)),
    );
    expect(new Set(written.map((m) => m.id)).size).toBe(8);
    expect(await here.store.list()).toHaveLength(8);
  });
});

describe('a version that is deleted while it is read', () => {
  test('is not called damaged by a list', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 40; i++) ids.push((await here.store.write(buildContent(), FACTS)).id);
    let isDone = false;
    const found: unknown[] = [];
    const list = async () => {
      while (!isDone) found.push(...(await here.store.damaged()));
    };
    const lists = Promise.all([list(), list(), list()]);
    for (const id of ids) await here.store.remove(id);
    isDone = true;
    await lists;
    expect(found).toEqual([]);
  });

  test('is unknown, as it is a moment later; one that stays is what it is said to be', async () => {
    const versions = join(here.dir, 'versions');
    const { id } = await here.store.write(buildContent(), FACTS);
    const damage = new ShelfwalkError('VERSION_CORRUPT', { version: id });
    const fail = async () => {
      throw damage;
    };
    await expect(readVersion(versions, id, fail)).rejects.toBe(damage);
    const deleteFirst = async () => {
      await here.store.remove(id);
      throw damage;
    };
    await expect(readVersion(versions, id, deleteFirst)).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
  });
});

test('what is not a version is passed over by list', async () => {
  const [id] = await here.writeMany(1);
  const versions = join(here.dir, 'versions');
  await mkdir(join(versions, 'notes'));
  await mkdir(join(versions, '20260101T000000Z-AAAA'));
  await writeFile(join(versions, '20260101T000000Z-aaaa'), 'a file');
  await symlink(join(versions, id), join(versions, '20260101T000000Z-bbbb'));
  expect((await here.store.list()).map((m) => m.id)).toEqual([id]);
  expect(await here.store.damaged()).toEqual([]);
  for (const found of ['20260101T000000Z-aaaa', '20260101T000000Z-bbbb']) {
    await expect(here.store.load(found)).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
  }
});
