/** A watched folder, look by look: what is taken, in which order, where it goes, and what is left alone. */
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ShelfwalkError } from '../../src/base/errors.ts';
import { createWriterTurn, type WriterTurn } from '../../src/pipeline/jobs/writer-turn.ts';
import { makeWatchedFolders } from '../../src/pipeline/watch/arrivals.ts';
import { createFolderWatch, type FolderWatch } from '../../src/pipeline/watch/folder-watch.ts';
import type { Workspace } from '../../src/pipeline/workspace.ts';
import { failureOf, runSql } from '../catalog/temp-catalog.ts';
import { useWorkspace } from './fresh-workspace.ts';

const at = useWorkspace();
let folder: string;
let turn: WriterTurn;
let watch: FolderWatch;
let lines: { level: string; facts: Record<string, unknown>; message: string }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfwalk-watched-'));
  await makeWatchedFolders(folder);
  await put('mapping.json', JSON.stringify(MAPPING));
  turn = createWriterTurn();
  lines = [];
  watch = open();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const MAPPING = {
  interactions: { mapping: { customer: 'customer', product: 'product', quantity: 'n' } },
  products: { mapping: { id: 'id', name: 'name' } },
};

const open = (catalog: Pick<Workspace['catalog'], 'importFiles'> = at.workspace.catalog): FolderWatch => {
  const log = (level: string) => (facts: object, message: string) =>
    void lines.push({ level, facts: facts as Record<string, unknown>, message });
  return createFolderWatch({
    folder,
    everyMs: 1000,
    catalog,
    turn,
    clock: { now: () => Date.UTC(2026), every: () => () => {} },
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    observe: () => {},
  });
};

/** Some seconds old, so that no later change has the same time by chance. */
async function put(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await utimes(path, 1_700_000_000, 1_700_000_000);
  return path;
}

const bought = (...customers: string[]) =>
  `customer,product,n\n${customers.map((c) => `${c},p,1\n`).join('')}`;
const twoLooks = async () => {
  await watch.look();
  await watch.look();
};
const eventCount = async () => (await at.workspace.catalog.counts()).interactions;
const names = async (path: string) => (await readdir(join(folder, path)).catch(() => [])).sort();
const verdict = async (path: string) => JSON.parse(await readFile(join(folder, 'failed', path), 'utf8'));

describe('a file is taken', () => {
  test('when it is the same in two looks, and put away', async () => {
    await put('interactions/day-1.csv', bought('a', 'b'));
    await watch.look();
    expect([await eventCount(), watch.state().waiting]).toEqual([0, 1]);
    await watch.look();
    expect(await eventCount()).toBe(2);
    expect([await names('interactions'), await names('done/interactions')]).toEqual([[], ['day-1.csv']]);
    expect(watch.state()).toEqual({ waiting: 0, outcomes: { done: 1, skipped: 0, failed: 0 } });
  });

  test('not while it grows, nor while it is written under a name of its own', async () => {
    const path = await put('interactions/a.csv', bought('a'));
    const written = await put('interactions/b.csv.part', bought('b'));
    await put('interactions/.c.csv', bought('c'));
    for (let i = 0; i < 4; i++) {
      await watch.look();
      await appendFile(path, `more-${i},p,1\n`);
    }
    expect(await eventCount()).toBe(0);
    await twoLooks();
    expect([await eventCount(), await names('interactions')]).toEqual([5, ['.c.csv', 'b.csv.part']]);
    await rename(written, join(folder, 'interactions/b.csv'));
    await watch.look();
    expect(await eventCount()).toBe(5);
    await watch.look();
    expect(await eventCount()).toBe(6);
  });

  test('products before interactions, and by name, byte by byte', async () => {
    for (const name of [
      'interactions/10.csv',
      'interactions/9.csv',
      'interactions/Z.csv',
      'interactions/é.csv',
    ])
      await put(name, bought(name));
    await put('products/z.csv', 'id,name\np,Lamp\n');
    await twoLooks();
    expect(lines.map(({ facts }) => facts['file'])).toEqual([
      'done/products/z.csv',
      'done/interactions/10.csv',
      'done/interactions/9.csv',
      'done/interactions/Z.csv',
      'done/interactions/é.csv',
    ]);
  });

  test('whatever it is called', async () => {
    const all = [
      "it's [1]*.csv",
      'new\nline.csv',
      '--help.csv',
      '😀 %2e%2e.csv',
      '$(touch x).csv',
      'back\\slash.csv',
    ];
    for (const [i, name] of all.entries()) await put(`interactions/${name}`, bought(`c${i}`));
    await twoLooks();
    expect([await eventCount(), await names('done/interactions')]).toEqual([all.length, all.toSorted()]);
  });

  test('alone, where a pattern in the name of a Parquet file would fit others too', async () => {
    const write = (name: string, customer: string) =>
      runSql(`COPY (SELECT '${customer}' AS customer, 'p' AS product, 1 AS n)
        TO '${join(folder, 'interactions', name)}' (FORMAT parquet)`);
    await write('*.parquet', 'star');
    await write('.hidden.parquet', 'hidden');
    await write('other.parquet.part', 'part');
    await twoLooks();
    expect(await eventCount()).toBe(1);
  });
});

describe('once', () => {
  test('the same content again is put away, and nothing is added', async () => {
    await put('interactions/a.csv', bought('a'));
    await twoLooks();
    await put('interactions/a.csv', bought('a'));
    await twoLooks();
    expect(await eventCount()).toBe(1);
    expect(await names('done/interactions')).toEqual(['2.a.csv', 'a.csv']);
    expect(watch.state().outcomes).toEqual({ done: 1, skipped: 1, failed: 0 });
  });

  test('imported, and the process gone before it was moved: the next one only moves it', async () => {
    await put('interactions/a.csv', bought('a'));
    const { catalog } = at.workspace;
    watch = open({
      async importFiles(...asked) {
        await catalog.importFiles(...asked);
        throw new Error('killed');
      },
    });
    await twoLooks();
    expect([await eventCount(), await names('interactions')]).toEqual([1, ['a.csv']]);
    watch = open();
    await twoLooks();
    expect([await eventCount(), await names('done/interactions')]).toEqual([1, ['a.csv']]);
    expect(watch.state().outcomes).toEqual({ done: 0, skipped: 1, failed: 0 });
  });

  test('changed while it was imported: it stays, and comes as another file', async () => {
    const path = await put('interactions/a.csv', bought('a'));
    const { catalog } = at.workspace;
    let isFirst = true;
    watch = open({
      async importFiles(...asked) {
        const report = await catalog.importFiles(...asked);
        if (isFirst) await writeFile(path, bought('b', 'c'));
        isFirst = false;
        return report;
      },
    });
    await twoLooks();
    expect([await eventCount(), await names('interactions')]).toEqual([1, ['a.csv']]);
    await twoLooks();
    expect([await eventCount(), await names('interactions')]).toEqual([3, []]);
  });
});

describe('what fails', () => {
  test('is put away with file, line, column, found and expected, and holds nothing up', async () => {
    await put('interactions/1.csv', 'who,product\na,p\n');
    await put('interactions/2.csv', 'customer,product,n\na,p,0\nb,p,many\n');
    await put('interactions/3.csv', bought('c'));
    await put('interactions/4.csv', '');
    await twoLooks();
    expect(await eventCount()).toBe(1);
    expect(await names('failed/interactions')).toEqual(
      ['1.csv', '2.csv', '4.csv'].flatMap((name) => [name, `${name}.error.json`]),
    );
    const path = (name: string) => join(folder, 'interactions', name);
    expect(await verdict('interactions/1.csv.error.json')).toMatchObject({
      at: '2026-01-01T00:00:00.000Z',
      code: 'IMPORT_COLUMN_MISSING',
      file: path('1.csv'),
      message: expect.stringContaining('customer'),
    });
    expect(await verdict('interactions/2.csv.error.json')).toMatchObject({
      code: 'IMPORT_ALL_REJECTED',
      file: path('2.csv'),
      examples: [
        expect.objectContaining({ line: 2, column: 'n', found: '0', expected: expect.any(String) }),
        expect.objectContaining({ line: 3, column: 'n', found: 'many', expected: expect.any(String) }),
      ],
    });
    expect(watch.state()).toMatchObject({
      waiting: 0,
      outcomes: { done: 1, failed: 3 },
      lastError: {
        at: '2026-01-01T00:00:00.000Z',
        file: 'interactions/4.csv',
        code: 'IMPORT_FILE_UNREADABLE',
      },
    });
  });

  test('a verdict is not written through a link', async () => {
    const target = await put('precious', 'mine');
    await mkdir(join(folder, 'failed/interactions'), { recursive: true });
    await symlink(target, join(folder, 'failed/interactions/1.csv.error.json'));
    await put('interactions/1.csv', 'who\na\n');
    await twoLooks();
    expect(await readFile(target, 'utf8')).toBe('mine');
    expect(await verdict('interactions/1.csv.error.json')).toHaveProperty('code');
  });

  test('a full disk keeps what is there waiting, in its order', async () => {
    await put('interactions/1.csv', bought('a'));
    await put('interactions/2.csv', bought('b'));
    let asked = 0;
    watch = open({
      async importFiles() {
        asked++;
        throw new ShelfwalkError('DISK_FULL', { file: 'catalog' });
      },
    });
    for (let i = 0; i < 4; i++) await watch.look();
    expect([asked, await names('interactions')]).toEqual([3, ['1.csv', '2.csv']]); // one file a look
    expect(watch.state()).toMatchObject({ waiting: 2, lastError: { code: 'DISK_FULL' } });
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1); // and one line in the log
  });

  test('a mistake of ours with one file: said once, tried again, and the others go on', async () => {
    await put('interactions/1.csv', bought('a'));
    await put('interactions/2.csv', bought('b'));
    const { catalog } = at.workspace;
    let tries = 0;
    watch = open({
      async importFiles(sources, ...others) {
        if (!sources[0]!.path.endsWith('1.csv')) return catalog.importFiles(sources, ...others);
        tries++;
        throw new TypeError('not a function');
      },
    });
    for (let i = 0; i < 4; i++) await watch.look();
    expect([tries, await names('interactions'), await eventCount()]).toEqual([3, ['1.csv'], 1]);
    expect(watch.state().lastError).toMatchObject({ code: 'INTERNAL', file: 'interactions/1.csv' });
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('no mapping for a kind: named, those of other kinds go on', async () => {
    await put('customers/1.csv', 'id\na\n');
    await put('interactions/1.csv', bought('a'));
    await twoLooks();
    expect([await eventCount(), await names('customers')]).toEqual([1, ['1.csv']]);
    expect(watch.state().lastError).toMatchObject({ code: 'CONFIG_INVALID', file: 'customers/1.csv' });
    await put('mapping.json', JSON.stringify({ ...MAPPING, customers: { mapping: { id: 'id' } } }));
    await watch.look();
    expect(await names('done/customers')).toEqual(['1.csv']);
  });

  test.each([
    ['{', undefined],
    ['{"interactions":{"mapping":{"customer":"c"}}}', 'interactions.mapping.product'],
    ['{"orders":{}}', 'orders'],
  ])('a mapping file that is none: %s', async (content, field) => {
    await put('mapping.json', content);
    await put('interactions/1.csv', bought('a'));
    await twoLooks();
    expect(await names('interactions')).toEqual(['1.csv']);
    const { facts } = lines.find(({ level }) => level === 'error')!;
    expect(facts['err']).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { file: join(folder, 'mapping.json'), ...(field && { field }) },
    });
  });

  test('the folder is gone: said once, and gone on when it is back', async () => {
    await rename(folder, `${folder}-away`);
    for (let i = 0; i < 3; i++) await watch.look();
    expect(watch.state().lastError).toMatchObject({ code: 'FOLDER_UNUSABLE' });
    expect(lines).toHaveLength(1);
    await rename(`${folder}-away`, folder);
    await put('interactions/1.csv', bought('a'));
    await twoLooks();
    expect(await eventCount()).toBe(1);
  });
});

describe('what is left alone', () => {
  test('links out of the folder, folders, and names that no text can hold', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'shelfwalk-outside-'));
    await writeFile(join(outside, 'secret.csv'), bought('secret'));
    await symlink(join(outside, 'secret.csv'), join(folder, 'interactions/link.csv'));
    await mkdir(join(folder, 'interactions/below.csv'));
    await writeFile(
      Buffer.concat([Buffer.from(join(folder, 'interactions/')), Buffer.from([0xff]), Buffer.from('.csv')]),
      bought('x'),
    );
    for (let i = 0; i < 3; i++) await watch.look();
    expect(await eventCount()).toBe(0);
    expect(lines.map(({ facts }) => facts['found'])).toEqual(
      expect.arrayContaining(['a symbolic link', 'a folder', 'a name that is not UTF-8']),
    );
    expect(lines).toHaveLength(3); // once each
    await rm(outside, { recursive: true });
  });

  test('a folder of a kind, or for what is done, that leads elsewhere', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'shelfwalk-outside-'));
    for (const name of ['done', 'interactions']) {
      await rm(join(folder, name), { recursive: true });
      await symlink(outside, join(folder, name));
      expect(await failureOf(makeWatchedFolders(folder))).toMatchObject({
        code: 'FOLDER_UNUSABLE',
        details: { folder: join(folder, name), found: 'a symbolic link' },
      });
      await rm(join(folder, name));
      if (name === 'done') await makeWatchedFolders(folder);
    }
    await rm(outside, { recursive: true });
  });

  test('while somebody else writes: at the next look it is there too', async () => {
    await put('interactions/1.csv', bought('a'));
    const release = turn.take('train');
    for (let i = 0; i < 3; i++) await watch.look();
    expect([await eventCount(), watch.state()]).toEqual([
      0,
      { waiting: 1, outcomes: { done: 0, skipped: 0, failed: 0 } },
    ]);
    release();
    await watch.look();
    expect([await eventCount(), turn.holder()]).toEqual([1, undefined]);
  });

  test('once it is stopped, half way through an import too', async () => {
    await put('interactions/1.csv', bought('a'));
    await put('interactions/2.csv', bought('b'));
    const { catalog } = at.workspace;
    let stopped: Promise<void> | undefined;
    watch = open({
      async importFiles(sources, options, context) {
        stopped = watch.stop();
        return catalog.importFiles(sources, options, context);
      },
    });
    await twoLooks();
    await stopped;
    expect([await eventCount(), await names('interactions')]).toEqual([0, ['1.csv', '2.csv']]);
    expect([watch.state().lastError, turn.holder()]).toEqual([undefined, undefined]);
  });
});

test('corrections: with "replace", a later file takes the place of the events it names', async () => {
  const { interactions, ...others } = MAPPING;
  await put('mapping.json', JSON.stringify({ ...others, interactions: { ...interactions, replace: true } }));
  await put('interactions/1.csv', 'customer,product,n\na,p,1\na,p,1\nb,p,1\n');
  await put('interactions/2.csv', 'customer,product,n\na,p,5\n');
  await twoLooks();
  expect(await eventCount()).toBe(2);
});
