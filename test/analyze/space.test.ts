import { describe, expect, test } from 'vitest';
import { toLabels } from '../../src/analyze/labels.ts';
import { measurePurity } from '../../src/analyze/purity.ts';
import { toRowTable } from '../../src/analyze/row-scan.ts';
import { measureSilhouette } from '../../src/analyze/silhouette.ts';
import { measureSpace } from '../../src/analyze/space.ts';
import { Matrix } from '../../src/base/matrix.ts';
import type { EdgeColumns } from '../../src/graph/types.ts';
import { sum, toRandom } from './small-data.ts';

const noPause = (): undefined => undefined;

const toEdges = (pairs: readonly (readonly [number, number])[]): EdgeColumns[] => [
  {
    count: pairs.length,
    from: Uint32Array.from(pairs, (p) => p[0]),
    to: Uint32Array.from(pairs, (p) => p[1]),
    weight: new Float32Array(pairs.length).fill(1),
  },
];

/** One value `k/v<i>` per entry of `values`; -1 carries none. */
const toKind = (values: readonly number[]) =>
  toLabels(
    Array.from({ length: Math.max(...values) + 1 }, (_, v) => `k/v${v}`),
    toEdges(values.flatMap((v, i) => (v < 0 ? [] : [[i, v] as const]))),
    values.length,
  )[0]!;

function toTable(rows: readonly (readonly number[])[]) {
  const matrix = new Matrix(Float32Array.from(rows.flat()), rows.length, rows[0]!.length);
  return toRowTable(matrix, { start: 0, end: rows.length }, 'cosine');
}

const purityOptions = {
  neighbors: 2,
  maxQueries: 1000,
  minQueries: 1000,
  permutations: 50,
  seed: 1,
  pause: noPause,
};
const silhouetteOptions = { maxPoints: 1000, permutations: 20, budget: 1e12, seed: 1, pause: noPause };

/** Directions on a circle, by degrees. */
const toCircle = (degrees: readonly number[]): number[][] =>
  degrees.map((a) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)]);

describe('toLabels', () => {
  test('one table per kind; a value may hold slashes', () => {
    const kinds = toLabels(
      ['aisle/24', 'brand/a/b', 'aisle/3'],
      toEdges([
        [0, 0],
        [0, 1],
        [1, 2],
        [1, 0],
      ]),
      3,
    );
    expect(kinds.map((k) => [k.kind, k.labels.cols, k.labels.items.length])).toEqual([
      ['aisle', 2, 3],
      ['brand', 1, 1],
    ]);
  });
  test('an edge to nowhere is refused', () => {
    expect(() => toLabels(['a/1'], toEdges([[0, 1]]), 1)).toThrow(
      expect.objectContaining({ code: 'GRAPH_EDGE_INVALID' }),
    );
    expect(() => toLabels(['a/1'], toEdges([[1, 0]]), 1)).toThrow(
      expect.objectContaining({ code: 'GRAPH_EDGE_INVALID' }),
    );
  });
});

describe('purity by hand', () => {
  const table = toTable(toCircle([0, 10, 25, 90, 100]));
  test('share of the two nearest with the same value, mean over the labelled', async () => {
    // Nearest two: 0 → 10, 25; 10 → 0, 25; 25 → 10, 0; 90 → 100, 25; 100 → 90, 25.
    const [purity] = await measurePurity([toKind([0, 0, 1, 1, 1])], table, purityOptions);
    expect(purity!.observed).toBeCloseTo((1 / 2 + 1 / 2 + 0 + 1 + 1) / 5, 12);
    expect(purity!.queries).toBe(5);
  });
  test('who carries no value is neither asked nor a neighbour', async () => {
    // Without the node at 25: 0 → 10, 90; 10 → 0, 90; 90 → 100, 10; 100 → 90, 10.
    const [purity] = await measurePurity([toKind([0, 0, -1, 1, 1])], table, purityOptions);
    expect(purity!.observed).toBeCloseTo(1 / 2, 12);
    expect(purity!.queries).toBe(4);
  });
  test('of several values one in common is enough', async () => {
    const [kind] = toLabels(
      ['k/a', 'k/b'],
      toEdges([
        [0, 0],
        [1, 0],
        [1, 1],
        [2, 1],
        [3, 1],
        [4, 0],
      ]),
      5,
    );
    const [purity] = await measurePurity([kind!], table, purityOptions);
    expect(purity!.observed).toBeCloseTo((1 / 2 + 1 + 1 / 2 + 1 / 2 + 0) / 5, 12);
  });
  test('a node without a vector is not there', async () => {
    const [purity] = await measurePurity(
      [toKind([0, 0, 0])],
      toTable([
        [1, 0],
        [0, 0],
        [1, 1],
      ]),
      purityOptions,
    );
    expect(purity!).toMatchObject({ observed: 1, queries: 2 });
  });
  test('one labelled node alone has no purity', async () => {
    expect(await measurePurity([toKind([0, -1, -1, -1, -1])], table, purityOptions)).toEqual([undefined]);
  });
});

/** Two tight bundles of directions in six dimensions, or none. */
function toBundles(n: number, tight: boolean): number[][] {
  const random = toRandom(5);
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: 6 }, (_, d) => random() - 0.5 + (tight && d === i % 2 ? 4 : 0)),
  );
}
const HALVES = Array.from({ length: 80 }, (_, i) => i % 2);

describe('against the random null', () => {
  test('planted bundles are pure, and the null is what single-valued labels give by chance', async () => {
    const [purity] = await measurePurity([toKind(HALVES)], toTable(toBundles(80, true)), {
      ...purityOptions,
      neighbors: 10,
    });
    expect(purity!.observed).toBe(1);
    expect(Math.abs(purity!.chance.mean - 39 / 79)).toBeLessThan(0.02); // 39 of the 79 others share the value
    expect(purity!.chance.high).toBeLessThan(0.7);
  });
  test('no structure: the observed value lies within the band', async () => {
    const [purity] = await measurePurity([toKind(HALVES)], toTable(toBundles(80, false)), {
      ...purityOptions,
      neighbors: 10,
    });
    expect(purity!.observed).toBeGreaterThan(purity!.chance.low - 0.05);
    expect(purity!.observed).toBeLessThan(purity!.chance.high + 0.05);
  });
  test('identical vectors give chance, not the order of rows', async () => {
    const sorted = HALVES.toSorted((a, b) => a - b);
    const [purity] = await measurePurity([toKind(sorted)], toTable(sorted.map(() => [1, 1])), {
      ...purityOptions,
      neighbors: 10,
    });
    expect(Math.abs(purity!.observed - 39 / 79)).toBeLessThan(0.12);
  });
});

/** Silhouette from all pairwise distances, as Rousseeuw writes it. */
function toNaiveSilhouette(rows: readonly (readonly number[])[], values: readonly number[]): number {
  const norm = (a: readonly number[]): number => Math.sqrt(sum(a.map((x) => x * x)));
  const distance = (i: number, j: number): number =>
    1 - sum(rows[i]!.map((x, d) => x * rows[j]![d]!)) / (norm(rows[i]!) * norm(rows[j]!));
  const points = values.map((own, i) => {
    const meanTo = (value: number): number => {
      const others = values.flatMap((v, j) => (v === value && j !== i ? [distance(i, j)] : []));
      return sum(others) / others.length;
    };
    if (values.filter((v) => v === own).length === 1) return 0;
    const a = meanTo(own);
    const b = Math.min(...[...new Set(values)].filter((v) => v !== own).map(meanTo));
    return (b - a) / Math.max(a, b);
  });
  return sum(points) / points.length;
}

describe('silhouette', () => {
  test.each([
    { name: 'bundles, right labels', rows: toBundles(40, true), values: HALVES.slice(0, 40) },
    { name: 'no bundles', rows: toBundles(40, false), values: HALVES.slice(0, 40) },
    {
      name: 'four values, one of them once',
      rows: toBundles(13, true),
      values: [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 3],
    },
  ])('equals the pairwise definition: $name', async ({ rows, values }) => {
    const silhouette = await measureSilhouette(toKind(values), toTable(rows), silhouetteOptions);
    expect(silhouette!.observed).toBeCloseTo(toNaiveSilhouette(rows, values), 5);
  });
  test('planted bundles stand clear of their null, which lies around 0', async () => {
    const silhouette = await measureSilhouette(
      toKind(HALVES),
      toTable(toBundles(80, true)),
      silhouetteOptions,
    );
    expect(silhouette!.observed).toBeGreaterThan(0.8);
    expect(Math.abs(silhouette!.chance.mean)).toBeLessThan(0.05);
  });
  test('a budget takes fewer points, never fewer than a hundred', async () => {
    const values = Array.from({ length: 300 }, (_, i) => i % 2);
    const silhouette = await measureSilhouette(toKind(values), toTable(toBundles(300, true)), {
      ...silhouetteOptions,
      budget: 1,
    });
    expect(silhouette!.points).toBe(100);
    expect(silhouette!.observed).toBeGreaterThan(0.8);
  });
  test('one value has none', async () => {
    expect(
      await measureSilhouette(toKind([0, 0, 0]), toTable(toCircle([0, 1, 2])), silhouetteOptions),
    ).toBeUndefined();
  });
});

test('measureSpace reports products and customer traits apart, and why a figure is missing', async () => {
  const rows = toBundles(80, true);
  const model = {
    vectors: new Matrix(Float32Array.from(rows.flat()), 80, 6),
    contexts: new Matrix(new Float32Array(480), 80, 6),
    ranges: [
      { type: 'customer', start: 0, end: 40 },
      { type: 'product', start: 40, end: 80 },
    ] as const,
  };
  const ids = ['colour/red', 'colour/blue', 'segment/a', 'tag/x', 'tag/y'];
  const attributes = {
    ids,
    product: toEdges(
      Array.from(
        { length: 40 },
        (_, i) =>
          [
            [i, i % 2],
            [i, 3],
            [i, 4],
          ] as const,
      ).flat(),
    ),
    customer: toEdges(Array.from({ length: 40 }, (_, i) => [i, 2] as const)),
    walked: true,
  };
  const space = await measureSpace({ model, attributes, customerCount: 40, productCount: 40, seed: 1 }, {});
  expect(space.kinds.map((k) => [k.owner, k.kind, k.values, k.labelled, k.multiValued])).toEqual([
    ['product', 'colour', 2, 40, 0],
    ['product', 'tag', 2, 40, 40],
    ['customer', 'segment', 1, 40, 0],
  ]);
  expect(space.kinds[0]!.purity!.observed).toBe(1);
  expect(space.kinds[1]!.silhouette).toBeNull();
  expect(space.kinds[1]!.notes).toEqual([expect.stringContaining('no silhouette')]);
  expect(space.text).toContain('by construction');
});
