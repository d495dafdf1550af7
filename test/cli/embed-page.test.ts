/** docs/embed.md: its commands are run in order on small files of the names it uses, and its program as it stands. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FORMAT_NAMES } from '../../src/vectors/formats/formats.ts';
import { invoke } from './invocation.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/embed.md'), 'utf8');
let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'shelfwalk-embed-page-'));
  await writeFile(join(cwd, 'friends.edg'), '# who knows whom\nann bob\nbob\tcat 2\nann cat heavy\n');
  await writeFile(
    join(cwd, 'transfers.csv'),
    'payer,payee,amount,note\nann,bob,1.5,\nbob,cat,2,rent\ncat,ann,1,\n',
  );
  await writeFile(join(cwd, 'plain.tsv'), 'a\tb\t1\nb\tc\t2\n');
});
afterAll(() => rm(cwd, { recursive: true }));

test('every command of the page works, and the numbers are right', async () => {
  const commands = [...page.matchAll(/^shelfwalk (.+)$/gm)].map(([, rest]) => rest!.split(' '));
  expect(commands).toHaveLength(6);
  const results: unknown[] = [];
  for (const args of commands) {
    const { code, out, errors } = await invoke(['--json', ...args], { cwd });
    expect({ args, code, errors: code === 0 ? '' : errors }).toEqual({ args, code: 0, errors: '' });
    results.push(JSON.parse(out));
  }
  const rows = { rowsRead: 3, rowsAccepted: 2, rejectedByReason: { 'weight-not-a-number': 1 } };
  expect(results).toMatchObject([
    { rows, training: { nodeCount: 3, relationshipCount: 2 } },
    { rows, format: 'npy', configuration: { train: { randomSeed: 7, concurrency: 1 } } },
    {
      rows: { rowsAccepted: 3, columns: { from: 'payer', weight: 'amount' }, columnsLeftOut: ['note'] },
      warnings: ['columns that were not read: note'],
    },
    { rows: { rowsAccepted: 2 }, format: 'word2vec-binary' },
    { rows, keys: 'id' },
    { rows, keys: 'type:id' },
  ]);
  const made = [
    'friends.keys.ndjson',
    'friends.npy',
    'friends.vec',
    'plain.bin',
    'transfers.vec',
    'typed.vec',
  ];
  expect((await readdir(cwd)).sort()).toEqual(['friends.edg', 'plain.tsv', 'transfers.csv', ...made].sort());
  expect(await readFile(join(cwd, 'friends.vec'), 'utf8')).toMatch(/^3 128\nann -?\d/);
  expect(await readFile(join(cwd, 'typed.vec'), 'utf8')).toMatch(/^3 128\nproduct:ann -?\d/);
  expect(await readFile(join(cwd, 'transfers.vec'), 'utf8')).toMatch(/^3 128\ncustomer:ann -?\d/);
  for (const [, name] of page.matchAll(/--format (\S+)/g)) expect(FORMAT_NAMES).toContain(name);
}, 60_000);

test('its program runs as it stands', async () => {
  const [, program] = /^```js\n([\s\S]*?)^```$/m.exec(page)!;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  // From the root of the repository `shelfwalk` is this package itself: its build.
  const placed = program!.replaceAll(/'([\w.]+\.(?:edg|vec))'/g, (_, name: string) =>
    JSON.stringify(join(cwd, name)),
  );
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', placed], {
    cwd: root,
  });
  expect(stdout).toMatch(/again\.vec' \] 2 \d+\n$/);
}, 60_000);

test('as a person reads it: where it lies, what was rejected and why, what was not read', async () => {
  const args = ['embed', 'friends.edg', '--out', 'text.vec', '--dimension', '4', '--threads', '1'];
  const { code, out } = await invoke(args, { cwd });
  expect(code).toBe(0);
  expect(out).toContain('weight-not-a-number 1');
  expect(out).toContain('line 4, weight: weight-not-a-number: found "heavy", expected a finite number');
  expect(await invoke(args, { cwd })).toMatchObject({
    code: 2,
    errors: expect.stringContaining('--force'),
  });
  const left = await invoke(
    ['embed', 'transfers.csv', '--out', 't.vec', '--from', 'payer', '--to', 'payee'],
    { cwd },
  );
  expect(left.errors).toContain('columns that were not read: amount, note');
  expect(await invoke(['embed', 'friends.edg'], { cwd })).toMatchObject({ code: 2 });
});
