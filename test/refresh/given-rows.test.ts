/** What a refresh starts from: each node's rows are the parent's, or made from what it touches, or none. */
import { beforeAll, expect, test } from 'vitest';
import { Matrix } from '../../src/base/matrix.ts';
import { findNode } from '../../src/graph/snapshot.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { compareGraphs } from '../../src/refresh/difference.ts';
import { type FoldInVersion, prepareFoldIn } from '../../src/refresh/fold-in.ts';
import { buildGivenRows, type GivenRows } from '../../src/refresh/given-rows.ts';
import { plantShop, TWO_BLOCKS, trainShop } from '../train/planted-shop.ts';
import { settled } from './settled.ts';

const SHOP = plantShop(TWO_BLOCKS);
const KNOWN = 'b0-p003'; //  bought in both
const LATE = 'b0-p999'; //   known to the parent, bought by nobody yet
const FRESH = 'b0-p998'; //  new, bought by customers that the parent knows
const PAIR = ['b9-c000', 'b9-p000'] as const; // new, and nothing else touches them
const GONE = 'b1-p005'; //   bought before, by nobody now

let parent: FoldInVersion & { g: Snapshot };
let now: Snapshot;
let parentRows: Int32Array;
let given: GivenRows;
const rowOf = (g: Snapshot, type: 'customer' | 'product', id: string): number => findNode(g, { type, id })!;

beforeAll(async () => {
  const before = await trainShop({ ...SHOP, extra: { product: [LATE] } }, { train: { passes: 5 } });
  parent = { ...before.training, graph: before.g, g: before.g };
  const today = {
    interactions: [
      ...SHOP.interactions.filter(({ product }) => product !== GONE),
      ...[LATE, FRESH].flatMap((product) =>
        ['b0-c001', 'b0-c002'].map((customer) => ({ customer, product })),
      ),
      { customer: PAIR[0], product: PAIR[1] },
    ],
    productAttributes: SHOP.productAttributes!.filter(({ owner }) => owner !== GONE),
    extra: { product: [GONE] },
  };
  now = (await trainShop(today, { train: { passes: 1 } })).g;
  ({ parentRows } = compareGraphs(now, settled(before.g), {}));
  given = await buildGivenRows(now, parentRows, parent, {});
});

test('a node that was trained has its rows', () => {
  const [v, row] = [rowOf(now, 'product', KNOWN), rowOf(parent.g, 'product', KNOWN)];
  expect(given.vectors.row(v)).toEqual(parent.vectors.row(row));
  expect(given.contexts.row(v)).toEqual(parent.contexts.row(row));
  expect(given.vectors.row(v).some((x) => x !== 0)).toBe(true);
});

test.each([LATE, FRESH])(
  '%s, without a trained row, has those that the fold-in makes of what it touches',
  async (id) => {
    const v = rowOf(now, 'product', id);
    const touched = ['b0-c001', 'b0-c002'].map((c) => ({ row: rowOf(parent.g, 'customer', c), weight: 1 }));
    const wanted = (await prepareFoldIn(parent)).fold('product', touched)!;
    expect(given.vectors.row(v)).toEqual(wanted.vector);
    expect(given.contexts.row(v)).toEqual(wanted.context);
  },
);

test('what touches nothing that the parent knows, and what touches nothing at all, has zeros', () => {
  const rows = [rowOf(now, 'customer', PAIR[0]), rowOf(now, 'product', PAIR[1]), rowOf(now, 'product', GONE)];
  for (const v of rows) {
    expect(given.vectors.row(v).every((x) => x === 0)).toBe(true);
    expect(given.contexts.row(v).every((x) => x === 0)).toBe(true);
  }
  expect(given.foldedInCount).toBe(2);
});

test('the parent is not written to, nor anything prepared where nothing is new', async () => {
  const same = Int32Array.from({ length: parent.g.nodeCount }, (_, v) => v);
  const stages: string[] = [];
  const task = { onProgress: ({ stage }: { stage: string }) => void stages.push(stage) };
  const known = { ...parent, vectors: copyOf(parent.vectors), contexts: copyOf(parent.contexts) };
  const { foldedInCount, vectors } = await buildGivenRows(parent.g, same, known, task);
  expect([foldedInCount, stages]).toEqual([0, []]);
  vectors.data.fill(1);
  expect(known.vectors.data).toEqual(parent.vectors.data);
});

const copyOf = ({ data, rows, cols, stride }: Matrix): Matrix => new Matrix(data.slice(), rows, cols, stride);
