/** What events weigh, and what analogies are made of. */
import { describe, expect, test } from 'vitest';
import { toNorm } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import { toCosMul, toOffset } from '../../src/recommend/analogy.ts';
import { weighSession } from '../../src/recommend/recency.ts';

describe('a session', () => {
  const weigh = (...[events, basket = []]: [Parameters<typeof weighSession>[0], string[]?]) =>
    Object.fromEntries(
      weighSession(events, basket, {
        weightOf: (type) => ({ view: 0.5, purchase: 1, none: 0 })[type] ?? 2,
        decay: 0.6,
      }).map((x) => [x.productId, x.weight]),
    );
  const event = (productId: string, atMs?: number, type = 'purchase') => ({ productId, type, atMs });

  test('by order where there are no times: the last one is the newest', () => {
    expect(weigh([event('a'), event('b'), event('c')])).toEqual({ c: 1, b: 0.6, a: 0.36 });
  });

  test('by time where there are: one instant is one moment, whatever the order given', () => {
    expect(weigh([event('new', 20), event('old', 5), event('with', 20)])).toEqual({
      new: 1,
      with: 1,
      old: 0.6,
    });
  });

  test('a basket is newer than everything else', () => {
    expect(weigh([event('a', 9), event('b', 8)], ['x', 'y'])).toEqual({
      x: 1,
      y: 1,
      a: 0.6,
      b: expect.closeTo(0.36, 12),
    });
  });

  test('by type; a type that weighs nothing is left out, the strongest event of a product counts', () => {
    expect(weigh([event('a', 1, 'purchase'), event('a', 2, 'view'), event('b', 3, 'none')])).toEqual({
      a: expect.closeTo(0.36, 12), // 0.6² as a purchase, 0.3 as a view
    });
  });

  test('how often, and the last time: that of the newest event, known or not', () => {
    const events = [event('a', 1), event('a', 2, 'view'), event('b', 3), event('a', 2, 'none')];
    expect(
      weighSession(events, ['b'], {
        weightOf: (type) => ({ view: 0.5, purchase: 1 })[type] ?? 0,
        decay: 0.6,
      }),
    ).toEqual([
      { productId: 'b', weight: 1, frequency: expect.closeTo(1.98, 12), times: 2, momentsAgo: 0 },
      {
        productId: 'a',
        weight: expect.closeTo(0.6 ** 3, 12), // more than half of 0.6²
        frequency: expect.closeTo(0.5 * 0.98 ** 2 + 0.98 ** 3, 12),
        times: 2,
        momentsAgo: 2,
        lastMs: 2,
      },
    ]);
  });

  test('nothing said, nothing weighed', () => {
    expect(weigh([], [])).toEqual({});
  });
});

describe('analogies', () => {
  const random = createRandom(4);
  const draw = () => Array.from({ length: 12 }, () => random() - 0.5);
  const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0) / toNorm(a) / toNorm(b);

  test('3CosAdd: the offset orders as the sum of cosines does', () => {
    const [positive, negative] = [[draw(), draw()], [draw()]];
    const offset = toOffset(positive, negative);
    const all = Array.from({ length: 40 }, draw);
    const bySum = (x: number[]) =>
      positive.reduce((s, p) => s + cosine(x, p), 0) - negative.reduce((s, n) => s + cosine(x, n), 0);
    for (const x of all) expect(cosine(x, offset) * toNorm(offset)).toBeCloseTo(bySum(x), 10);
  });

  test('an example is a direction: its length does not matter', () => {
    const [a, b] = [draw(), draw()];
    const longer = a.map((x) => x * 1000);
    expect(Array.from(toOffset([longer], [b]))).toEqual(
      Array.from(toOffset([a], [b]), (x) => expect.closeTo(x, 12)),
    );
  });

  test('3CosMul: products of shifted cosines; no cosine makes it infinite', () => {
    expect(toCosMul([1, 0], [0])).toBeCloseTo((1 * 0.5) / 0.501, 12);
    expect(toCosMul([1], [-1])).toBeCloseTo(1000, 9);
    expect(toCosMul([-1, 1], [])).toBe(0);
  });
});
