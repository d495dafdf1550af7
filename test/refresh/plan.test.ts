/** What a refresh plans: who moves, how much is walked, and that no more is planned than there is budget for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareGraphs } from '../../src/refresh/difference.ts';
import { type PlanOptions, planRefresh, toPending } from '../../src/refresh/plan.ts';
import { type GraphSpec, graphSpecs, smallGraph } from '../graph/small-graph.ts';
import { settled } from './settled.ts';

const OPTIONS: PlanOptions = {
  minChange: 0.1,
  budgetShare: 1,
  neighborShare: 0,
  effort: 1,
  walkLength: 4,
  full: { walkLength: 40, walksPerNode: 10, starts: 5 },
};

/** Customer a: x · b: x, y · c: z; then a new customer d: z, and b buys y again and again. */
const BEFORE: GraphSpec = {
  nodes: { customer: ['a', 'b', 'c'], product: ['x', 'y', 'z'] },
  edges: [
    [0, 3],
    [1, 3],
    [1, 4],
    [2, 5],
  ],
};
const AFTER: GraphSpec = {
  nodes: { customer: ['a', 'b', 'c', 'd'], product: ['x', 'y', 'z'] },
  edges: [
    [0, 4],
    [1, 4],
    [1, 5, 3],
    [2, 6],
    [3, 6],
  ],
};

const plan = (options: Partial<PlanOptions>, visits = new Uint32Array(7).fill(5)) => {
  const snapshot = smallGraph(AFTER);
  const difference = compareGraphs(snapshot, settled(smallGraph(BEFORE)), {});
  return planRefresh(snapshot, difference, visits, { ...OPTIONS, ...options });
};

describe('who moves', () => {
  test('the new one, then those that have changed, most first', () => {
    // d is new, half of z's steps go to d, a quarter of b's have moved from x to y.
    const { rows, newCount, changedCount, neighborCount } = plan({});
    expect([...rows]).toEqual([3, 6, 1]);
    expect({ newCount, changedCount, neighborCount }).toEqual({
      newCount: 1,
      changedCount: 2,
      neighborCount: 0,
    });
  });

  test('none that has changed less than is asked for', () => {
    expect([...plan({ minChange: 0.3 }).rows]).toEqual([3, 6]);
  });

  test('neighbours of those, within their share of the budget', () => {
    const { rows, walks, neighborCount } = plan({ minChange: 0.3, neighborShare: 0.5 });
    expect([...rows]).toEqual([3, 6, 2]);
    expect(neighborCount).toBe(1);
    expect(walks[2]).toBe(10);
  });
});

describe('how much', () => {
  test('two walks for each visit of a training anew, times the share that has changed', () => {
    expect([...plan({}).walks]).toEqual([2 * 10 * 5, 2 * 10 * 5 * 0.5, 2 * 10 * 5 * 0.25]);
  });

  test('the budget goes to the most changed; what is left out is counted', () => {
    // 5 starts × 10 walks × 40 nodes × 0.2 = 400 steps, 100 walks.
    const { rows, walks, leftOutCount, steps, fullSteps } = plan({ budgetShare: 0.2 });
    expect([[...rows], [...walks]]).toEqual([[3], [100]]);
    expect({ leftOutCount, steps, fullSteps }).toEqual({ leftOutCount: 2, steps: 400, fullSteps: 2000 });
  });
});

describe('what is pending afterwards', () => {
  const { change } = compareGraphs(smallGraph(AFTER), settled(smallGraph(BEFORE)), {});
  const pendingOf = (options: Partial<PlanOptions>): number[] => {
    const all = { ...OPTIONS, ...options };
    return [...toPending(change, plan(options), all)];
  };

  test('is nothing of what has had its walks, nor of neighbours that had hardly changed', () => {
    expect(pendingOf({})).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(pendingOf({ minChange: 0.6, neighborShare: 0.5 })).toEqual([0, change[1], 0, 0, 0, 0, 0]);
  });

  test('is all of what was left out, though it stood beside what was not', () => {
    const options = { budgetShare: 0.2, neighborShare: 0.1 };
    expect([...plan(options).rows]).toEqual([3, 6]); // the new customer, and beside it z, left out
    expect(plan(options)).toMatchObject({ leftOutCount: 2, neighborCount: 1 });
    expect(pendingOf(options)).toEqual([0, change[1], 0, 0, 0, 0, change[6]]);
  });
});

test('on any two graphs: each row once, at least a walk each, and never over the budget', () => {
  fc.assert(
    fc.property(
      graphSpecs({ twoColourable: false }),
      graphSpecs({ twoColourable: false }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (a, b, budgetShare, neighborShare) => {
        const [now, then] = [smallGraph(a), smallGraph(b)];
        const difference = compareGraphs(now, settled(then), {});
        const visits = new Uint32Array(now.nodeCount).fill(3);
        const full = { walkLength: 10, walksPerNode: 2, starts: now.nodeCount };
        const options = { ...OPTIONS, budgetShare, neighborShare, full };
        const { rows, walks, steps, fullSteps } = planRefresh(now, difference, visits, options);
        expect(new Set(rows).size).toBe(rows.length);
        expect(walks.every((count) => count >= 1)).toBe(true);
        expect(steps).toBeLessThanOrEqual(fullSteps * budgetShare);
        expect(steps).toBe(walks.reduce((sum, count) => sum + count, 0) * options.walkLength);
        for (const row of rows) expect(now.offsets[row + 1]).toBeGreaterThan(now.offsets[row]!);
      },
    ),
  );
});
