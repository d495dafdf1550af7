/** Sentences out of interactions: nothing that should be in one is missing, out of order or in another. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildCorpus, type Corpus, type CorpusOptions } from '../../src/graph/corpus.ts';
import { type InteractionColumns, NO_BASKET, type Snapshot } from '../../src/graph/types.ts';
import { smallGraph } from './small-graph.ts';

const CUSTOMERS = 4;
const PRODUCTS = 6;
/** Edges do not matter: rows and hashes do. */
const SNAPSHOT: Snapshot = smallGraph({
  nodes: { customer: CUSTOMERS, product: PRODUCTS, attribute: 2 },
  edges: [[0, 4]],
});

interface Row {
  readonly customer: number;
  readonly product: number;
  /** Of the customer; undefined: none. */
  readonly basket: number | undefined;
}

/** Baskets numbered densely by customer, as the catalog does it. */
function toColumns(rows: readonly Row[]): InteractionColumns {
  const keys = rows.flatMap((r) => (r.basket === undefined ? [] : [r.customer * 10 + r.basket]));
  const numbers = [...new Set(keys)].sort((a, b) => a - b);
  const basketOf = (r: Row): number =>
    r.basket === undefined ? NO_BASKET : numbers.indexOf(r.customer * 10 + r.basket);
  return {
    count: rows.length,
    customer: Uint32Array.from(rows, (r) => r.customer),
    product: Uint32Array.from(rows, (r) => r.product),
    basket: Uint32Array.from(rows, basketOf),
    timeMs: Float64Array.from(rows, (_, i) => i),
  };
}

const build = (rows: readonly Row[], options: CorpusOptions): Promise<Corpus> =>
  buildCorpus(toColumns(rows), SNAPSHOT, options);

const sentencesOf = ({ offsets, tokens, sentenceCount }: Corpus): number[][] =>
  Array.from({ length: sentenceCount }, (_, s) =>
    Array.from(tokens.subarray(offsets[s], offsets[s + 1]), (row) => row - CUSTOMERS),
  );

/** The same by hand: rows in groups, sets sorted and once each, rare ones out, short ones out. */
function expected(rows: readonly Row[], { of, order, minCount }: CorpusOptions) {
  const groups = new Map<number, number[]>();
  for (const { customer, basket, product } of rows) {
    if (of === 'basket' && basket === undefined) continue;
    const key = of === 'basket' ? customer * 10 + basket! : customer;
    groups.set(key, [...(groups.get(key) ?? []), product]);
  }
  const distinct = [...groups.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, products]) => (order === 'set' ? [...new Set(products)].sort((a, b) => a - b) : products));
  const countOf = (product: number): number => distinct.flat().filter((p) => p === product).length;
  const sentences = distinct
    .map((products) => products.filter((p) => countOf(p) >= minCount))
    .filter((products) => products.length > 1);
  return { sentences, countOf, groups };
}

const rows = fc.array(
  fc.record({
    customer: fc.nat(CUSTOMERS - 1),
    product: fc.nat(PRODUCTS - 1),
    basket: fc.option(fc.nat(2), { nil: undefined }),
  }),
  { maxLength: 40 },
);
const options = fc.record({
  of: fc.constantFrom('basket' as const, 'customer' as const),
  order: fc.constantFrom('set' as const, 'sequence' as const),
  minCount: fc.integer({ min: 1, max: 6 }),
});

describe('a corpus', () => {
  test('holds what passes minCount, in order, each sentence its own', async () => {
    await fc.assert(
      fc.asyncProperty(rows, options, async (given, how) => {
        const corpus = await build(given, how);
        expect(sentencesOf(corpus)).toEqual(expected(given, how).sentences);
      }),
      { numRuns: 300 },
    );
  });

  test('accounts for every interaction, and lists what it leaves out', async () => {
    await fc.assert(
      fc.asyncProperty(rows, options, async (given, how) => {
        const corpus = await build(given, how);
        const { sentences, countOf, groups } = expected(given, how);
        const { facts, rare, alone, counts } = corpus;
        const products = Array.from({ length: PRODUCTS }, (_, p) => p);
        const trained = products.map((p) => sentences.flat().filter((x) => x === p).length);
        expect([...counts]).toEqual(trained);
        expect(rare).toEqual(
          products
            .filter((p) => countOf(p) > 0 && countOf(p) < how.minCount)
            .map((p) => ({ position: p, count: countOf(p) })),
        );
        expect(alone).toEqual(products.filter((p) => countOf(p) >= how.minCount && trained[p] === 0));
        const left = facts.tokens + facts.rareTokens + facts.repeats + facts.withoutBasket;
        const short = given.length - left; // tokens of sentences that are too short
        expect(short).toBeGreaterThanOrEqual(0);
        expect(short).toBeLessThanOrEqual(facts.shortSentences);
        expect(facts.shortSentences).toBe(groups.size - facts.sentences);
        expect(facts).toMatchObject({ rareProducts: rare.length, aloneProducts: alone.length });
        expect(corpus.longest).toBe(Math.max(0, ...sentences.map((s) => s.length)));
      }),
      { numRuns: 300 },
    );
  });

  test('as sets does not know in what order a basket was written down', async () => {
    const shuffled = fc.tuple(rows, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })));
    await fc.assert(
      fc.asyncProperty(shuffled, async ([given, random]) => {
        const how: CorpusOptions = { of: 'basket', order: 'set', minCount: 1 };
        // Rows of a basket change places among themselves.
        const isMate = (a: Row, b: Row): boolean => a.customer === b.customer && a.basket === b.basket;
        const dealt = given
          .map((row) => ({ row, at: random.next().value as number }))
          .sort((x, y) => x.at - y.at)
          .map(({ row }) => row);
        const mixed = given.map((row) => {
          const at = dealt.findIndex((other) => isMate(row, other));
          return dealt.splice(at, 1)[0]!;
        });
        const [a, b] = [await build(given, how), await build(mixed, how)];
        expect(b).toEqual(a);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the key of a sentence', () => {
  const how: CorpusOptions = { of: 'basket', order: 'sequence', minCount: 1 };
  const basket = (customer: number, number: number): Row[] =>
    [0, 1].map((product) => ({ customer, product, basket: number }));
  const keysOf = async (given: readonly Row[]): Promise<string[]> => {
    const { keyHashes } = await build(given, how);
    return Array.from({ length: keyHashes.length / 2 }, (_, s) => `${keyHashes.subarray(2 * s, 2 * s + 2)}`);
  };

  test('does not change when others buy, or when the customer comes again', async () => {
    const [first, second] = await keysOf([...basket(1, 0), ...basket(1, 1)]);
    const later = await keysOf([
      ...basket(0, 0),
      ...basket(1, 0),
      ...basket(3, 2),
      ...basket(1, 1),
      ...basket(1, 2),
    ]);
    expect(later.slice(1, 3)).toEqual([first, second]);
    expect(new Set(later).size).toBe(5);
  });

  test('is the customer’s own where sentences are customers', async () => {
    const { keyHashes } = await build(basket(2, 0), { ...how, of: 'customer' });
    expect([...keyHashes]).toEqual([...SNAPSHOT.keyHashes.subarray(4, 6)]);
  });
});

test('a position beyond its type is refused with the row', async () => {
  const wrong = [{ customer: 0, product: PRODUCTS, basket: 0 }];
  await expect(build(wrong, { of: 'basket', order: 'set', minCount: 1 })).rejects.toMatchObject({
    code: 'GRAPH_EDGE_INVALID',
    details: { row: 0, field: 'product', found: PRODUCTS },
  });
});

test('a signal that has fired stops it', async () => {
  const signal = AbortSignal.abort();
  await expect(build([], { of: 'basket', order: 'set', minCount: 1, signal })).rejects.toMatchObject({
    code: 'ABORTED',
  });
});
