/** The law of the next product and its singular vectors, against dense matrices made from the law of single rows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { createKernelMemory } from '../../src/kernel/memory.ts';
import {
  computeNextProduct,
  hasNextProduct,
  nextProductModelBytes,
} from '../../src/spectral/next-product-embeddings.ts';
import { computeSpectral, type SpectralParams } from '../../src/spectral/spectral-embeddings.ts';
import { transitionLaw } from '../../src/walk/law.ts';
import type { TypePolicy } from '../../src/walk/policy.ts';
import { type GraphSpec, graphSpecs, smallGraph } from '../graph/small-graph.ts';
import { type Dense, toEigenPairs } from './dense.ts';

const PARAMS: SpectralParams = {
  dimension: 32,
  filterExponent: 0.5,
  degreeExponent: 0,
  rounds: 6,
  policy: {},
  seed: 1,
};
const POLICY: TypePolicy = {
  product: { customer: 0.8, product: 0.8, attribute: 0.2 },
  customer: { product: 0.9, attribute: 0.1 },
};

async function compute(spec: GraphSpec, params: Partial<SpectralParams> = {}) {
  const memory = createKernelMemory(2 ** 26);
  const snapshot = smallGraph(spec, memory);
  const before = memory.usedBytes();
  const model = await computeNextProduct(snapshot, memory, { ...PARAMS, ...params });
  return { snapshot, model, bytes: memory.usedBytes() - before };
}

const toRows = (matrix: Matrix): Dense =>
  Array.from({ length: matrix.rows }, (_, v) => Array.from(matrix.row(v)));
const product = (a: Dense, b: Dense): Dense =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, i) => sum + x * b[i]![j]!, 0)));
const transposed = (a: Dense): Dense => a[0]!.map((_, j) => a.map((row) => row[j]!));

/** P, from the law of single rows. */
function toLaw(g: Snapshot, policy: TypePolicy): Dense {
  return Array.from({ length: g.nodeCount }, (_, v) => {
    const row = new Array<number>(g.nodeCount).fill(0);
    transitionLaw(g, { returnP: 1, inOutQ: 1, policy }, undefined, v).forEach((p, i) => {
      row[g.targets[g.offsets[v]! + i]!] = p;
    });
    return row;
  });
}

interface DenseLaw {
  /** R^(b − ½) F C^(b − ½) between products, not scaled. */
  readonly decomposed: Dense;
  /** R^-½ F C^(b − ½), times the mean of Rᵇ over what leaves. */
  readonly asked: Dense;
  /** Rᵇ over its mean: what a row of `decomposed` is divided by, and the error of f32 in it with it. */
  readonly emphasis: readonly number[];
}

/** Undefined where nothing flows. */
function toDenseLaw(g: Snapshot, policy: TypePolicy, b: number): DenseLaw | undefined {
  const law = toLaw(g, policy);
  const { start, end } = g.ranges[1]!;
  const isProduct = (v: number): boolean => v >= start && v < end;
  const products = law.map((_, v) => v).filter(isProduct);
  const others = law.map((_, v) => v).filter((v) => !isProduct(v));
  const flow = products.map((p) => {
    let strength = 0;
    for (let a = g.offsets[p]!; a < g.offsets[p + 1]!; a++) {
      if (law[p]![g.targets[a]!]! > 0) strength += g.weights[a]!;
    }
    return products.map(
      (q) => strength * (law[p]![q]! + others.reduce((sum, f) => sum + law[p]![f]! * law[f]![q]!, 0)),
    );
  });
  const leaving = flow.map((row) => row.reduce((sum, x) => sum + x, 0));
  const arriving = products.map((_, j) => flow.reduce((sum, row) => sum + row[j]!, 0));
  if (!leaving.some((x) => x > 0)) return undefined;
  const mean = leaving.reduce((sum, x) => sum + x ** (1 + b), 0) / leaving.reduce((sum, x) => sum + x, 0);
  const scale = (rowOf: (leaving: number) => number): Dense =>
    flow.map((row, i) =>
      row.map((x, j) => (x === 0 ? 0 : (x * rowOf(leaving[i]!)) / arriving[j]! ** (0.5 - b))),
    );
  return {
    decomposed: scale((x) => x ** (b - 0.5)),
    asked: scale((x) => mean / Math.sqrt(x)),
    emphasis: leaving.map((x) => (x > 0 ? x ** b / mean : 1)),
  };
}

/** Singular values and right vectors, the largest first; of the matrix scaled to norm 1, as Jacobi's rotations want it. */
function toSingular(matrix: Dense): { value: number; vector: number[] }[] {
  const norm = Math.hypot(...matrix.flat());
  const scaled = matrix.map((row) => row.map((x) => x / norm));
  return toEigenPairs(product(transposed(scaled), scaled)).map(({ value, vector }) => ({
    value: norm * Math.sqrt(Math.max(value, 0)),
    vector,
  }));
}

const productRows = ({ ranges }: Snapshot, matrix: Matrix): Dense =>
  toRows(matrix).slice(ranges[1]!.start, ranges[1]!.end);

function expectClose(found: Dense, expected: Dense, toTolerance: (row: number) => number): void {
  found.forEach((row, u) => {
    row.forEach((x, v) => {
      const error = Math.abs(x - expected[u]![v]!);
      expect(error, `${u}, ${v}: ${x}, ${expected[u]![v]}`).toBeLessThan(toTolerance(u));
    });
  });
}

const anyGraph = fc.oneof(
  graphSpecs({ twoColourable: false, directed: true }),
  graphSpecs({ twoColourable: true }),
);

describe('where the dimension is the rank or more', () => {
  test.each([0, 0.25])('in·out of two products is the law of the next one: b = %d', async (b) => {
    await fc.assert(
      fc.asyncProperty(anyGraph, fc.constantFrom({}, POLICY), async (spec, policy) => {
        const law = toDenseLaw(smallGraph(spec), policy, b);
        if (!law) {
          const failure = { code: 'GRAPH_EMPTY' };
          await expect(compute(spec, { policy, degreeExponent: b })).rejects.toMatchObject(failure);
          return;
        }
        const { snapshot, model } = await compute(spec, { policy, degreeExponent: b });
        const largest = toSingular(law.decomposed)[0]!.value;
        expect(model.singularValues[0]).toBeCloseTo(1, b === 0 ? 4 : 1); // the power method is stopped early
        const expected = law.asked.map((row) => row.map((x) => (x * model.singularValues[0]!) / largest));
        const [vectors, contexts] = [model.vectors, model.contexts].map((m) => productRows(snapshot, m));
        const toTolerance = (row: number): number => 2e-3 / Math.min(1, law.emphasis[row]!);
        expectClose(product(vectors!, transposed(contexts!)), expected, toTolerance);
      }),
      { numRuns: 40 },
    );
  });

  test('what is no product has the means of the products it leads to, in both matrices', async () => {
    const spec: GraphSpec = {
      nodes: { customer: 2, product: 3, attribute: 2 },
      edges: [
        [0, 2, 3],
        [0, 3],
        [1, 4],
        [4, 5],
        [1, 6],
      ],
      arcs: [[2, 4]],
    };
    const { model } = await compute(spec);
    for (const rows of [toRows(model.vectors), toRows(model.contexts)]) {
      rows[0]!.forEach((x, i) => {
        expect(x).toBeCloseTo((3 * rows[2]![i]! + rows[3]![i]!) / 4, 6);
        expect(rows[1]![i]).toBeCloseTo(rows[4]![i]!, 6);
        expect(rows[5]![i]).toBeCloseTo(rows[4]![i]!, 6); // an attribute of a product
        expect(rows[6]![i]).toBeCloseTo(rows[1]![i]!, 6); // a trait: of who has it
      });
    }
  });

  test('of an undirected graph of customers and products it is the closed form there is, squared', async () => {
    const spec: GraphSpec = {
      nodes: { customer: 4, product: 4 },
      edges: [
        [0, 4, 3],
        [0, 5],
        [1, 5, 2],
        [1, 6],
        [2, 6],
        [2, 7, 5],
        [3, 7],
        [3, 4],
      ],
    };
    const memory = createKernelMemory(2 ** 26);
    const symmetric = await computeSpectral(smallGraph(spec, memory), memory, PARAMS);
    const { model } = await compute(spec);
    model.singularValues.slice(0, 4).forEach((s, i) => {
      expect(s).toBeCloseTo(symmetric.singularValues[i]! ** 2, 3);
    });
  });
});

/** A few hundred products in a ring of groups: onward to the next group more often than elsewhere. */
function ringOfGroups(groups: number, size: number): GraphSpec {
  const random = createRandom(3);
  const below = (n: number): number => Math.floor(random() * n);
  const n = groups * size;
  const arcs = Array.from({ length: 8 * n }, (_, i) => {
    const from = i % n;
    const group = random() < 0.7 ? (Math.floor(from / size) + 1) % groups : below(groups);
    return [from, group * size + below(size), 1 + below(3)] as const;
  }).filter(([from, to]) => from !== to);
  return { nodes: { product: n }, edges: [], arcs };
}

describe('a graph with more to it than the dimension', () => {
  test.each([0, 0.25])('the top of the dense singular values, and their spaces: b = %d', async (b) => {
    const { snapshot, model } = await compute(ringOfGroups(5, 16), {
      dimension: 6,
      rounds: 12,
      filterExponent: 0,
      degreeExponent: b,
    });
    const law = toDenseLaw(snapshot, {}, b)!.decomposed;
    const pairs = toSingular(law).slice(0, 6);
    pairs.forEach(({ value }, i) => {
      expect(model.singularValues[i]! / model.singularValues[0]!).toBeCloseTo(value / pairs[0]!.value, 3);
    });
    const rows = toRows(model.contexts);
    for (const { vector } of pairs.slice(0, 5)) {
      const inside = rows[0]!.map((_, j) => vector.reduce((sum, x, v) => sum + x * rows[v]![j]!, 0));
      expect(inside.reduce((sum, x) => sum + x * x, 0)).toBeGreaterThan(0.999);
    }
  });

  test('what comes next scores above what came before', async () => {
    const { model } = await compute(ringOfGroups(5, 16), { dimension: 8, degreeExponent: 0.25 });
    const affinities = product(toRows(model.vectors), transposed(toRows(model.contexts)));
    const mean = (from: number, to: number): number => {
      let sum = 0;
      for (let u = from * 16; u < (from + 1) * 16; u++) {
        for (let v = to * 16; v < (to + 1) * 16; v++) sum += affinities[u]![v]!;
      }
      return sum / 256;
    };
    for (let group = 0; group < 5; group++) {
      expect(mean(group, (group + 1) % 5)).toBeGreaterThan(2 * mean(group, (group + 4) % 5));
    }
  });

  test('the same bytes every time, within the bytes of the estimate', async () => {
    const spec = ringOfGroups(5, 16);
    const [once, again] = [await compute(spec, { dimension: 8 }), await compute(spec, { dimension: 8 })];
    expect(once.model.vectors.data).toEqual(again.model.vectors.data);
    expect(once.model.contexts.data).toEqual(again.model.contexts.data);
    const { nodeCount, arcCount } = once.snapshot;
    const estimate = nextProductModelBytes({ nodeCount, arcCount, dimension: 8 });
    expect(once.bytes).toBeLessThanOrEqual(estimate + 16 * 64); // every array is aligned
    expect(once.bytes).toBeGreaterThan(0.9 * estimate);
  });

  test('stops when it is told to', async () => {
    const memory = createKernelMemory(2 ** 26);
    const snapshot = smallGraph(ringOfGroups(5, 16), memory);
    const signal = AbortSignal.abort();
    await expect(computeNextProduct(snapshot, memory, PARAMS, { signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await expect(
      computeNextProduct(snapshot, memory, PARAMS, { signal: controller.signal, onProgress }),
    ).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

test('which graphs are asked what comes next', () => {
  const shop = [
    [0, 1],
    [0, 2],
  ] as const;
  const isAsked = (spec: GraphSpec): boolean => hasNextProduct(smallGraph(spec));
  expect(isAsked({ nodes: { customer: 1, product: 2 }, edges: shop })).toBe(false);
  expect(isAsked({ nodes: { customer: 1, product: 2 }, edges: [...shop, [1, 2]] })).toBe(true);
  expect(isAsked({ nodes: { customer: 1, product: 2 }, edges: shop, arcs: [[1, 2]] })).toBe(true);
  expect(
    isAsked({
      nodes: { product: 3 },
      edges: [
        [0, 1],
        [1, 2],
        [2, 0],
      ],
    }),
  ).toBe(false);
  expect(isAsked({ nodes: { product: 3 }, edges: [[0, 1]], arcs: [[1, 2]] })).toBe(true);
});
