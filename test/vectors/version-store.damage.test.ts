import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { fromSealedJson, toSealedJson } from '../../src/vectors/sealed-json.ts';
import type { VersionStore } from '../../src/vectors/types.ts';
import { openVersionStore } from '../../src/vectors/version-store.ts';
import { buildContent, FACTS } from './content.ts';

const GRAPH_FILES = ['arc-offsets.npy', 'arc-targets.npy', 'arc-weights.npy', 'visits.npy', 'pending.npy'];
const FILES = [
  'manifest.json',
  'nodes.parquet',
  'vectors.npy',
  'contexts.npy',
  'report.json',
  ...GRAPH_FILES,
] as const;

let dir: string;
let store: VersionStore;
let previous: string;
let id: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-damage-'));
  store = await openVersionStore(dir);
  previous = (await store.write(buildContent(1), FACTS)).id;
  id = (await store.write(buildContent(2), FACTS)).id;
  await store.promote('prod', previous);
  await store.promote('prod', id);
});
afterAll(() => rm(dir, { recursive: true }));

/** Does `damage` to a file, hands over to `check`, and puts the file back as it was. */
async function whileDamaged(
  path: string,
  damage: () => Promise<void>,
  check: () => Promise<void>,
): Promise<void> {
  const whole = await readFile(path);
  try {
    await damage();
    await check();
  } finally {
    await writeFile(path, whole);
  }
}

const expectNamed = async (file: string): Promise<void> => {
  const reading = GRAPH_FILES.includes(file) ? store.graph(id) : store.load(id);
  await expect(reading).rejects.toMatchObject({
    code: 'VERSION_CORRUPT',
    details: { version: id, file },
  });
};

describe.each(FILES)('%s', (file) => {
  const path = (): string => join(dir, 'versions', id, file);

  test('one bit flipped: at the first byte, the last, and 120 between', async () => {
    const whole = await readFile(path());
    const random = createRandom(5);
    const between = Array.from({ length: 120 }, () => Math.floor(random() * whole.length));
    const offsets = [0, ...between, whole.length - 1];
    for (const at of offsets) {
      const flipped = Buffer.from(whole);
      flipped[at] ^= 1 << Math.floor(random() * 8);
      await whileDamaged(
        path(),
        () => writeFile(path(), flipped),
        () => expectNamed(file),
      );
    }
  }, 120_000);

  test('cut short, emptied, grown, missing', async () => {
    const whole = await readFile(path());
    for (const length of [0, 1, whole.length >> 1, whole.length - 1]) {
      await whileDamaged(
        path(),
        () => truncate(path(), length),
        () => expectNamed(file),
      );
    }
    for (const tail of ['\0', '\n', whole]) {
      await whileDamaged(
        path(),
        () => writeFile(path(), Buffer.concat([whole, Buffer.from(tail)])),
        () => expectNamed(file),
      );
    }
    await whileDamaged(
      path(),
      () => rm(path()),
      () => expectNamed(file),
    );
  });

  test('replaced by the same file of another version', async () => {
    const other = await readFile(join(dir, 'versions', previous, file));
    // Both have the same nodes, and as many arcs at each.
    if (other.equals(await readFile(path())))
      return expect(['nodes.parquet', 'arc-offsets.npy']).toContain(file);
    await whileDamaged(
      path(),
      () => writeFile(path(), other),
      () => expectNamed(file),
    );
  });

  test('the previous version loads, and one rollback serves it', async () => {
    await whileDamaged(
      path(),
      () => truncate(path(), 10),
      async () => {
        await expectNamed(file);
        await store.rollback('prod');
        const loaded = await store.load(await store.resolve('prod'));
        expect(loaded.report).toMatchObject({ seed: 1 });
      },
    );
    await store.promote('prod', id);
  });
});

test('after all that the version is whole again: the damage was what was detected', async () => {
  expect((await store.load(id)).report).toMatchObject({ seed: 2 });
});

describe('a damaged manifest', () => {
  const path = (): string => join(dir, 'versions', id, 'manifest.json');

  test('does not hide the other versions; it is named by damaged(), spared by prune, and can be removed', async () => {
    const doomed = (await store.write(buildContent(3), FACTS)).id;
    await writeFile(join(dir, 'versions', doomed, 'manifest.json'), '{}');
    expect((await store.list()).map((m) => m.id)).toEqual([id, previous]);
    expect(await store.damaged()).toMatchObject([
      { id: doomed, error: { code: 'VERSION_CORRUPT', details: { file: 'manifest.json' } } },
    ]);
    await expect(store.promote('prod', doomed)).rejects.toMatchObject({ code: 'VERSION_CORRUPT' });
    expect(await store.prune(0)).toEqual([]);
    await store.remove(doomed);
    expect(await store.damaged()).toEqual([]);
  });

  test('of a newer format is refused by its number', async () => {
    const manifest = fromSealedJson(await readFile(path()))!;
    const newer = toSealedJson({ ...manifest, format: 2 });
    await whileDamaged(
      path(),
      () => writeFile(path(), newer),
      async () => {
        for (const ask of [store.load, store.manifest, store.report]) {
          await expect(ask(id)).rejects.toMatchObject({
            code: 'VERSION_FORMAT_UNKNOWN',
            details: { version: id, found: 2, expected: 1 },
          });
        }
        expect((await store.list()).map((m) => m.id)).toEqual([previous]);
        expect(await store.damaged()).toMatchObject([{ id, error: { code: 'VERSION_FORMAT_UNKNOWN' } }]);
      },
    );
  });

  test('that does not list a file is refused by name', async () => {
    const manifest = fromSealedJson(await readFile(path()))!;
    await whileDamaged(
      path(),
      () => writeFile(path(), toSealedJson({ ...manifest, files: {} })),
      () => expectNamed('manifest.json'),
    );
  });
});

describe('the file of an alias', () => {
  const path = (): string => join(dir, 'aliases', 'prod.json');
  const expectCorrupt = async (): Promise<void> => {
    const expected = { code: 'ALIAS_CORRUPT', details: { alias: 'prod', file: 'aliases/prod.json' } };
    await expect(store.resolve('prod')).rejects.toMatchObject(expected);
    await expect(store.aliases()).rejects.toMatchObject(expected);
    await expect(store.rollback('prod')).rejects.toMatchObject(expected);
  };

  test('one bit flipped at every byte, and cut at every byte', async () => {
    const whole = await readFile(path());
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at] ^= 1 << (at % 8);
      await whileDamaged(path(), () => writeFile(path(), flipped), expectCorrupt);
      await whileDamaged(path(), () => truncate(path(), at), expectCorrupt);
    }
  });

  test('nothing is deleted while it is not known what it protects; promoting mends it', async () => {
    await writeFile(path(), 'x');
    await expect(store.prune(0)).rejects.toMatchObject({ code: 'ALIAS_CORRUPT' });
    await expect(store.remove(previous)).rejects.toMatchObject({ code: 'ALIAS_CORRUPT' });
    expect(await store.list()).toHaveLength(2);
    expect(await store.promote('prod', id)).toEqual({ previous: undefined });
    expect(await store.resolve('prod')).toBe(id);
  });
});
