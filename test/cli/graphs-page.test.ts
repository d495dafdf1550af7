/** docs/graphs.md: its commands are run, in order, on small files of the names it uses. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { invoke } from './invocation.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'shelfwalk-graphs-'));
  await writeFile(join(cwd, 'friends.edgelist'), '# who knows whom\nann bob\nbob cat 2\n');
  const transfers = [
    'payer,payee,amount,at,payer_type,payee_type',
    'ann,bakery,12.5,2025-03-01,person,merchant',
    'ann,bakery,7.5,2025-03-02,person,merchant',
    'bob,bob,1,2025-03-03,person,person',
  ];
  await writeFile(join(cwd, 'transfers.csv'), transfers.join('\n'));
  const ratings = [
    'user,movie,rating,evening',
    'ann,a,5,1',
    'ann,b,5,1',
    'bob,a,5,1',
    'bob,b,5,1',
    'cat,c,5,1',
  ];
  await writeFile(join(cwd, 'ratings.csv'), ratings.join('\n'));
});
afterAll(() => rm(cwd, { recursive: true }));

const run = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { code, out, errors } = await invoke(['--data-dir', join(cwd, 'data'), '--json', ...args], { cwd });
  expect({ args, code, errors: code === 0 ? '' : errors }).toEqual({ args, code: 0, errors: '' });
  return JSON.parse(out);
};

test('every command of the page works, and the numbers are right', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/graphs.md'), 'utf8');
  const commands = [...page.matchAll(/^shelfwalk (.+)$/gm)].map(([, rest]) => rest!.split(' '));
  const replies = new Map<string, Record<string, unknown>>();
  for (const args of commands) replies.set(args.join(' '), await run(...args));
  const replyOf = (part: string) => [...replies].find(([command]) => command.includes(part))?.[1];

  expect(replyOf('friends.edgelist')).toMatchObject({ files: [{ rowsAccepted: 2, rowsRejected: 0 }] });
  expect(replyOf('transfers.csv')).toMatchObject({
    files: [{ rowsAccepted: 2, rejectedByReason: { 'self-loop': 1 } }],
    catalog: { customers: 3, products: 1, interactions: 0, edges: 4, edgePairs: 3 },
  });
  expect(replyOf('graph lint')).toContainEqual(expect.objectContaining({ code: 'DIRECTED' }));
  expect(replyOf('train')).toMatchObject({
    training: { nodeCount: 4, relationshipCount: 3, isolatedCount: 0 },
  });
  // a b: c_ab = 2, c_a = c_b = 2, N = 5: 2 ln 2.5
  expect(replyOf('--min-value 5')).toMatchObject({ units: 3, products: 3, pairs: 1, edges: 1 });
  expect(replyOf('--within basket')).toMatchObject({ target: { name: 'evenings' }, edges: 1 });
  const [header, line, end] = (await readFile(join(cwd, 'items.csv'), 'utf8')).split('\n');
  const [from, to, weight] = line!.split(',');
  expect({ header, from, to, end }).toEqual({ header: 'from,to,weight', from: 'a', to: 'b', end: '' });
  expect(Number(weight)).toBeCloseTo(2 * Math.log(2.5), 12);
}, 60_000);

test.each([
  { why: 'a projection without its kind', args: ['graph', 'project'], found: '--co-occurrence' },
  {
    why: 'a type that is none',
    args: ['import', 'edges', 'friends.edgelist', '--type-map', 'person=human'],
    found: 'person=human',
  },
])('refused: $why', async ({ args, found }) => {
  const { code, errors } = await invoke(['--data-dir', join(cwd, 'data'), ...args], { cwd });
  expect(code).toBe(2);
  expect(errors).toContain(found);
});
