/** The fold-in against nodes whose trained vectors are known: they are left out of training, or out of sight. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { NodeType } from '../../src/base/ids.ts';
import { Matrix } from '../../src/base/matrix.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { type FoldIn, prepareFoldIn, type Touched } from '../../src/refresh/fold-in.ts';
import type { Training } from '../../src/train/trainer.ts';
import type { MemoryData } from '../graph/memory-source.ts';
import { plantShop, type ShopSize, trainShop } from '../train/planted-shop.ts';

const SIZE: ShopSize = { blocks: 4, customers: 40, products: 25, purchases: 10, insideShare: 0.9 };
/** Products carry their block as an attribute, too: a line that tells everything, beside a brand that tells nothing. */
function plant(): MemoryData {
  const shop = plantShop(SIZE);
  const lines = shop.productAttributes!.map(({ owner }) => ({ owner, kind: 'line', value: blockOf(owner) }));
  return { ...shop, productAttributes: [...shop.productAttributes!, ...lines] };
}
const blockOf = (id: string): string => id.split('-')[0]!;
/** Withheld: every tenth customer and product. */
const isWithheld = (id: string): boolean => /-[cp]\d\d4$/.test(id);

let all: MemoryData;
let g: Snapshot;
let training: Training;
let foldIn: FoldIn;
const rowOf = (type: NodeType, id: string): number => {
  const { start, end } = g.ranges.find((r) => r.type === type)!;
  return g.ids.slice(start, end).indexOf(id) + start;
};
const productsOf = (customer: string): Touched[] =>
  all.interactions
    .filter((i) => i.customer === customer && !isWithheld(i.product))
    .map(({ product }) => ({ row: rowOf('product', product), weight: 1 }));
const attributesOf = (product: string): Touched[] =>
  all
    .productAttributes!.filter(({ owner }) => owner === product)
    .map(({ kind, value }) => ({ row: rowOf('attribute', `${kind}/${value}`), weight: 1 }));
const buyersOf = (product: string): Touched[] =>
  all.interactions
    .filter((i) => i.product === product && !isWithheld(i.customer))
    .map(({ customer }) => ({ row: rowOf('customer', customer), weight: 1 }));

beforeAll(async () => {
  all = plant();
  ({ g, training } = await trainShop(
    {
      interactions: all.interactions.filter((i) => !isWithheld(i.customer) && !isWithheld(i.product)),
      productAttributes: all.productAttributes!.filter(({ owner }) => !isWithheld(owner)),
    },
    { train: { passes: 20 } },
  ));
  foldIn = await prepareFoldIn({ ...training, graph: g });
});

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

/** Of the products a row scores best, the share from `block`. */
function shareOfBlock(block: string, type: NodeType, score: (row: number) => number): number {
  const { start, end } = g.ranges.find((r) => r.type === type)!;
  const rows = Array.from({ length: end - start }, (_, i) => start + i);
  const best = rows.sort((a, b) => score(b) - score(a)).slice(0, 10);
  return best.filter((row) => blockOf(g.ids[row]!) === block).length / best.length;
}
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const withheld = (kind: 'c' | 'p'): string[] =>
  [...new Set(all.interactions.map((i) => (kind === 'c' ? i.customer : i.product)))].filter(isWithheld);

describe('a new customer', () => {
  test('is offered the products of its block by in·out', () => {
    const customers = withheld('c');
    expect(customers).toHaveLength(16);
    const shares = customers.map((id) => {
      const { vector, basis } = foldIn.fold('customer', productsOf(id))!;
      expect(basis).toEqual({ interactions: productsOf(id).length, attributes: 0 });
      return shareOfBlock(blockOf(id), 'product', (row) => dot(vector, training.contexts.row(row)));
    });
    // Four blocks alike: a quarter by chance, with 160 places a standard error of 0.034.
    expect(mean(shares)).toBeGreaterThan(0.8);
  });

  test('has its trained neighbours among those of its block, by cosine of vectors', () => {
    const shares = withheld('c').map((id) => {
      const { vector } = foldIn.fold('customer', productsOf(id))!;
      return shareOfBlock(blockOf(id), 'customer', (row) => cosine(vector, training.vectors.row(row)));
    });
    expect(mean(shares)).toBeGreaterThan(0.8);
  });
});

describe('a new product', () => {
  const share = (id: string, touched: Touched[]): number => {
    const { context } = foldIn.fold('product', touched)!;
    return shareOfBlock(blockOf(id), 'customer', (row) => dot(training.vectors.row(row), context));
  };

  test.each([
    { by: 'its attributes', edges: (id: string) => attributesOf(id) },
    { by: 'its buyers', edges: (id: string) => buyersOf(id) },
    { by: 'both', edges: (id: string) => [...attributesOf(id), ...buyersOf(id)] },
  ])('goes to customers of its block by $by', ({ edges }) => {
    const products = withheld('p');
    expect(products).toHaveLength(12);
    // A quarter by chance, with 120 places a standard error of 0.04.
    expect(mean(products.map((id) => share(id, edges(id))))).toBeGreaterThan(0.8);
  });

  test('says what it was based on, attributes and interactions apart', () => {
    const [id] = withheld('p');
    const buyers = buyersOf(id!);
    const { basis } = foldIn.fold('product', [...attributesOf(id!), ...buyers])!;
    expect(basis).toEqual({ interactions: buyers.length, attributes: 2 });
  });

  test('an attribute that tells nothing moves it less than the one that tells its block', () => {
    const brand = foldIn.fold('product', [{ row: rowOf('attribute', 'brand/0'), weight: 1 }])!;
    const line = foldIn.fold('product', [{ row: rowOf('attribute', 'line/b0'), weight: 1 }])!;
    const average = foldIn.fold(
      'product',
      [rowOf('attribute', 'brand/0'), rowOf('attribute', 'brand/1')].map((row) => ({ row, weight: 1 })),
    )!;
    const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((x, i) => x - b[i]!));
    expect(distance(brand.context, average.context)).toBeLessThan(
      distance(line.context, average.context) / 2,
    );
  });
});

describe('a trained node, folded in from its own edges', () => {
  /** Share of the squared distance of the rows of a type from their mean that a guess explains. */
  function toExplained(type: NodeType, guess: (touched: Touched[]) => ArrayLike<number>): number {
    const { start, end } = g.ranges.find((r) => r.type === type)!;
    const rows = Array.from({ length: end - start }, (_, i) => start + i).filter(
      (v) => g.offsets[v + 1]! > g.offsets[v]!,
    );
    const center = toMean(rows);
    let missed = 0;
    let total = 0;
    for (const v of rows) {
      const targets = g.targets.subarray(g.offsets[v]!, g.offsets[v + 1]!);
      const guessed = guess(Array.from(targets, (row) => ({ row, weight: 1 })));
      training.vectors.row(v).forEach((x, d) => {
        missed += (x - guessed[d]!) ** 2;
        total += (x - center[d]!) ** 2;
      });
    }
    return 1 - missed / total;
  }
  const toMean = (rows: readonly number[]): Float64Array =>
    Float64Array.from({ length: training.vectors.cols }, (_, d) =>
      mean(rows.map((v) => training.vectors.row(v)[d]!)),
    );

  test.each(['customer', 'product'] as const)(
    'a %s lies near where training put it: more than half of its distance from the mean is explained',
    (type) => {
      expect(toExplained(type, (touched) => foldIn.fold(type, touched)!.vector)).toBeGreaterThan(0.5);
      // Any other trained node's row explains less than nothing.
      const { start } = g.ranges.find((r) => r.type === type)!;
      expect(toExplained(type, () => training.vectors.row(start))).toBeLessThan(0);
    },
  );

  test('has the in·out of real pairs with what it touches, which a mean of vectors has not', () => {
    const { start, end } = g.ranges[0]!;
    const customers = Array.from({ length: end - start }, (_, i) => start + i);
    const targetsOf = (v: number): number[] =>
      Array.from(g.targets.subarray(g.offsets[v]!, g.offsets[v + 1]!));
    const scoreOf = (v: number, row: ArrayLike<number>): number =>
      mean(targetsOf(v).map((u) => dot(row, training.contexts.row(u))));
    const real = mean(customers.map((v) => scoreOf(v, training.vectors.row(v))));
    const folded = customers.map((v) => {
      const touched = targetsOf(v).map((row) => ({ row, weight: 1 }));
      return scoreOf(v, foldIn.fold('customer', touched)!.vector);
    });
    const averaged = customers.map((v) => scoreOf(v, toMean(targetsOf(v))));
    // Noise holds the fold-in back from the full level, on purpose: a few edges prove less than many.
    expect(Math.abs(mean(folded) - real)).toBeLessThan(0.25 * real);
    expect(Math.abs(mean(folded) - real)).toBeLessThan(Math.abs(mean(averaged) - real));
  });
});

describe('what is touched', () => {
  const edges = (n: number): Touched[] => productsOf(withheld('c')[0]!).slice(0, n);

  test('nothing, or nothing with a vector: refused', () => {
    expect(foldIn.fold('customer', [])).toBeUndefined();
  });

  test('a row of zeros is no vector: left out, and not counted', async () => {
    const vectors = new Matrix(
      training.vectors.data.slice(),
      g.nodeCount,
      training.vectors.cols,
      training.vectors.stride,
    );
    const [first, second] = edges(2);
    vectors.row(first!.row).fill(0);
    const without = await prepareFoldIn({ vectors, contexts: training.contexts, graph: g });
    expect(without.fold('customer', [first!])).toBeUndefined();
    expect(without.fold('customer', [first!, second!])).toEqual(without.fold('customer', [second!]));
  });

  test('a heavier edge pulls further', () => {
    const [edge] = edges(1);
    const score = (weight: number): number =>
      dot(foldIn.fold('customer', [{ ...edge!, weight }])!.vector, training.contexts.row(edge!.row));
    expect(score(0.1)).toBeLessThan(score(1));
    expect(score(1)).toBeLessThan(score(10));
  });

  test('a type that was not trained has no rows to be like', async () => {
    const { ranges } = g;
    const noCustomers = new Matrix(
      training.vectors.data.slice(),
      g.nodeCount,
      training.vectors.cols,
      training.vectors.stride,
    );
    for (let v = ranges[0]!.start; v < ranges[0]!.end; v++) noCustomers.row(v).fill(0);
    const without = await prepareFoldIn({ vectors: noCustomers, contexts: training.contexts, graph: g });
    expect(without.fold('customer', edges(3))).toBeUndefined();
    expect(without.fold('product', attributesOf(withheld('p')[0]!))).toBeDefined();
  });

  test('a new attribute is regressed on its carriers', () => {
    const carriers = Array.from({ length: 8 }, (_, i) => ({
      row: rowOf('product', `b2-p00${i === 4 ? 9 : i}`),
      weight: 1,
    }));
    const { vector, basis } = foldIn.fold('attribute', carriers)!;
    expect(basis).toEqual({ interactions: 8, attributes: 0 });
    expect(shareOfBlock('b2', 'product', (row) => dot(vector, training.contexts.row(row)))).toBeGreaterThan(
      0.5,
    );
  });

  test('the same edges give the same bytes, in a second preparation too', async () => {
    const again = await prepareFoldIn({ ...training, graph: g });
    expect(again.fold('customer', edges(5))).toEqual(foldIn.fold('customer', edges(5)));
  });
});

test('one trained pair alone: numbers are finite, and a certain edge has the score of the pair', async () => {
  const rows = (...values: number[]): Matrix => new Matrix(Float32Array.from(values), 3, 2);
  const tiny = await prepareFoldIn({
    vectors: rows(1, 0, 0, 1, 0.5, 0.5),
    contexts: rows(0, 1, 1, 0, 0.5, 1),
    graph: {
      offsets: Uint32Array.of(0, 1, 1, 2),
      targets: Uint32Array.of(2, 0),
      weights: Float32Array.of(1, 1),
      ranges: [
        { type: 'customer', start: 0, end: 2 },
        { type: 'product', start: 2, end: 3 },
        { type: 'attribute', start: 3, end: 3 },
      ],
    },
  });
  const score = (weight: number): number =>
    dot(tiny.fold('customer', [{ row: 2, weight }])!.vector, [0.5, 1]);
  // Both customers have rows, but the mean is that of the one with an edge: (1, 0), whose score is 0.5.
  expect(score(1e9)).toBeCloseTo(0.5, 5);
  expect(Number.isFinite(score(1))).toBe(true);
});

test('preparing can be stopped', async () => {
  const signal = AbortSignal.abort();
  await expect(prepareFoldIn({ ...training, graph: g }, { signal })).rejects.toThrow(
    expect.objectContaining({ code: 'ABORTED' }),
  );
});
