/** Drift between versions whose movement is planted. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import { measureDrift, OVERLAP } from '../../src/refresh/drift.ts';
import { type ComparedVersion, findSharedNodes } from '../../src/refresh/shared-nodes.ts';

const D = 6;
const random = createRandom(2);

/** Products p00 … in order, then one customer before them; all rows drawn, some moved by `change`. */
function draw(products: readonly string[], customers: readonly string[] = ['ada']): ComparedVersion {
  const ids = [...customers, ...products];
  const rows = (): Matrix =>
    new Matrix(
      Float32Array.from({ length: ids.length * D }, () => random() - 0.5),
      ids.length,
      D,
    );
  return {
    nodes: {
      ids,
      ranges: [
        { type: 'customer', start: 0, end: customers.length },
        { type: 'product', start: customers.length, end: ids.length },
        { type: 'attribute', start: ids.length, end: ids.length },
      ],
    },
    vectors: rows(),
    contexts: rows(),
  };
}
const copy = (m: Matrix): Matrix => new Matrix(m.data.slice(), m.rows, m.cols, m.stride);
const copyOf = (v: ComparedVersion): ComparedVersion => ({
  ...v,
  vectors: copy(v.vectors),
  contexts: copy(v.contexts),
});
const PRODUCTS = Array.from({ length: 40 }, (_, i) => `p${String(i).padStart(2, '0')}`);

describe('drift', () => {
  const old = draw(PRODUCTS);

  test('of a version from itself is none', async () => {
    const { types, overlap } = await measureDrift(copyOf(old), old);
    expect(types.product).toEqual({
      shared: 40,
      vectors: { mean: 0, p95: 0, max: 0 },
      contexts: { mean: 0, p95: 0, max: 0 },
      movers: [],
    });
    expect(types.attribute).toEqual({ shared: 0, movers: [] });
    expect(overlap).toEqual({ k: OVERLAP.k, sample: 40, vectors: 1, contexts: 1 });
  });

  test('is 2 for a row that was turned round, and names it', async () => {
    const now = copyOf(old);
    const row = now.vectors.row(5);
    for (let i = 0; i < D; i++) row[i]! *= -3; // its length does not matter
    const { types } = await measureDrift(now, old);
    expect(types.product.movers).toHaveLength(1);
    expect(types.product.movers[0]).toMatchObject({ id: 'p04', context: 0 });
    expect(types.product.movers[0]!.vector).toBeCloseTo(2, 6);
    expect(types.product.vectors!.max).toBeCloseTo(2, 6);
    expect(types.product.vectors!.mean).toBeCloseTo(2 / 40, 6);
    expect(types.product.vectors!.p95).toBe(0);
    expect(types.customer.vectors!.max).toBe(0);
  });

  test('of customers says how far, and not who', async () => {
    const now = copyOf(old);
    const row = now.nodes.ranges.find((r) => r.type === 'customer')!.start;
    now.vectors.row(row)[0]! += 1;
    const { customer } = (await measureDrift(now, old)).types;
    expect(customer.vectors!.max).toBeGreaterThan(0);
    expect(customer.movers).toEqual([]);
  });

  test('the most moved come first, ten at most', async () => {
    const now = copyOf(old);
    for (let v = 1; v <= 15; v++) now.vectors.row(v)[0]! += v / 10;
    const { types } = await measureDrift(now, old);
    const moved = types.product.movers.map((m) => m.vector);
    expect(moved).toHaveLength(10);
    expect(moved).toEqual(moved.toSorted((a, b) => b - a));
  });

  test('rows are matched by id, and what is new, gone or without a vector is not compared', async () => {
    const now = draw(['new', ...PRODUCTS.slice(1)], ['zoe']);
    for (const [i, id] of now.nodes.ids.entries()) {
      const row = old.nodes.ids.indexOf(id);
      if (row < 0) continue;
      now.vectors.row(i).set(old.vectors.row(row));
      now.contexts.row(i).set(old.contexts.row(row));
    }
    now.contexts.row(now.nodes.ids.indexOf('p07')).fill(0);
    const { types, overlap } = await measureDrift(now, old);
    expect(types.customer.shared).toBe(0);
    expect(types.product).toMatchObject({ shared: 38, movers: [], vectors: { max: 0 } });
    expect(overlap).toMatchObject({ sample: 38, vectors: 1, contexts: 1 });
    const { from, to } = findSharedNodes(now, old, 'product');
    expect(Array.from(from, (row) => now.nodes.ids[row])).toEqual(
      Array.from(to, (row) => old.nodes.ids[row]),
    );
  });

  test('overlap is what an exhaustive count says', async () => {
    const now = draw(PRODUCTS);
    const nearest = (m: Matrix, v: number): number[] => {
      const unit = (r: Float32Array): number[] => Array.from(r, (x) => x / Math.hypot(...r));
      const score = (u: number): number =>
        unit(m.row(v)).reduce((sum, x, i) => sum + x * unit(m.row(u))[i]!, 0);
      const others = Array.from({ length: 40 }, (_, i) => i + 1).filter((u) => u !== v);
      return others.sort((a, b) => score(b) - score(a)).slice(0, OVERLAP.k);
    };
    const shares = PRODUCTS.map((_, i) => {
      const before = nearest(old.vectors, i + 1);
      return nearest(now.vectors, i + 1).filter((u) => before.includes(u)).length / OVERLAP.k;
    });
    const { overlap } = await measureDrift(now, old);
    expect(overlap.vectors).toBeCloseTo(shares.reduce((a, b) => a + b, 0) / 40, 10);
    expect(overlap.vectors).toBeLessThan(0.6); // unrelated rows: ten of 39 by chance
  });

  test('survives a rotation of the space, where cosines do not', async () => {
    const now = copyOf(old);
    for (const m of [now.vectors, now.contexts]) {
      for (let v = 0; v < m.rows; v++) m.row(v).reverse();
    }
    const { types, overlap } = await measureDrift(now, old);
    expect(overlap).toMatchObject({ vectors: 1, contexts: 1 });
    expect(types.product.vectors!.mean).toBeGreaterThan(0.5);
  });

  test('too few products to have ten neighbours: no figure, and the report says so', async () => {
    const few = draw(PRODUCTS.slice(0, 10));
    expect((await measureDrift(copyOf(few), few)).overlap).toEqual({ k: OVERLAP.k, sample: 0 });
  });

  test('is plain JSON', async () => {
    const report = await measureDrift(draw(PRODUCTS), old);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});
