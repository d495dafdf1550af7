/**
 * The parts of every split, against a reading of the definition that a person can follow, customer by
 * customer on random histories with ties, baskets and returns; and the laws that all of them keep.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Split, SplitProtocol } from '../../src/graph/types.ts';
import {
  createTempCatalog,
  failureOf,
  openTempCatalog,
  PAIR,
  readGivenEdges,
  type TempCatalog,
} from './temp-catalog.ts';

interface Line {
  readonly customer: string;
  readonly product: string;
  /** Day or order. */
  readonly at: number;
  readonly basket: string;
  /** < 0: brought back. */
  readonly quantity: number;
  readonly n: number; // line of the file
}

const DAY = 86_400_000;
const toTime = (day: number): string => new Date(day * DAY).toISOString();

function toRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Each customer is a case of its own: few instants, so that many are equal; few products, so that returns meet. */
function toHistories(seed: number, { returns }: { readonly returns: boolean }): Line[] {
  const draw = toRandom(seed);
  return Array.from({ length: 400 }, (_, n) => {
    const at = draw(6);
    const isReturn = returns && draw(4) === 0;
    return {
      customer: `c${draw(60)}`,
      product: `p${draw(3)}`,
      at,
      basket: draw(3) > 0 ? `b${at}` : '',
      quantity: isReturn ? -1 - draw(2) : 1 + draw(2),
      n,
    };
  });
}

const byHistory = (a: Line, b: Line): number =>
  a.at - b.at || Number(a.quantity < 0) - Number(b.quantity < 0) || a.n - b.n;

/** Purchases of which something is left once the newest before it have been brought back. */
function toStanding(lines: readonly Line[]): Line[] {
  const left = new Map(lines.map((line) => [line, line.quantity]));
  const sorted = lines.toSorted(byHistory);
  for (const [i, back] of sorted.entries()) {
    let open = -back.quantity;
    for (const bought of sorted.slice(0, i).toReversed()) {
      if (open <= 0) break;
      if (bought.quantity < 0 || bought.product !== back.product) continue;
      const taken = Math.min(open, left.get(bought)!);
      left.set(bought, left.get(bought)! - taken);
      open -= taken;
    }
  }
  return lines.filter((line) => line.quantity > 0 && left.get(line)! > 0);
}

/** Of the histories that a split divides: what training may know of, and what it is then asked for. */
interface Parts {
  readonly known: readonly Line[];
  readonly test: readonly Line[];
}

function splitOne(history: readonly Line[], protocol: 'last-basket' | 'last-item'): Parts {
  const sorted = history.toSorted(byHistory);
  const unitOf = ({ basket, at, n }: Line): string =>
    protocol === 'last-item' ? String(n) : basket || `at ${at}`;
  const standing = toStanding(history).toSorted(byHistory);
  const last = standing.at(-1);
  if (!last || new Set(standing.map(unitOf)).size < 2) return { known: history, test: [] };
  const test = standing.filter((line) => unitOf(line) === unitOf(last));
  const first = sorted.indexOf(test[0]!);
  const known = sorted.filter((line, i) =>
    line.quantity < 0 ? i < first : i < sorted.indexOf(last) && unitOf(line) !== unitOf(last),
  );
  return { known, test };
}

function splitAll(lines: readonly Line[], split: Split): Parts {
  const { known: all } = split.within ? splitAll(lines, split.within) : { known: lines };
  if (split.protocol === 'time') {
    const isTest = (line: Line): boolean => line.at * DAY >= split.cutoffMs;
    return { known: all.filter((line) => !isTest(line)), test: byCustomer(all, toStanding).filter(isTest) };
  }
  const protocol = split.protocol as 'last-basket' | 'last-item';
  const parts = toGroups(all).map((history) => splitOne(history, protocol));
  return { known: parts.flatMap(({ known }) => known), test: parts.flatMap(({ test }) => test) };
}

function toGroups(lines: readonly Line[]): Line[][] {
  const groups = new Map<string, Line[]>();
  for (const line of lines) groups.set(line.customer, [...(groups.get(line.customer) ?? []), line]);
  return [...groups.values()];
}

const byCustomer = (lines: readonly Line[], of: (history: readonly Line[]) => Line[]): Line[] =>
  toGroups(lines).flatMap(of);

interface Shop extends TempCatalog {
  dispose(): Promise<void>;
}

async function importShop(lines: readonly Line[], clock: 'timestamp' | 'order'): Promise<Shop> {
  const shop = await openTempCatalog();
  const rows = lines.map(
    ({ customer, product, at, basket, quantity }) =>
      `${customer},${product},${clock === 'order' ? at : toTime(at)},${basket},${quantity}`,
  );
  const path = await shop.file('a.csv', ['customer,product,at,basket,quantity', ...rows, ''].join('\n'));
  await shop.interactions(path, { ...PAIR, [clock]: 'at', basket: 'basket', quantity: 'quantity' });
  return shop;
}

/** Rows by names, sorted; baskets are numbers that differ from part to part. */
async function readPart({ catalog }: Shop, part: 'all' | 'train' | 'test', split?: Split): Promise<string[]> {
  const [customers, products] = [await catalog.nodeIds('customer'), await catalog.nodeIds('product')];
  const { count, customer, product, timeMs } = await catalog.interactions(part, split);
  return Array.from(
    { length: count },
    (_, i) => `${customers[customer[i]!]} ${products[product[i]!]} ${timeMs[i]! / DAY}`,
  ).sort();
}

const toTexts = (lines: readonly Line[], clock: 'timestamp' | 'order'): string[] =>
  lines
    .map(({ customer, product, at }) => `${customer} ${product} ${clock === 'order' ? Number.NaN : at}`)
    .sort();

const LAST = ['last-basket', 'last-item'] as const;
const ofLast: Split[] = LAST.flatMap((protocol) => [
  { protocol },
  { protocol, within: { protocol } },
  { protocol, within: { protocol: 'time', cutoffMs: 4 * DAY } },
]);
const ofTime: Split[] = [
  { protocol: 'time', cutoffMs: 3 * DAY },
  { protocol: 'time', cutoffMs: 2 * DAY, within: { protocol: 'time', cutoffMs: 4 * DAY } },
];
const nameOf = ({ protocol, within }: Split): string =>
  within ? `${protocol} within ${nameOf(within)}` : protocol;

describe.each([
  { seed: 1, clock: 'timestamp', returns: false },
  { seed: 2, clock: 'timestamp', returns: true },
  { seed: 3, clock: 'order', returns: true },
] as const)('seed $seed, by $clock, returns: $returns', ({ seed, clock, returns }) => {
  const lines = toHistories(seed, { returns });
  let shop: Shop;
  beforeAll(async () => {
    shop = await importShop(lines, clock);
  });
  afterAll(() => shop.dispose());

  const splits = (clock === 'order' ? ofLast : [...ofLast, ...ofTime])
    .filter(({ within }) => clock === 'timestamp' || within?.protocol !== 'time')
    .map((split) => ({ name: nameOf(split), split }));
  test.each(splits)('$name: the parts are those of the definition', async ({ split }) => {
    const { known, test: held } = splitAll(lines, split);
    expect(held.length).toBeGreaterThan(20);
    expect(await readPart(shop, 'test', split)).toEqual(toTexts(held, clock));
    expect(await readPart(shop, 'train', split)).toEqual(toTexts(byCustomer(known, toStanding), clock));
  });

  test.each(LAST)(
    '%s: whoever is tested was trained on, and all that stands is in one part',
    async (protocol) => {
      const [train, held] = [
        await readPart(shop, 'train', { protocol }),
        await readPart(shop, 'test', { protocol }),
      ];
      const trained = new Set(train.map((row) => row.split(' ')[0]));
      expect(held.filter((row) => !trained.has(row.split(' ')[0]!))).toEqual([]);
      const parts = [...train, ...held].sort();
      const all = await readPart(shop, 'all');
      if (!returns) expect(parts).toEqual(all);
      // What was brought back after the cut is still there in training: nobody knew.
      for (const row of new Set(all)) expect(countOf(parts, row)).toBeGreaterThanOrEqual(countOf(all, row));
    },
  );

  test.each(LAST)(
    '%s: validation takes nothing from the test part, and leaves it as it is',
    async (protocol) => {
      const outer: Split = { protocol };
      const inner: Split = { protocol, within: outer };
      const train = await readPart(shop, 'train', outer);
      const validation = [
        ...(await readPart(shop, 'train', inner)),
        ...(await readPart(shop, 'test', inner)),
      ];
      if (!returns) expect(validation.sort()).toEqual(train);
      for (const row of new Set(train))
        expect(countOf(validation, row)).toBeGreaterThanOrEqual(countOf(train, row));
    },
  );
});

const countOf = (rows: readonly string[], row: string): number => rows.filter((one) => one === row).length;

test('last-item: of equal instants the later line of the file is the last, and lists are in their order', async () => {
  const { catalog, file, interactions } = await createTempCatalog();
  await interactions(
    await file('a.csv', 'customer,product,ts\na,p1,2020-01-01\na,p2,2020-01-01\nb,p1,2020-01-01\n'),
    { ...PAIR, timestamp: 'ts' },
  );
  const held = await catalog.interactions('test', { protocol: 'last-item' });
  const train = await catalog.interactions('train', { protocol: 'last-item' });
  expect([...held.product]).toEqual([1]);
  expect([...train.customer]).toEqual([0, 1]); // b has one interaction, which stays
});

test('a return after the last basket takes nothing from the training part', async () => {
  const shop = await createTempCatalog();
  const rows = ['a,p1,1,1', 'a,p2,1,1', 'a,p1,2,1', 'a,p2,3,-1'];
  await shop.interactions(await shop.file('a.csv', ['customer,product,n,quantity', ...rows, ''].join('\n')), {
    ...PAIR,
    order: 'n',
    quantity: 'quantity',
  });
  const train = await shop.catalog.interactions('train', { protocol: 'last-basket' });
  expect([...train.product]).toEqual([0, 1]);
});

describe('files', () => {
  const load = async (): Promise<TempCatalog> => {
    const shop = await createTempCatalog();
    const header = 'customer,product\n';
    await shop.interactions(await shop.file('train.csv', `${header}a,p1\na,p2\nb,p1\n`), PAIR);
    await shop.interactions(await shop.file('test.csv', `${header}a,p3\nb,p2\nc,p1\n`), PAIR);
    await shop.catalog.appendInteractions([{ customerId: 'a', productId: 'p9' }]);
    return shop;
  };

  test('the named file is the test part; what was written beside it is not', async () => {
    const { catalog, dir } = await load();
    const split = await catalog.proposeSplit(0.2, { protocol: 'files', files: ['test.csv'] });
    expect(split).toEqual({ protocol: 'files', files: ['test.csv'] });
    const held = await catalog.interactions('test', split);
    expect([...held.customer].map((c, i) => [c, held.product[i]])).toEqual([
      [0, 2],
      [1, 1],
      [2, 0],
    ]);
    expect((await catalog.interactions('train', split)).count).toBe(4);
    const whole = { protocol: 'files', files: [`${dir}/test.csv`] } as const;
    expect((await catalog.interactions('test', whole)).count).toBe(3);
  });

  test('a name that was never imported is refused with those that were', async () => {
    const { catalog } = await load();
    expect(
      await failureOf(catalog.proposeSplit(0.2, { protocol: 'files', files: ["te'st.csv"] })),
    ).toMatchObject({
      code: 'CONFIG_INVALID',
      details: {
        field: 'evaluate.testFiles',
        found: "te'st.csv",
        expected: expect.stringContaining('test.csv, train.csv'),
      },
    });
  });
});

test('random: pairs go whole, about the share, the same whatever order the rows came in', async () => {
  const draw = toRandom(7);
  const pairs = Array.from({ length: 1500 }, () => `c${draw(50)},p${draw(60)}`);
  const split: Split = { protocol: 'random', share: 0.3, seed: 5 };
  const readBoth = async (rows: readonly string[]) => {
    const shop = await openTempCatalog();
    await shop.interactions(await shop.file('a.csv', ['customer,product', ...rows, ''].join('\n')), PAIR);
    const parts = [await readPart(shop, 'train', split), await readPart(shop, 'test', split)] as const;
    const inner = await shop.catalog.proposeSplit(0.3, { protocol: 'random', within: split });
    const validation = await readPart(shop, 'test', inner);
    await shop.dispose();
    return { parts, validation };
  };
  const { parts, validation } = await readBoth(pairs);
  const [train, held] = parts;
  expect(train.filter((row) => held.includes(row))).toEqual([]);
  expect(train.length + held.length).toBe(1500);
  // About 1,180 distinct pairs: .3 with a standard error of √(.3 · .7 / 1180) = .013; 4σ, and repeats add a little.
  expect(Math.abs(new Set(held).size / new Set([...train, ...held]).size - 0.3)).toBeLessThan(0.055);
  expect((await readBoth(pairs.toReversed())).parts).toEqual(parts);
  expect(validation.length).toBeGreaterThan(100); // drawn anew: the same hash would leave nothing
  expect(validation.filter((row) => held.includes(row))).toEqual([]);
});

describe('a split that is asked for by name', () => {
  test.each<{ protocol: SplitProtocol; within?: Split }>([
    { protocol: 'last-basket' },
    { protocol: 'last-item' },
    { protocol: 'last-item', within: { protocol: 'last-item' } },
    { protocol: 'time' },
  ])('$protocol is had where the data have it', async (wish) => {
    const shop = await createTempCatalog();
    const rows = [1, 2, 3].flatMap((day) => [`a,p${day},2020-01-0${day}`, `b,p1,2020-01-0${day}`]);
    await shop.interactions(await shop.file('a.csv', ['customer,product,ts', ...rows, ''].join('\n')), {
      ...PAIR,
      timestamp: 'ts',
    });
    const split = await shop.catalog.proposeSplit(0.2, wish);
    expect(split).toMatchObject(wish);
    expect((await shop.catalog.interactions('test', split)).count).toBe(2);
  });

  test.each(['time', 'last-basket', 'last-item'] as const)(
    '%s is refused by name where they do not',
    async (protocol) => {
      const shop = await createTempCatalog();
      await shop.interactions(await shop.file('a.csv', 'customer,product\na,p1\na,p2\n'), PAIR);
      expect(await failureOf(shop.catalog.proposeSplit(0.2, { protocol }))).toMatchObject({
        code: 'SPLIT_IMPOSSIBLE',
        details: { field: 'evaluate.split', protocol },
      });
    },
  );
});

test('edges of a customer from the held basket on are not known; those before it and of others are', async () => {
  const shop = await createTempCatalog();
  const rows = ['a,p1,2020-01-01', 'a,p2,2020-01-05', 'b,p1,2020-01-01'];
  await shop.interactions(await shop.file('a.csv', ['customer,product,ts', ...rows, ''].join('\n')), {
    ...PAIR,
    timestamp: 'ts',
  });
  const edges = ['a,p3,2020-01-05', 'a,p4,2020-01-04', 'b,p5,2020-01-09'];
  await shop.edges(await shop.file('e.csv', ['from,to,at', ...edges, ''].join('\n')), {
    fromType: { constant: 'customer' },
    toType: { constant: 'product' },
    timestamp: 'at',
  });
  expect(Object.keys(await readGivenEdges(shop.catalog, { protocol: 'last-item' }))).toEqual([
    'customer a — product p4',
    'customer b — product p5',
  ]);
});
