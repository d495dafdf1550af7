/** The statistics that other tests lean on, against printed tables. */
import { expect, test } from 'vitest';
import { toChiSquare, toPValue } from './chi-square.ts';

test.each([
  { statistic: 3.841, degrees: 1, p: 0.05 },
  { statistic: 6.635, degrees: 1, p: 0.01 },
  { statistic: 18.307, degrees: 10, p: 0.05 },
  { statistic: 124.342, degrees: 100, p: 0.05 },
  { statistic: 149.449, degrees: 100, p: 0.001 },
])('χ²($degrees) ≥ $statistic has p = $p', ({ statistic, degrees, p }) => {
  expect(Math.abs(toPValue({ statistic, degrees }) / p - 1)).toBeLessThan(2e-3);
});

test('with two degrees of freedom the tail is e^(−x/2)', () => {
  for (const x of [0.1, 1, 5, 40, 120])
    expect(toPValue({ statistic: x, degrees: 2 }) / Math.exp(-x / 2)).toBeCloseTo(1, 10);
});

test('groups add up, small cells are pooled, the impossible is infinite', () => {
  // 60 of 100 heads: (10² / 50) · 2 = 4, twice.
  const coin = { observed: [60, 40], law: [0.5, 0.5] };
  expect(toChiSquare([coin, coin])).toEqual({ statistic: 8, degrees: 2 });
  expect(toChiSquare([{ observed: [96, 3, 1], law: [0.96, 0.02, 0.02] }]).degrees).toBe(1);
  expect(toChiSquare([{ observed: [99, 1], law: [1, 0] }]).statistic).toBe(Infinity);
  expect(toPValue({ statistic: Infinity, degrees: 3 })).toBe(0);
});
