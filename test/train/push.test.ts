/** Walks that push, in a whole training: what stays, what moves, and what is refused. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/base/matrix.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import type { Training } from '../../src/train/trainer.ts';
import { toShares } from '../kernel/train-both.ts';
import { plantShop, type TrainRun, TWO_BLOCKS, toSha256, trainShop } from './planted-shop.ts';

const SHOP = plantShop(TWO_BLOCKS);
const isMoving = (v: number): boolean => v % 9 === 0;

async function trainFirst(): Promise<{ g: Snapshot; training: Training; frozen: Uint8Array }> {
  const { g, training } = await trainShop(SHOP, { train: { passes: 2 } });
  return { g, training, frozen: Uint8Array.from({ length: g.nodeCount }, (_, v) => +!isMoving(v)) };
}

/** Five walks from every frozen row, and none from others. */
async function push(total: number, run: TrainRun = {}) {
  const { g, training, frozen } = await trainFirst();
  const rows = Uint32Array.from(frozen.keys()).filter((v) => frozen[v] === 1);
  const starts = { rows, walks: new Uint32Array(rows.length).fill(5) };
  const { vectors, contexts } = training;
  const given = { vectors: copyOf(vectors), contexts: copyOf(contexts) };
  const options = { starts, visits: training.visits, warm: { ...given, frozen }, walkNumberFrom: 2 };
  const pushShares = toShares(g, frozen, total);
  const pushed = (await trainShop(SHOP, { ...options, pushShares, ...run })).training;
  return { g, given, pushed, frozen };
}

const copyOf = ({ data, rows, cols, stride }: Matrix): Matrix => new Matrix(data.slice(), rows, cols, stride);
const bytesOf = (row: Float32Array): string => Buffer.from(Float32Array.from(row).buffer).toString('hex');

describe.each([
  ['plain', 'skip-gram'],
  ['relaxed', 'skip-gram'],
  ['plain', 'cbow'],
  ['relaxed', 'cbow'],
  ['plain', 'softmax'],
  ['relaxed', 'softmax'],
  ['relaxed', 'bpr'],
] as const)('%s, %s', (flavour, objective) => {
  test('two workers: not a byte of a frozen row moves, and all others do', async () => {
    const { pushed, given, frozen } = await push(1, { flavour, train: { workers: 2, objective } });
    frozen.forEach((isFrozen, v) => {
      const isSame = [
        bytesOf(pushed.vectors.row(v)) === bytesOf(given.vectors.row(v)),
        bytesOf(pushed.contexts.row(v)) === bytesOf(given.contexts.row(v)),
      ];
      expect(isSame).toEqual(isFrozen ? [true, true] : [false, false]);
    });
  });
});

test('one worker: the same bytes every time', async () => {
  const hashes = async (): Promise<string[]> => {
    const { pushed } = await push(0.7, { flavour: 'plain' });
    return [toSha256(pushed.vectors), toSha256(pushed.contexts)];
  };
  expect(await hashes()).toEqual(await hashes());
});

test('a checkpoint in the middle of a list: gone on with, the same bytes', async () => {
  const whole = await push(0.7, { flavour: 'plain', train: { passes: 5 } });
  const states: NonNullable<NonNullable<TrainRun['checkpoint']>['from']>[] = [];
  const save: NonNullable<TrainRun['checkpoint']>['save'] = async ({ vectors, contexts, visits, ...rest }) =>
    void states.push({
      ...rest,
      vectors: copyOf(vectors),
      contexts: copyOf(contexts),
      visits: visits.slice(),
    });
  const how = { flavour: 'plain', train: { passes: 5 } } as const;
  await push(0.7, { ...how, checkpoint: { everyPasses: 2, save } });
  expect(states.map((s) => s.passesDone)).toEqual([2, 4]);
  const resumed = await push(0.7, { ...how, checkpoint: { everyPasses: 9, save, from: states[0]! } });
  expect(toSha256(resumed.pushed.vectors)).toBe(toSha256(whole.pushed.vectors));
  expect(toSha256(resumed.pushed.contexts)).toBe(toSha256(whole.pushed.contexts));
});

describe('shares that cannot be are refused', () => {
  const n = 135;
  const zeros = (): Matrix => new Matrix(new Float32Array(n * 16), n, 16);
  const warm = { vectors: zeros(), contexts: zeros() };
  const frozen = Uint8Array.from({ length: n }, (_, v) => +(v % 2 === 0));
  const isolated = { ...SHOP, extra: { customer: ['a-idle'] } }; // row 0, and one more in all
  const masked = { ...warm, frozen };
  test.each<[string, Record<number, number>, TrainRun['warm'], string]>([
    ['nothing to go on from', {}, undefined, 'pushShares'],
    ['nothing is frozen', {}, warm, 'pushShares'],
    ['below 0', { 1: -0.1 }, masked, 'pushShares[1]'],
    ['no number', { 3: Number.NaN }, masked, 'pushShares[3]'],
    ['of a frozen row', { 2: 0.1 }, masked, 'pushShares[2]'],
    ['more than 1 in all', { 1: 0.6, 3: 0.5 }, masked, 'pushShares'],
  ])('%s', async (_, change, given, field) => {
    const pushShares = Object.assign(new Float64Array(n), change);
    const run = trainShop(SHOP, { pushShares, ...(given && { warm: given }) });
    await expect(run).rejects.toMatchObject({ code: 'REQUEST_INVALID', details: { field } });
  });

  test('of another graph', async () => {
    const run = trainShop(SHOP, { pushShares: new Float64Array(3), warm: masked });
    const details = { field: 'pushShares', found: 3, expected: n };
    await expect(run).rejects.toMatchObject({ code: 'EMBEDDING_SHAPE_MISMATCH', details });
  });

  test('of a node without an arc', async () => {
    const rows = (): Matrix => new Matrix(new Float32Array((n + 1) * 16), n + 1, 16);
    const mask = new Uint8Array(n + 1).fill(1);
    mask[0] = 0;
    const pushShares = Float64Array.from(mask, (f) => +(f === 0));
    const run = trainShop(isolated, {
      warm: { vectors: rows(), contexts: rows(), frozen: mask },
      pushShares,
    });
    await expect(run).rejects.toMatchObject({ code: 'REQUEST_INVALID', details: { field: 'pushShares[0]' } });
  });
});
