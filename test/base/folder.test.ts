import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolder } from '../../src/base/folder.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('makes every level, and is content with what is there', async () => {
  const deep = join(dir, 'a', 'b', 'c');
  await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(join(dir, 'a', 'b'))]);
  expect((await stat(deep)).isDirectory()).toBe(true);
  await makeFolder(deep);
});

test('a file in the way is named, whether it is the folder or one above it', async () => {
  const file = join(dir, 'file');
  await writeFile(file, '');
  for (const folder of [file, join(file, 'below')]) {
    await expect(makeFolder(folder)).rejects.toMatchObject({
      code: 'FOLDER_UNUSABLE',
      details: { folder, found: expect.stringMatching(/^(EEXIST|ENOTDIR)$/) },
    });
  }
});

test.runIf(existsSync('/proc/self'))(
  'a folder that takes no entries ends with an error, not never',
  async () => {
    await expect(makeFolder('/proc/shelfwalk/data')).rejects.toMatchObject({
      code: 'FOLDER_UNUSABLE',
      details: { found: 'ENOENT' },
    });
  },
);
