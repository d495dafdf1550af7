/** Backfitting against the normal equations of the same ridge regression, solved as one dense system. */
import { expect, test } from 'vitest';
import { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import { fitAttributeEffects } from '../../src/refresh/attribute-effects.ts';
import { factorize, solve } from '../../src/refresh/cholesky.ts';

const [NODES, ATTRIBUTES, D] = [60, 9, 3];
const random = createRandom(3);
/** Every node carries two or three attributes, so that their effects must be told apart. */
const carried = Array.from({ length: NODES }, (_, v) =>
  [...new Set([v % 3, 3 + Math.floor(random() * 3), 6 + Math.floor(random() * 3)])].sort((a, b) => a - b),
);
const offsets = Uint32Array.from({ length: NODES + ATTRIBUTES + 1 }, (_, v) =>
  carried.slice(0, v).reduce((n, of) => n + of.length, 0),
);
const targets = Uint32Array.from(carried.flat(), (a) => NODES + a);
const graph = {
  offsets,
  targets,
  weights: new Float32Array(targets.length).fill(1),
  ranges: [
    { type: 'customer', start: 0, end: 0 },
    { type: 'product', start: 0, end: NODES },
    { type: 'attribute', start: NODES, end: NODES + ATTRIBUTES },
  ] as const,
};
const matrix = new Matrix(
  Float32Array.from({ length: (NODES + ATTRIBUTES) * D }, () => random() - 0.5),
  NODES + ATTRIBUTES,
  D,
);
const rows = Uint32Array.from({ length: NODES }, (_, v) => v);
const weights = Float64Array.from(rows, (v) => (v % 7 === 0 ? 0 : 1 + random()));

test('effects are the ridge regression of the rows on their attributes', async () => {
  const options = { attributes: graph.ranges[2], rows, weights, pause: () => undefined, passes: 200 };
  const { mean, effects } = await fitAttributeEffects(matrix, graph, options);
  const total = weights.reduce((a, b) => a + b, 0);
  const penalty = (20 * total) / NODES;
  for (let d = 0; d < D; d++) {
    const center = rows.reduce((sum, v) => sum + weights[v]! * matrix.row(v)[d]!, 0) / total;
    expect(mean[d]).toBeCloseTo(center, 10);
    const a = new Float64Array(ATTRIBUTES * ATTRIBUTES);
    const b = new Float64Array(ATTRIBUTES);
    carried.forEach((of, v) => {
      for (const i of of) {
        b[i]! += weights[v]! * (matrix.row(v)[d]! - center);
        for (const j of of) a[i * ATTRIBUTES + j]! += weights[v]!;
      }
    });
    for (let i = 0; i < ATTRIBUTES; i++) a[i * ATTRIBUTES + i]! += penalty;
    const expected = solve(factorize(a, ATTRIBUTES), ATTRIBUTES, b);
    // What is left over is kept in f32, and 200 passes round it 600 times: 600 · 2⁻²⁴ ≈ 4e-5 at the very worst.
    for (let i = 0; i < ATTRIBUTES; i++) expect(effects.get(NODES + i)![d]).toBeCloseTo(expected[i]!, 5);
  }
});

test('four passes are near enough: a tenth of the largest effect at most', async () => {
  const options = { attributes: graph.ranges[2], rows, weights, pause: () => undefined };
  const few = await fitAttributeEffects(matrix, graph, options);
  const many = await fitAttributeEffects(matrix, graph, { ...options, passes: 200 });
  const largest = Math.max(...[...many.effects.values()].flatMap((e) => [...e].map(Math.abs)));
  for (const [attribute, effect] of many.effects) {
    const early = few.effects.get(attribute)!;
    for (const [d, x] of effect.entries()) expect(Math.abs(x - early[d]!)).toBeLessThan(largest / 10);
  }
});
