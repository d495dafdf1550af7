/** docs/graphs.md: its commands are run, in order, on small files of the names it uses, and what it says of them holds. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { invoke } from './invocation.ts';

const CIRCLES = 4;
const PEOPLE = 100;
const ASKED = 24;
const toPerson = (i: number): string => `person-${String(i).padStart(3, '0')}`;
const circleOf = (id: string): number => Number(id.slice(-3)) % CIRCLES;

/** Everyone makes eight payments, six within their circle and two to anyone, of amounts that say nothing. */
function makePayments(): string {
  const random = createRandom(5);
  const below = (n: number): number => Math.floor(random() * n);
  const lines = Array.from({ length: PEOPLE * 8 }, (_, i) => {
    const payer = Math.floor(i / 8);
    const inCircle = below(PEOPLE / CIRCLES) * CIRCLES + (payer % CIRCLES);
    const payee = i % 8 < 6 ? inCircle : below(PEOPLE);
    return `${toPerson(payer)},${toPerson(payee)},${1 + below(500) / 100},2025-03-${String(1 + below(28)).padStart(2, '0')}`;
  });
  return ['payer,payee,amount,at', ...lines].join('\n');
}

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
  await writeFile(join(cwd, 'payments.csv'), makePayments());
  const ratings = [
    'user,movie,rating,evening',
    'ann,a,5,1',
    'ann,b,5,1',
    'bob,a,5,1',
    'bob,b,5,1',
    'cat,c,5,1',
  ];
  await writeFile(join(cwd, 'ratings.csv'), ratings.join('\n'));
  // Everyone goes round eight pages in the same direction, five days each, with a help page beside page-4.
  const visits = Array.from({ length: 16 * 5 }, (_, i) => {
    const [visitor, day] = [Math.floor(i / 5), i % 5];
    const page = (visitor + day) % 8;
    const toLine = (name: string): string => `v${visitor},${name},2025-05-0${day + 1},${day}`;
    return page === 4 ? [toLine('page-4'), toLine('help')] : [toLine(`page-${page}`)];
  }).flat();
  await writeFile(join(cwd, 'visits.csv'), ['visitor,page,at,visit', ...visits].join('\n'));
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
  await expectCircles(await readFile(join(cwd, 'payments.csv'), 'utf8'), replyOf('payments.csv'));
  // a b: c_ab = 2, c_a = c_b = 2, N = 5: 2 ln 2.5
  expect(replyOf('--min-value 5')).toMatchObject({ units: 3, products: 3, pairs: 1, edges: 1 });
  expect(replyOf('--within basket')).toMatchObject({ target: { name: 'evenings' }, edges: 1 });
  const [header, line, end] = (await readFile(join(cwd, 'items.csv'), 'utf8')).split('\n');
  const [from, to, weight] = line!.split(',');
  expect({ header, from, to, end }).toEqual({ header: 'from,to,weight', from: 'a', to: 'b', end: '' });
  expect(Number(weight)).toBeCloseTo(2 * Math.log(2.5), 12);
  // page-4 with help beside it: ten of the sixteen visitors come by, and nobody else has a basket of two.
  expect(replyOf('graph stats --sequence')).toMatchObject({
    directed: true,
    drawnFrom: { sequence: { units: 80, leftOut: 0 }, baskets: { units: 80, leftOut: 0, arcs: 20 } },
  });
  expect(replyOf('--alias next')).toMatchObject({
    training: { spectrum: { rank: 8, largest: expect.closeTo(1, 1) } },
    evaluation: { served: 'blend', embedding: 'recent-in-out' },
  });
  expect(replyOf('--alias beside')).toMatchObject({ training: { nodeCount: 16 + 9 } });
}, 120_000);

async function expectCircles(csv: string, imported: unknown): Promise<void> {
  const payments = csv
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const toSelf = payments.filter(([payer, payee]) => payer === payee).length;
  expect(imported).toMatchObject({
    files: [{ rowsAccepted: payments.length - toSelf, rejectedByReason: { 'self-loop': toSelf } }],
    catalog: { customers: PEOPLE, products: 0, interactions: 0 },
  });
  const ownShares: number[] = [];
  for (let i = 0; i < ASKED; i++) {
    const { results } = (await run(
      'neighbors',
      'customer',
      toPerson(i),
      '--limit',
      '5',
      '--data-dir',
      'ledger',
    )) as {
      results: { id: string }[];
    };
    expect(results).toHaveLength(5);
    ownShares.push(results.filter(({ id }) => circleOf(id) === i % CIRCLES).length / 5);
  }
  // By chance 24 of the 99 others are of one's circle: .24 ± .04 over 120 draws. Over all people the
  // seeds 1 to 5 give .956 to .976, so ± .02 over 120 draws.
  expect(ownShares.reduce((sum, share) => sum + share, 0) / ASKED).toBeGreaterThan(0.8);
}

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
