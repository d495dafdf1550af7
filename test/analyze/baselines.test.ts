import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createCoCounts,
  createItemKnn,
  createPersonalTop,
  createPopularity,
  createRecentItemKnn,
  createRp3b,
  createWalk3,
  planBaselines,
} from '../../src/analyze/baselines.ts';
import { buildIncidence, toAges, toCustomerPairs, transpose } from '../../src/analyze/incidence.ts';
import type { Scorer } from '../../src/analyze/types.ts';
import {
  multiply,
  type Row,
  type SmallShop,
  smallShops,
  sum,
  toColumns,
  toDense,
  transposed,
} from './small-data.ts';

const toInput = ({ customers, products, rows }: SmallShop) => {
  const columns = toColumns(rows);
  const train = buildIncidence(toCustomerPairs(columns), customers, products);
  return {
    columns,
    population: { train, trainByProduct: transpose(train), ages: toAges(columns, train), decay: 0.7 },
    seed: 1,
  };
};

function scoresOf(scorer: Scorer, customer: number, products: number): number[] {
  const scores = new Float32Array(products).fill(Number.NaN); // an entry that is not written shows
  scorer.score(customer, scores);
  return Array.from(scores);
}

const toPairs = (rows: readonly Row[]): [number, number][] => rows.map(([c, p]) => [c, p]);

/** For every customer of random shops, the scorer equals `dense(shop)[customer]` to f32 precision. */
function expectDense(
  create: (input: ReturnType<typeof toInput>) => Scorer,
  dense: (shop: SmallShop) => number[][],
): void {
  fc.assert(
    fc.property(smallShops, (shop) => {
      const scorer = create(toInput(shop));
      const expected = dense(shop);
      for (let c = 0; c < shop.customers; c++) {
        for (const [p, score] of scoresOf(scorer, c, shop.products).entries())
          expect(score).toBeCloseTo(expected[c]![p]!, 5);
      }
    }),
  );
}

/** Item-kNN as it is defined, product × product and all. */
function toSimilarity({ customers, products, rows }: SmallShop): number[][] {
  const x = toDense(toPairs(rows), customers, products).map((row) =>
    row.map((v) => (v === 0 ? 0 : v / Math.sqrt(sum(row)))),
  );
  const gram = multiply(transposed(x), x);
  return gram.map((row, q) =>
    row.map((dot, p) => (dot === 0 ? 0 : dot / Math.sqrt(gram[q]![q]! * gram[p]![p]!))),
  );
}

/** Rows divided by their sums; rows of zeros stay. */
const toTransitions = (a: number[][]): number[][] =>
  a.map((row) => row.map((v) => (v === 0 ? 0 : v / sum(row))));

describe('sparse scorers equal their dense definitions', () => {
  test('popularity: distinct customers', () => {
    expectDense(
      ({ population }) => createPopularity(population.trainByProduct),
      ({ customers, products, rows }) => {
        const column = transposed(toDense(toPairs(rows), customers, products)).map(sum);
        return Array.from({ length: customers }, () => column);
      },
    );
  });

  test('item-knn: all similarities, none cut off', () => {
    expectDense(
      ({ population }) => createItemKnn(population),
      (shop) => multiply(toDense(toPairs(shop.rows), shop.customers, shop.products), toSimilarity(shop)),
    );
  });

  test('item-knn-recent: weighted by decay^age', () => {
    expectDense(
      ({ population }) => createRecentItemKnn(population),
      (shop) => {
        const { population } = toInput(shop);
        const weights = toDense([], shop.customers, shop.products);
        for (let c = 0; c < shop.customers; c++) {
          for (let i = population.train.offsets[c]!; i < population.train.offsets[c + 1]!; i++) {
            weights[c]![population.train.items[i]!] = 0.7 ** population.ages[i]!;
          }
        }
        return multiply(weights, toSimilarity(shop));
      },
    );
  });

  const walkThree = ({ customers, products, rows }: SmallShop): number[][] => {
    const x = toDense(toPairs(rows), customers, products);
    const [forth, back] = [toTransitions(x), toTransitions(transposed(x))];
    return multiply(multiply(forth, back), forth);
  };

  test('walk-3: the third power of the transition matrix', () => {
    expectDense(({ population }) => createWalk3(population), walkThree);
  });

  test('rp3b: divided by degree^β', () => {
    expectDense(
      ({ population }) => createRp3b(population, 0.5),
      (shop) => {
        const degrees = transposed(toDense(toPairs(shop.rows), shop.customers, shop.products)).map(sum);
        return walkThree(shop).map((row) => row.map((v, p) => (v === 0 ? 0 : v / Math.sqrt(degrees[p]!))));
      },
    );
  });

  test('co-counts: baskets that hold both, or customers where there are no baskets', () => {
    expectDense(
      (input) => createCoCounts(input),
      ({ customers, products, baskets, rows }) => {
        const named = rows.filter((r) => r[2] !== undefined);
        const groups =
          named.length > 0
            ? toDense(
                named.map((r) => [r[2]!, r[1]]),
                baskets,
                products,
              )
            : toDense(toPairs(rows), customers, products);
        const together = multiply(transposed(groups), groups).map((row, q) =>
          row.map((v, p) => (q === p ? 0 : v)),
        );
        return multiply(toDense(toPairs(rows), customers, products), together);
      },
    );
  });
});

test('walk-3 of a customer with purchases is a distribution', () => {
  fc.assert(
    fc.property(smallShops, (shop) => {
      const scorer = createWalk3(toInput(shop).population);
      const customer = shop.rows[0]![0];
      expect(sum(scoresOf(scorer, customer, shop.products))).toBeCloseTo(1, 5);
    }),
  );
});

describe('personal-top', () => {
  // Customer 0 bought product 1 three times, 2 and 3 once; 3 is the more popular of the two; 0 is the most popular of all.
  const rows: Row[] = [
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 3],
    [1, 0],
    [2, 0],
    [3, 0],
  ];
  const { population } = toInput({ customers: 4, products: 5, baskets: 1, rows });
  const scorer = createPersonalTop(population.train, population.trainByProduct);
  const order = (customer: number): number[] => {
    const scores = scoresOf(scorer, customer, 5);
    return [0, 1, 2, 3, 4].sort((a, b) => scores[b]! - scores[a]!);
  };

  test('own products by count, then popularity; the others by popularity', () => {
    expect(order(0)).toEqual([1, 3, 2, 0, 4]);
  });
  test('equal count and popularity are left to the shuffle', () => {
    const tied = toInput({
      customers: 1,
      products: 3,
      baskets: 1,
      rows: [
        [0, 0],
        [0, 1],
      ],
    }).population;
    const scores = scoresOf(createPersonalTop(tied.train, tied.trainByProduct), 0, 3);
    expect(scores[0]).toBe(scores[1]);
    expect(scores[2]).toBeLessThan(scores[0]!);
  });
  test('a customer without purchases gets popularity', () => {
    const empty = toInput({
      customers: 2,
      products: 3,
      baskets: 1,
      rows: [
        [0, 2],
        [0, 1],
      ],
    }).population;
    expect(scoresOf(createPersonalTop(empty.train, empty.trainByProduct), 1, 3)).toEqual([0, 0.5, 0.5]);
  });
});

describe('the report says what a baseline had to do without', () => {
  const notesOf = (rows: Row[]): readonly string[] | undefined =>
    createCoCounts(toInput({ customers: 2, products: 3, baskets: 2, rows })).notes;
  test.each([
    {
      rows: [
        [0, 0],
        [0, 1],
      ] as Row[],
      says: /no interaction names a basket/,
    },
    {
      rows: [
        [0, 0, 0],
        [0, 1],
      ] as Row[],
      says: /^1 training interactions name no basket/,
    },
  ])('$says', ({ rows, says }) => {
    expect(notesOf(rows)).toEqual([expect.stringMatching(says)]);
  });
  test('nothing, when all rows have one', () => {
    expect(
      notesOf([
        [0, 0, 0],
        [0, 1, 1],
      ]),
    ).toEqual([]);
  });
  test('recency only where order is known', () => {
    const input = toInput({
      customers: 1,
      products: 2,
      baskets: 1,
      rows: [
        [0, 0],
        [0, 1],
      ],
    });
    const named = planBaselines(input).map((s) => s.name);
    const withoutAges = { ...input, population: { ...input.population, ages: undefined } };
    expect(named).toContain('item-knn-recent');
    expect(planBaselines(withoutAges).map((s) => s.name)).toEqual(
      named.filter((n) => n !== 'item-knn-recent'),
    );
  });
  test('every plan makes the scorer it names', () => {
    const plans = planBaselines(
      toInput({
        customers: 1,
        products: 2,
        baskets: 1,
        rows: [
          [0, 0],
          [0, 1],
        ],
      }),
    );
    expect(plans.map((p) => p.create().name)).toEqual(plans.map((p) => p.name));
  });
});
