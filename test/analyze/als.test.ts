/** ALS: each solved row against the normal equations in dense form, and what must hold of the whole. */
import { describe, expect, test } from 'vitest';
import { type AlsParams, fitAls, solveSide } from '../../src/analyze/als.ts';
import { createAls, MAX_ALS_PAIRS } from '../../src/analyze/als-scorer.ts';
import { evaluateSplit } from '../../src/analyze/evaluate.ts';
import { buildIncidence, transpose } from '../../src/analyze/incidence.ts';
import { buildPopulation } from '../../src/analyze/population.ts';
import { createRandom } from '../../src/base/rng.ts';
import { CUSTOMERS, toShop } from './planted-shop.ts';
import { multiply, toDense, transposed } from './small-data.ts';

const [ROWS, COLS] = [9, 7];
const PARAMS: AlsParams = { factors: 3, sweeps: 4, regularization: 0.7, confidence: 5, steps: 3 };
const noPause = () => undefined;

/** The last customer bought nothing. */
const PAIRS = Array.from({ length: 24 }, (_, i) => [(i * 5) % (ROWS - 1), (i * i + 2 * i) % COLS] as const);
const train = buildIncidence(
  {
    count: PAIRS.length,
    row: Uint32Array.from(PAIRS, ([row]) => row),
    col: Uint32Array.from(PAIRS, ([, col]) => col),
  },
  ROWS,
  COLS,
);
const dense = toDense(PAIRS, ROWS, COLS);

const toMatrix = (values: Float64Array, factors: number): number[][] =>
  Array.from({ length: values.length / factors }, (_, i) => [
    ...values.subarray(i * factors, (i + 1) * factors),
  ]);

/** Gaussian elimination with pivots. */
function solve(a: number[][], b: number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]!]);
  const n = b.length;
  for (let i = 0; i < n; i++) {
    const pivot = rows.slice(i).reduce((best, row) => (Math.abs(row[i]!) > Math.abs(best[i]!) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(i, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const share = row[i]! / pivot[i]!;
      for (let j = i; j <= n; j++) row[j]! -= share * pivot[j]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

/** (Yᵀ W Y + λI) x = Yᵀ W b, with the whole diagonal W, zeros and ones alike. */
function solveDense(
  bought: readonly number[],
  y: number[][],
  { regularization, confidence }: AlsParams,
): number[] {
  const w = bought.map((b) => 1 + confidence * b);
  const weighted = y.map((row, p) => row.map((value) => value * w[p]!));
  const normal = multiply(transposed(y), weighted);
  const right = normal.map((_, f) => bought.reduce((sum, b, p) => sum + weighted[p]![f]! * b, 0));
  return solve(
    normal.map((row, f) => row.map((value, g) => value + (f === g ? regularization : 0))),
    right,
  );
}

/** The objective over all pairs. */
function toLoss(x: number[][], y: number[][], { regularization, confidence }: AlsParams): number {
  const square = (rows: number[][]): number => rows.flat().reduce((sum, value) => sum + value * value, 0);
  const errors = dense.flatMap((row, c) =>
    row.map(
      (b, p) => (1 + confidence * b) * (b - x[c]!.reduce((sum, value, f) => sum + value * y[p]![f]!, 0)) ** 2,
    ),
  );
  return errors.reduce((a, b) => a + b, 0) + regularization * (square(x) + square(y));
}

const start = (rows: number, seed: number): Float64Array => {
  const random = createRandom(seed);
  return Float64Array.from({ length: rows * PARAMS.factors }, () => random() - 0.5);
};

describe('one side', () => {
  test('with as many steps as factors, every row is the solution of its normal equations', async () => {
    const [solved, held] = [start(ROWS, 1), start(COLS, 2)];
    await solveSide(train, { solved, held }, PARAMS, noPause);
    const y = toMatrix(held, PARAMS.factors);
    for (const [c, row] of toMatrix(solved, PARAMS.factors).entries())
      for (const [f, value] of solveDense(dense[c]!, y, PARAMS).entries())
        expect(row[f]).toBeCloseTo(value, 9);
  });

  test('who bought nothing has zeros, wherever they started', async () => {
    const solved = start(ROWS, 3);
    await solveSide(train, { solved, held: start(COLS, 4) }, PARAMS, noPause);
    expect([...solved.subarray((ROWS - 1) * PARAMS.factors)]).toEqual([0, 0, 0]);
  });

  test('one step goes part of the way', async () => {
    const [solved, held] = [start(ROWS, 1), start(COLS, 2)];
    const y = toMatrix(held, PARAMS.factors);
    const before = toLoss(toMatrix(solved, PARAMS.factors), y, PARAMS);
    await solveSide(train, { solved, held }, { ...PARAMS, steps: 1 }, noPause);
    const between = toLoss(toMatrix(solved, PARAMS.factors), y, PARAMS);
    await solveSide(train, { solved, held }, PARAMS, noPause);
    const after = toLoss(toMatrix(solved, PARAMS.factors), y, PARAMS);
    expect(before).toBeGreaterThan(between);
    expect(between).toBeGreaterThan(after);
  });
});

describe('the whole', () => {
  const learn = (params: Partial<AlsParams> = {}, seed = 5) =>
    fitAls(
      { train, trainByProduct: transpose(train) },
      { ...PARAMS, ...params },
      { random: createRandom(seed), pause: noPause },
    );

  test('more sweeps never raise the objective', async () => {
    const losses: number[] = [];
    for (const sweeps of [1, 2, 4, 16]) {
      const { customers, products } = await learn({ sweeps });
      losses.push(toLoss(toMatrix(customers, PARAMS.factors), toMatrix(products, PARAMS.factors), PARAMS));
    }
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
  });

  test('the same seed gives the same factors, to the bit', async () => {
    expect(await learn()).toEqual(await learn());
    expect(await learn()).not.toEqual(await learn({}, 6));
  });
});

describe('as a scorer', () => {
  test('one customer and several at once score alike, and it is fitted once', async () => {
    const population = await buildPopulation(toShop(2));
    let drawn = 0;
    const random = createRandom(1);
    const als = createAls(population, () => {
      drawn++;
      return random();
    });
    const alone = new Float32Array(60);
    await als.score(7, alone);
    const both = [new Float32Array(60), new Float32Array(60)];
    await als.scoreMany!([7, 8], both, noPause);
    expect(both[0]).toEqual(alone);
    expect(both[1]).not.toEqual(alone);
    expect(drawn).toBe((CUSTOMERS + 60) * 32);
  });

  test('finds the halves of a shop better than popularity does', async () => {
    const { protocols, notes } = await evaluateSplit(toShop(2));
    const of = (scorer: string) => protocols.new.results.find((r) => r.scorer === scorer)!.at.at(-1)!.recall;
    expect(of('als').low).toBeGreaterThan(of('popularity').mean);
    expect(notes.join()).not.toContain('als was left out');
    expect(MAX_ALS_PAIRS).toBeGreaterThan(500_000);
  });
});
