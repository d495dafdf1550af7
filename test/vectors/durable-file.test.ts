import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeDurable } from '../../src/vectors/durable-file.ts';

test('a file that is there already is not written over', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'shelfwalk-durable-')), 'mine');
  await writeFile(path, 'mine');
  await expect(writeDurable(path, [Buffer.from('yours')])).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readFile(path, 'utf8')).toBe('mine');
});
