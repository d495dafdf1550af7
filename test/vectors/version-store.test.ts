import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VersionStore } from '../../src/vectors/types.ts';
import { openVersionStore } from '../../src/vectors/version-store.ts';
import { buildContent, FACTS, toBytes } from './content.ts';

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

describe('write and load', () => {
  test('everything comes back as it was, in shared memory, in a store opened anew', async () => {
    const content = buildContent();
    const manifest = await store.write(content, { ...FACTS, parent: '20260101T000000Z-aaaa' });
    const again = await openVersionStore(dir);
    const loaded = await again.load(manifest.id);
    expect(loaded.manifest).toEqual(manifest);
    expect(loaded.nodes).toEqual(content.nodes);
    expect(loaded.report).toEqual(content.report);
    for (const part of ['vectors', 'contexts'] as const) {
      expect(toBytes(loaded[part]!).equals(toBytes(content[part]!))).toBe(true);
      expect(loaded[part]!.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
    expect(await again.report(manifest.id)).toEqual(content.report);
    expect(await again.manifest(manifest.id)).toEqual(manifest);
  });

  test('without contexts there is no such file, and none is made up when it is read', async () => {
    const content = { ...buildContent(), contexts: undefined };
    const manifest = await store.write(content, FACTS);
    expect(Object.keys(manifest.files)).toEqual(['nodes.parquet', 'vectors.npy', 'report.json']);
    expect((await readdir(join(dir, 'versions', manifest.id))).sort()).toEqual([
      'manifest.json',
      'nodes.parquet',
      'report.json',
      'vectors.npy',
    ]);
    const { contexts, vectors } = await store.load(manifest.id);
    expect(contexts).toBeUndefined();
    expect(toBytes(vectors).equals(toBytes(content.vectors))).toBe(true);
  });

  test('the manifest says what the version is', async () => {
    const manifest = await store.write(buildContent(), FACTS);
    expect(manifest).toMatchObject({
      format: 1,
      createdAt: '2026-11-23T12:00:00.000Z',
      ...FACTS,
      counts: { nodes: 30, dimension: 8, customers: 10, products: 15, attributes: 5 },
    });
    expect(manifest.id).toMatch(/^20261123T120000Z-[0-9a-z]{4}$/);
    const files = await readdir(join(dir, 'versions', manifest.id));
    expect(files.sort()).toEqual(['manifest.json', ...Object.keys(manifest.files)].sort());
    for (const [file, { bytes }] of Object.entries(manifest.files)) {
      expect((await stat(join(dir, 'versions', manifest.id, file))).size).toBe(bytes);
    }
  });

  test('a version is deterministic: the same content gives the same checksums', async () => {
    const [a, b] = [await store.write(buildContent(7), FACTS), await store.write(buildContent(7), FACTS)];
    expect(a.files).toEqual(b.files);
    expect(a.id).not.toBe(b.id);
  });

  test('no alias moves', async () => {
    await writeMany(2);
    expect(await store.aliases()).toEqual({});
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
  ])('$code $details', async ({ content, code, details }) => {
    await expect(store.write(content, FACTS)).rejects.toMatchObject({ code, details });
    expect(await readdir(join(dir, 'versions'))).toEqual([]);
  });
});

describe('ids', () => {
  test('sort by publication, also within a second and while the clock goes back', async () => {
    const times = [0, 0, 0, 400, 1000, 900, -3_600_000, 1000, 2000].map((ms) => new Date(NOON + ms));
    store = await openVersionStore(dir, { now: () => times.shift()! });
    const ids = await writeMany(9);
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(9);
    expect((await store.list()).map((m) => m.id)).toEqual(ids.toReversed());
  });

  test('are not shared by versions written at the same time', async () => {
    const written = await Promise.all(
      Array.from({ length: 8 }, (_, i) => store.write(buildContent(i), FACTS)),
    );
    expect(new Set(written.map((m) => m.id)).size).toBe(8);
    expect(await store.list()).toHaveLength(8);
  });
});

test('what is not a version is passed over by list', async () => {
  const [id] = await writeMany(1);
  const versions = join(dir, 'versions');
  await mkdir(join(versions, 'notes'));
  await mkdir(join(versions, '20260101T000000Z-AAAA'));
  await writeFile(join(versions, '20260101T000000Z-aaaa'), 'a file');
  await symlink(join(versions, id), join(versions, '20260101T000000Z-bbbb'));
  expect((await store.list()).map((m) => m.id)).toEqual([id]);
  expect(await store.damaged()).toEqual([]);
  for (const found of ['20260101T000000Z-aaaa', '20260101T000000Z-bbbb']) {
    await expect(store.load(found)).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
  }
});
