import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/base/matrix.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { createKernelMemory } from '../../src/kernel/memory.ts';
import {
  computeSpectral,
  type SpectralModel,
  type SpectralParams,
  spectralBytes,
} from '../../src/spectral/spectral-embeddings.ts';
import { plantedGraph } from '../graph/planted-graph.ts';
import { type GraphSpec, graphSpecs, KITE, smallGraph } from '../graph/small-graph.ts';
import { type Dense, toDenseAdjacency, toEigenPairs, toFunction } from './dense.ts';

const PARAMS: SpectralParams = {
  dimension: 32,
  filterExponent: 1.5,
  degreeExponent: 0,
  rounds: 6,
  policy: {},
  seed: 1,
};
const POLICY = { product: { customer: 0.8, product: 0.8, attribute: 0.2 } };

async function compute(spec: GraphSpec, params: Partial<SpectralParams> = {}) {
  const memory = createKernelMemory(2 ** 26);
  const snapshot = smallGraph(spec, memory);
  const before = memory.usedBytes();
  const model = await computeSpectral(snapshot, memory, { ...PARAMS, ...params });
  return { snapshot, model, bytes: memory.usedBytes() - before };
}

const toRows = (matrix: Matrix): number[][] =>
  Array.from({ length: matrix.rows }, (_, v) => Array.from(matrix.row(v)));

const product = (a: Dense, b: Dense): Dense =>
  a.map((row) => b.map((other) => row.reduce((sum, x, i) => sum + x * other[i]!, 0)));

/** in·out of every pair of nodes. */
const toAffinities = ({ vectors, contexts }: SpectralModel): Dense =>
  product(toRows(vectors), toRows(contexts));

function expectClose(found: Dense, expected: Dense, tolerance = 2e-5): void {
  found.forEach((row, u) => {
    row.forEach((x, v) => {
      expect(Math.abs(x - expected[u]![v]!), `${u}, ${v}: ${x}, ${expected[u]![v]}`).toBeLessThan(tolerance);
    });
  });
}

/** A ring of customers and products, with a tail: two colours, all singular values apart. */
const RING: GraphSpec = {
  nodes: { customer: 4, product: 4, attribute: 1 },
  edges: [
    [0, 4, 3],
    [0, 5],
    [1, 5, 2],
    [1, 6],
    [2, 6],
    [2, 7, 5],
    [3, 7],
    [3, 4],
    [4, 8],
  ],
};

const toStrengths = ({ offsets, weights, nodeCount }: Snapshot): number[] =>
  Array.from({ length: nodeCount }, (_, v) =>
    weights.subarray(offsets[v]!, offsets[v + 1]!).reduce((sum, w) => sum + w, 0),
  );

/** Strength^b, over what an arc into the type meets on average. */
function toFactors(snapshot: Snapshot, b: number): number[] {
  const strengths = toStrengths(snapshot);
  return strengths.map((strength, v) => {
    const { start, end } = snapshot.ranges.find((range) => v >= range.start && v < range.end)!;
    const ofType = strengths.slice(start, end);
    const total = ofType.reduce((sum, w) => sum + w, 0);
    return strength ** b / (ofType.reduce((sum, w) => sum + w * w ** b, 0) / total);
  });
}

const columnProducts = (rows: readonly number[][], dimension: number): Dense =>
  Array.from({ length: dimension }, (_, i) =>
    Array.from({ length: dimension }, (__, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
  );

describe('where the dimension is the rank or more', () => {
  test.each([0.5, 1.5])('across the colours in·out is a power of the adjacency: exponent %d', async (e) => {
    await fc.assert(
      fc.asyncProperty(
        graphSpecs({ twoColourable: true }),
        fc.constantFrom({}, POLICY),
        async (spec, policy) => {
          const { snapshot, model } = await compute(spec, { filterExponent: e, policy });
          const adjacency = toDenseAdjacency(snapshot, policy);
          let power = adjacency;
          for (let k = 1; k < 2 * e; k++) power = product(power, adjacency);
          const isProduct = (v: number): boolean =>
            v >= snapshot.ranges[1]!.start && v < snapshot.ranges[1]!.end;
          const affinities = toAffinities(model);
          expectClose(
            affinities.map((row, u) => row.map((x, v) => (isProduct(u) === isProduct(v) ? 0 : x))),
            power,
            Math.max(2e-5, 1e-3 ** (2 * e)), // singular values below 1e-3 are left out as rounding
          );
        },
      ),
      { numRuns: 15 },
    );
  });

  test('any graph: in·out is the positive part of the adjacency, to the third', async () => {
    await fc.assert(
      fc.asyncProperty(
        graphSpecs({ twoColourable: false }),
        fc.constantFrom({}, POLICY),
        async (spec, policy) => {
          const { snapshot, model } = await compute(spec, { policy });
          const pairs = toEigenPairs(toDenseAdjacency(snapshot, policy)).filter(({ value }) => value > 1e-9);
          const scale = snapshot.twoColourable ? 2 : 1; // [U; V] has columns of length √2
          const expected = toFunction(pairs, 3).map((row) => row.map((x) => scale * x));
          expectClose(toAffinities(model), expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('columns beyond the rank are zero, in both matrices, and so are their singular values', async () => {
    const { model } = await compute(KITE);
    const rank = model.singularValues.filter((s) => s > 0).length;
    expect(rank).toBeLessThan(4);
    for (const matrix of [model.vectors, model.contexts]) {
      for (const row of toRows(matrix)) expect(row.slice(rank)).toEqual(new Array(32 - rank).fill(0));
    }
  });
});

/** Four blocks, so that four directions stand apart from the rest of the spectrum. */
const LARGE = plantedGraph({ blocks: 4, nodes: 30, degree: 6, insideShare: 0.85 });
const BIPARTITE: GraphSpec = {
  nodes: { customer: 60, product: 60 },
  edges: LARGE.edges.map(([a, b, w]) => [a >> 1, 60 + (b >> 1), w ?? 1] as const),
};

/** With two attributes, of which every product has one. */
const MIXED: GraphSpec = {
  nodes: { ...BIPARTITE.nodes, attribute: 2 },
  edges: [
    ...BIPARTITE.edges,
    ...Array.from({ length: 60 }, (_, p) => [60 + p, 120 + (p % 2), 1 + (p % 3)] as const),
  ],
};

describe('a graph with more to it than the dimension', () => {
  test.each([
    ['one side and the other', BIPARTITE, true],
    ['any', LARGE, false],
  ])('%s: the top of the spectrum of the dense matrix', async (_, spec, twoColourable) => {
    const { snapshot, model } = await compute(spec, { dimension: 8, rounds: 20, filterExponent: 0 });
    expect(snapshot.twoColourable).toBe(twoColourable);
    const pairs = toEigenPairs(toDenseAdjacency(snapshot, {})).slice(0, 8);
    for (const [i, { value }] of pairs.entries()) expect(model.singularValues[i]).toBeCloseTo(value, 4);
    const rows = toRows(model.vectors);
    const lengths = twoColourable ? 2 : 1;
    columnProducts(rows, 8).forEach((row, i) => {
      for (const [j, x] of row.entries()) expect(x).toBeCloseTo(i === j ? lengths : 0, 3);
    });
    // Their space, not only its size. [U; V] has columns of length √2, and the dense vectors of length 1.
    for (const { vector } of pairs.slice(0, 6)) {
      const inside = Array.from({ length: 8 }, (__, j) =>
        vector.reduce((sum, x, v) => sum + x * rows[v]![j]!, 0),
      );
      expect(inside.reduce((sum, x) => sum + x * x, 0) / lengths).toBeGreaterThan(0.999);
    }
  });

  test('both sides share one space: each has orthonormal columns, with the same singular values', async () => {
    const { model } = await compute(BIPARTITE, { dimension: 8, rounds: 20 });
    const rows = toRows(model.vectors);
    for (const side of [rows.slice(0, 60), rows.slice(60)]) {
      columnProducts(side, 8).forEach((row, i) => {
        for (const [j, x] of row.entries())
          expect(x).toBeCloseTo(i === j ? model.singularValues[i]! ** 3 : 0, 4);
      });
    }
  });

  test.each([
    ['one side and the other', MIXED, true],
    ['any', LARGE, false],
  ])(
    'with a degree exponent the directions are those of a matrix that gives strong nodes more say: %s',
    async (_, spec, twoColourable) => {
      const [dimension, b] = [3, 0.3];
      const { snapshot, model } = await compute(spec, {
        dimension,
        degreeExponent: b,
        filterExponent: 0.5,
        rounds: 20,
      });
      expect(snapshot.twoColourable).toBe(twoColourable);
      const factors = toFactors(snapshot, b);
      const emphasized = toDenseAdjacency(snapshot, {}).map((row, u) =>
        row.map((x, v) => factors[u]! * x * factors[v]!),
      );
      const pairs = toEigenPairs(emphasized);
      const radius = pairs[0]!.value / model.singularValues[0]!;
      expect(model.singularValues[0]).toBeGreaterThan(0.95);
      expect(model.singularValues[0]).toBeLessThanOrEqual(1);
      const kept = toFunction(pairs.slice(0, dimension), 1);
      const colours = twoColourable ? 2 : 1; // [U; V] has columns of length √2
      const expected = kept.map((row, u) => row.map((x) => (colours * x) / radius / factors[u]!));
      expectClose(toAffinities(model), expected, 2e-3);
    },
  );

  test('more rounds change less', async () => {
    const [few, many] = [
      await compute(LARGE, { dimension: 8, rounds: 1 }),
      await compute(LARGE, { dimension: 8, rounds: 8 }),
    ];
    expect(many.model.change).toBeLessThan(few.model.change / 10);
    expect([few.model.rounds, many.model.rounds]).toEqual([2, 9]);
  });
});

describe('the model', () => {
  test.each([
    ['solved at once', RING, 4, 8, 1e-4],
    ['by rounds', BIPARTITE, 60, 120, 1e-3],
  ])('does not depend on the order of the nodes: %s', async (_, { nodes, edges }, start, end, tolerance) => {
    // Rows are all that tells nodes apart but for their keys: the same graph with its products in reverse.
    const turned = (v: number): number => (v >= start && v < end ? start + end - 1 - v : v);
    const other = { nodes, edges: edges.map(([a, b, w]) => [turned(a), turned(b), w ?? 1] as const) };
    const settings = { dimension: 4, rounds: 20 };
    const [one, two] = [await compute({ nodes, edges }, settings), await compute(other, settings)];
    // Signs included: a column's largest entry is positive.
    const expected = toRows(one.model.vectors).map((__, v, all) => all[turned(v)]!);
    expectClose(toRows(two.model.vectors), expected, tolerance);
  });

  test('is the same to the bit for one seed, and the same space for another', async () => {
    const settings = { dimension: 4, rounds: 20 };
    const one = await compute(BIPARTITE, settings);
    const again = await compute(BIPARTITE, settings);
    const other = await compute(BIPARTITE, { ...settings, seed: 2 });
    expect(again.model.vectors.data).toEqual(one.model.vectors.data);
    expect(other.model.vectors.data).not.toEqual(one.model.vectors.data);
    expectClose(toAffinities(other.model), toAffinities(one.model), 1e-4);
  });

  test('has the largest entry of every column positive, and contexts that are the vectors times the say of their nodes', async () => {
    const { snapshot, model } = await compute(RING, { degreeExponent: -0.5 });
    const rows = toRows(model.vectors);
    for (let j = 0; j < 32; j++) {
      const column = rows.map((row) => row[j]!);
      expect(Math.max(...column)).toBeGreaterThanOrEqual(-Math.min(...column));
    }
    const factors = toFactors(snapshot, -0.5);
    expectClose(
      toRows(model.contexts),
      rows.map((row, v) => row.map((x) => x * factors[v]!)),
    );
  });

  test('gives isolated nodes zeros, and parts of a graph nothing in common', async () => {
    const { model } = await compute({
      nodes: { customer: 5, product: 5 },
      edges: [
        [0, 5],
        [0, 6],
        [1, 6],
        [2, 7],
        [3, 7],
        [3, 8],
      ],
    });
    const rows = toRows(model.vectors);
    for (const isolated of [4, 9]) expect(rows[isolated]!.every((x) => x === 0)).toBe(true);
    const affinities = toAffinities(model);
    for (const u of [0, 1, 5, 6]) for (const v of [2, 3, 7, 8]) expect(affinities[u]![v]).toBeCloseTo(0, 5);
  });

  test('of a graph of more parts than it has columns is that of some of them', async () => {
    const parts = 60;
    const edges = Array.from({ length: parts }, (_, i) => [i, parts + i] as const);
    const { model } = await compute({ nodes: { customer: parts, product: parts }, edges }, { dimension: 8 });
    for (const s of model.singularValues) expect(s).toBeCloseTo(1, 5);
    const rows = toRows(model.vectors);
    columnProducts(rows, 8).forEach((row, i) => {
      for (const [j, x] of row.entries()) expect(x).toBeCloseTo(i === j ? 2 : 0, 4);
    });
    // Both ends of a part have the same row.
    expectClose(rows.slice(0, parts), rows.slice(parts));
  });

  test('takes the memory that was foreseen', async () => {
    for (const dimension of [2, 48, 128]) {
      const { snapshot, bytes } = await compute(RING, { dimension });
      const foreseen = spectralBytes({ ...snapshot, dimension });
      expect(bytes).toBeLessThanOrEqual(foreseen + 8 * 64); // each piece starts on a cache line
      expect(bytes).toBeGreaterThan(foreseen * 0.9);
    }
  });

  test('refuses arcs that go one way, and a graph of none', async () => {
    const arcs = { nodes: { product: 3 }, edges: [], arcs: [[0, 1]] } as const;
    await expect(compute(arcs)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    await expect(compute({ nodes: { product: 3 }, edges: [] })).rejects.toMatchObject({
      code: 'GRAPH_EMPTY',
    });
  });

  test('ends when it is told to, and says how far it is', async () => {
    const memory = createKernelMemory(2 ** 26);
    const snapshot = smallGraph(RING, memory);
    const abort = new AbortController();
    const stages: number[] = [];
    const computing = computeSpectral(snapshot, memory, PARAMS, {
      signal: abort.signal,
      onProgress: ({ done }) => {
        stages.push(done);
        abort.abort();
      },
    });
    await expect(computing).rejects.toMatchObject({ code: 'ABORTED' });
    expect(stages).toEqual([0]);
  });
});
