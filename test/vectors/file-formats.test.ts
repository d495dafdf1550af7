/** docs/file-formats.md against the files that are written. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Manifest } from '../../src/vectors/types.ts';
import { openVersionStore } from '../../src/vectors/version-store.ts';
import { buildContent, FACTS } from './content.ts';

let dir: string;
let folder: string;
let manifest: Manifest;
let page: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-formats-'));
  const store = await openVersionStore(dir);
  manifest = await store.write(buildContent(), {
    ...FACTS,
    parent: '20260101T000000Z-aaaa',
    trainedUntil: '2026-01-01T00:00:00.000Z',
    watermark: 7,
    graphMark: { nodes: 3 },
  });
  folder = join(dir, 'versions', manifest.id);
  await store.promote('prod', manifest.id);
  page = await readFile(join(import.meta.dirname, '../../docs/file-formats.md'), 'utf8');
});
afterAll(() => rm(dir, { recursive: true }));

test('every file that is written is on the page', async () => {
  for (const file of [...(await readdir(folder)), ...(await readdir(dir)), 'prod.json'])
    expect(page).toContain(file);
});

test('the members of the manifest are those of its table, in that order', async () => {
  const written = Object.keys(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  const table = page.slice(page.indexOf('## manifest.json'), page.indexOf('## Aliases'));
  const told = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, member]) => member);
  expect([...written].sort()).toEqual([...told].sort());
  expect(written.at(-1)).toBe('sha256');
});

test('sha256sum would agree with what the manifest says', async () => {
  for (const [file, { sha256, bytes }] of Object.entries(manifest.files)) {
    const content = await readFile(join(folder, file));
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    expect(content.length).toBe(bytes);
  }
});

test('the seal is over the text without its last member', async () => {
  for (const file of [join(folder, 'manifest.json'), join(dir, 'aliases', 'prod.json')]) {
    const text = await readFile(file, 'utf8');
    const [, body, seal] = /^(.*),\n {2}"sha256": "([0-9a-f]{64})"\n}\n$/s.exec(text)!;
    expect(createHash('sha256').update(`${body}\n}\n`).digest('hex')).toBe(seal);
  }
});
