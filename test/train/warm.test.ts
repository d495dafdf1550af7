/** Training that goes on from vectors there are: what stays, what moves, what starts cold, which walks are made. */
import { describe, expect, test } from 'vitest';
import { NODE_TYPES } from '../../src/base/ids.ts';
import { Matrix } from '../../src/base/matrix.ts';
import { findNode } from '../../src/graph/snapshot.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { firstRows } from '../../src/kernel/reference.ts';
import { keyHashOf } from '../../src/kernel/reference-random.ts';
import type { TrainingState } from '../../src/train/checkpoint.ts';
import type { TrainParams } from '../../src/train/params.ts';
import type { Training } from '../../src/train/trainer.ts';
import type { WarmStart } from '../../src/train/warm.ts';
import { findStarts } from '../../src/walk/params.ts';
import { TRAIN, WALK } from '../kernel/rig.ts';
import { plantShop, type TrainRun, TWO_BLOCKS, toSha256, trainShop } from './planted-shop.ts';

const SHOP = plantShop(TWO_BLOCKS);
const STEADY = { initialLearningRate: 0.05, minLearningRate: 0.05 };
const STILL = { initialLearningRate: 0, minLearningRate: 0 };
const plain = (train: Partial<TrainParams>, run: TrainRun = {}) =>
  trainShop(SHOP, { flavour: 'plain', ...run, train: { ...STEADY, ...train } });

const copyOf = ({ data, rows, cols, stride }: Matrix): Matrix => new Matrix(data.slice(), rows, cols, stride);
const givenBy = ({ vectors, contexts }: Training): WarmStart => ({
  vectors: copyOf(vectors),
  contexts: copyOf(contexts),
});
const hashesOf = ({ vectors, contexts }: Pick<Training, 'vectors' | 'contexts'>): string[] => [
  toSha256(vectors),
  toSha256(contexts),
];
const bytesOf = (row: Float32Array): string => Buffer.from(Float32Array.from(row).buffer).toString('hex');
const nodesOf = (g: Snapshot): number[] => Array.from({ length: g.nodeCount }, (_, v) => v);

describe('a warm start', () => {
  test('of the passes that are left, walks numbered on: the bytes of one run', async () => {
    const whole = (await plain({ passes: 4 })).training;
    const first = (await plain({ passes: 2 })).training;
    const { visits } = whole;
    const rest = await plain({ passes: 2 }, { warm: givenBy(first), visits, walkNumberFrom: 2 });
    expect(hashesOf(rest.training)).toEqual(hashesOf(whole));
    expect(first.tokens + rest.training.tokens).toBe(whole.tokens);
    const repeated = await plain({ passes: 2 }, { warm: givenBy(first), visits });
    expect(hashesOf(repeated.training)).not.toEqual(hashesOf(whole)); // the same walks twice
  });

  test('each row starts as the reference says: given, given in one matrix, or cold', async () => {
    const { g, training } = await plain({ passes: 1 });
    const { vectors, contexts } = givenBy(training);
    const [cold, onlyVector, onlyContext] = [3, 90, 100];
    for (const v of [cold, onlyContext]) vectors.row(v).fill(0);
    for (const v of [cold, onlyVector]) contexts.row(v).fill(0);
    const still = await plain({ passes: 1, ...STILL }, { warm: { vectors, contexts } });
    for (const v of nodesOf(g)) {
      const given = { vector: vectors.row(v), context: contexts.row(v) };
      const wanted = firstRows(given, TRAIN.seed, keyHashOf(g.keyHashes, v));
      expect(still.training.vectors.row(v)).toEqual(wanted.vector);
      expect(still.training.contexts.row(v)).toEqual(wanted.context);
    }
    expect(vectors.row(cold).every((x) => x === 0)).toBe(true); // what was given is not written to
    expect(still.training.vectors.row(cold).some((x) => x !== 0)).toBe(true);
    expect(still.training.vectors.row(onlyContext).every((x) => x === 0)).toBe(true);
  });

  test('a node without an arc keeps the row it was given, and has none if it was given none', async () => {
    const data = { ...SHOP, extra: { product: ['a-gone', 'a-new'] } };
    const cold = await trainShop(data, { train: { passes: 1 } });
    const given = givenBy(cold.training);
    const [gone, fresh] = ['a-gone', 'a-new'].map((id) => findNode(cold.g, { type: 'product', id })!);
    given.vectors.row(gone!).fill(0.5);
    const { training } = await trainShop(data, { train: { passes: 1 }, warm: given });
    expect(training.vectors.row(gone!).every((x) => x === 0.5)).toBe(true);
    expect(training.vectors.row(fresh!).every((x) => x === 0)).toBe(true);
    expect(training.contexts.row(fresh!).every((x) => x === 0)).toBe(true);
  });
});

describe('frozen rows', () => {
  test.each([
    ['plain', 'skip-gram'],
    ['relaxed', 'skip-gram'],
    ['plain', 'cbow'],
    ['relaxed', 'cbow'],
    ['plain', 'softmax'],
    ['relaxed', 'softmax'],
    ['relaxed', 'bpr'],
  ] as const)(
    '%s, %s, two workers: not a byte moves in two thirds of the rows, and all others do',
    async (flavour, objective) => {
      const { g, training } = await trainShop(SHOP, { train: { passes: 2 } });
      const given = givenBy(training);
      given.vectors.row(1).fill(0); // frozen, so it does not start cold
      given.contexts.row(1).fill(0);
      const frozen = Uint8Array.from(nodesOf(g), (v) => +(v % 3 !== 0));
      const train = { passes: 3, workers: 2, objective, negatives: 8 };
      const on = (await trainShop(SHOP, { flavour, train, warm: { ...given, frozen } })).training;
      for (const v of nodesOf(g)) {
        const isSame = [
          bytesOf(on.vectors.row(v)) === bytesOf(given.vectors.row(v)),
          bytesOf(on.contexts.row(v)) === bytesOf(given.contexts.row(v)),
        ];
        expect(isSame).toEqual(frozen[v] ? [true, true] : [false, false]);
      }
    },
  );
});

describe('an anchor', () => {
  test('takes a share of the way back after every pass, of rows neither frozen nor cold', async () => {
    const { g, training } = await plain({ passes: 1 });
    const { visits } = training;
    const given = givenBy(training);
    const cold = 7;
    given.vectors.row(cold).fill(0);
    given.contexts.row(cold).fill(0);
    const frozen = Uint8Array.from(nodesOf(g), (v) => +(v % 5 === 0));
    const pull = 0.3;
    const anchored = await plain({ passes: 2 }, { warm: { ...given, frozen, anchor: { pull } }, visits });

    let warm: WarmStart = given;
    for (const walkNumberFrom of [0, 1]) {
      const run = await plain({ passes: 1 }, { warm: { ...warm, frozen }, visits, walkNumberFrom });
      const after = givenBy(run.training);
      for (const v of nodesOf(g)) {
        if (v === cold) continue;
        for (const name of ['vectors', 'contexts'] as const) {
          const anchor = given[name].row(v);
          after[name].row(v).forEach((x, d) => {
            after[name].row(v)[d] = x + pull * (anchor[d]! - x);
          });
        }
      }
      warm = after;
    }
    expect(hashesOf(anchored.training)).toEqual(hashesOf(warm));
  });

  test('of 1 gives the rows back; the cold one has moved', async () => {
    const given = givenBy((await plain({ passes: 1 })).training);
    given.vectors.row(7).fill(0);
    given.contexts.row(7).fill(0);
    const { g, training } = await plain({ passes: 3 }, { warm: { ...given, anchor: { pull: 1 } } });
    for (const v of nodesOf(g)) {
      if (v === 7) expect(training.contexts.row(v).some((x) => x !== 0)).toBe(true);
      else expect(training.vectors.row(v)).toEqual(given.vectors.row(v));
    }
  });
});

describe('a list of starts', () => {
  test('of all starts, as many walks each, on any number of threads: the walks of the usual run, in another order', async () => {
    // Thinned, so that how many pairs there are tells which walks were made.
    const thinned = { passes: 3, sampleFactor: 0.002 };
    const { g, training } = await plain(thinned);
    const rows = findStarts(g, NODE_TYPES);
    const starts = { rows, walks: new Uint32Array(rows.length).fill(3) };
    const { visits } = training;
    for (const workers of [1, 3]) {
      const listed = (await plain({ ...thinned, workers }, { starts, visits })).training;
      expect([listed.walks, listed.tokens]).toEqual([training.walks, training.tokens]);
      expect(listed.pairs).toBe(training.pairs);
      expect(hashesOf(listed)).not.toEqual(hashesOf(training));
    }
    const others = (await plain(thinned, { starts, visits, walkNumberFrom: 1 })).training;
    expect(others.pairs).not.toBe(training.pairs);
  });

  test('is cut into as many passes as training has: each ends with a pull and can be saved', async () => {
    const given = givenBy((await plain({ passes: 1 })).training);
    const starts = { rows: Uint32Array.of(4, 100, 9), walks: Uint32Array.of(1, 130, 10) };
    const saved: TrainingState[] = [];
    const save = async (state: TrainingState): Promise<void> => void saved.push(state);
    const checkpoint = { everyPasses: 1, save };
    const run = { starts, checkpoint, warm: { ...given, anchor: { pull: 1 } } };
    const { training } = await plain({ passes: 4 }, run);
    expect(saved.map(({ passesDone }) => passesDone)).toEqual([1, 2, 3, 4]);
    expect(saved.map(({ totals }) => totals.tokens)).toEqual(
      [36, 72, 108, 141].map((walks) => walks * WALK.length), // ⌈141 / 4⌉ at a time
    );
    expect(hashesOf(training)).toEqual(hashesOf(given));
  });

  test('makes the walks it names and no others', async () => {
    const starts = { rows: Uint32Array.of(4, 100, 9), walks: Uint32Array.of(1, 130, 0) };
    const seen: number[] = [];
    const onProgress = ({ done, total }: { done: number; total?: number }): void => {
      expect(total).toBe(131);
      seen.push(done);
    };
    const { training } = await plain({}, { starts, onProgress });
    expect([training.walks, training.tokens]).toEqual([131, 131 * WALK.length]);
    expect(seen.at(-1)).toBe(131);
    expect(training.visits.reduce((a, b) => a + b, 0)).toBe(2 * WALK.length); // counted on the first walk of each
  });

  test('from where nothing changed: the walk of a number visits the same nodes whatever is new elsewhere, on any number of threads', async () => {
    const interactions = [
      ...SHOP.interactions,
      { customer: 'a-new', product: 'a-new' }, // a shop of its own beside this one, before it in every order
      { customer: 'a-new', product: 'b0-p0' },
      { customer: 'a-new', product: 'b0-p0' }, // twice: weights are no longer equal all over the graph
    ];
    const newAttributes = [{ owner: 'a-new', kind: 'a', value: 'new' }];
    const grown = {
      ...SHOP,
      interactions,
      productAttributes: [...SHOP.productAttributes!, ...newAttributes],
    };
    const walksFrom = async (data: typeof SHOP, ids: string[], workers: number, walkNumberFrom: number) => {
      const { g } = await trainShop(data, { train: { passes: 1, ...STILL } });
      const rows = Uint32Array.from(ids, (id) => findNode(g, { type: 'customer', id })!);
      const starts = { rows, walks: new Uint32Array(rows.length).fill(1) };
      const { training } = await trainShop(data, {
        starts,
        walkNumberFrom,
        walk: { returnP: 0.5, inOutQ: 2 },
        train: { workers, ...STILL },
      });
      return Object.fromEntries(
        nodesOf(g).flatMap((v) => (training.visits[v] ? [[g.ids[v]!, training.visits[v]]] : [])),
      );
    };
    const ids = Array.from({ length: 40 }, (_, i) => `b0-c${String(i).padStart(3, '0')}`);
    const before = await walksFrom(SHOP, ids, 1, 5);
    expect(await walksFrom(grown, ids, 1, 5)).toEqual(before);
    expect(await walksFrom(grown, ids, 3, 5)).toEqual(before);
    expect(await walksFrom(SHOP, ids, 1, 6)).not.toEqual(before);
    for (const id of ids.slice(0, 5)) {
      expect(await walksFrom(grown, [id], 2, 5)).toEqual(await walksFrom(SHOP, [id], 1, 5)); // one walk, node by node
    }
  });
});

test('visits that are given are what negatives are drawn from, and are handed on', async () => {
  const starts = { rows: Uint32Array.of(0), walks: Uint32Array.of(1) };
  const counted = await plain(STILL, { starts });
  const [, products] = counted.g.ranges;
  const isProduct = (v: number): boolean => v >= products!.start && v < products!.end;
  const walked = nodesOf(counted.g).filter((v) => isProduct(v) && counted.training.visits[v]! > 0);
  const drawn = nodesOf(counted.g).find((v) => isProduct(v) && !walked.includes(v))!;
  // All others together are drawn once in 10⁸ times.
  const visits = Uint32Array.from(nodesOf(counted.g), (v) => (v === drawn ? 4_000_000_000 : 1));
  const { training } = await plain({ negativeExponent: 1 }, { starts, visits });
  expect(training.visits).toEqual(visits);
  const moved = nodesOf(counted.g).filter((v) => training.contexts.row(v).some((x) => x !== 0));
  expect(moved.filter(isProduct)).toEqual([...walked, drawn].toSorted((a, b) => a - b));
});

describe('what cannot be gone on from is refused before anything is laid out', () => {
  const zeros = (rows: number, cols = TRAIN.dimension): Matrix =>
    new Matrix(new Float32Array(rows * cols), rows, cols);
  const n = 135;
  const warm = (change: Partial<WarmStart>): TrainRun => ({
    warm: { vectors: zeros(n), contexts: zeros(n), ...change },
  });
  const broken = zeros(n);
  broken.row(8)[3] = Number.NaN;
  test.each<[string, TrainRun, string, string]>([
    ['a row too few', warm({ vectors: zeros(n - 1) }), 'EMBEDDING_SHAPE_MISMATCH', 'warm.vectors'],
    ['another dimension', warm({ contexts: zeros(n, 8) }), 'EMBEDDING_SHAPE_MISMATCH', 'warm.contexts'],
    ['a mask too short', warm({ frozen: new Uint8Array(1) }), 'EMBEDDING_SHAPE_MISMATCH', 'warm.frozen'],
    ['no number', warm({ contexts: broken }), 'VECTOR_INVALID', 'warm.contexts'],
    ['a pull above 1', warm({ anchor: { pull: 1.5 } }), 'REQUEST_INVALID', 'warm.anchor.pull'],
    [
      'a pull that is no number',
      warm({ anchor: { pull: Number.NaN } }),
      'REQUEST_INVALID',
      'warm.anchor.pull',
    ],
    ['visits of another graph', { visits: new Uint32Array(3) }, 'EMBEDDING_SHAPE_MISMATCH', 'visits'],
    ['a walk number below 0', { walkNumberFrom: -1 }, 'REQUEST_INVALID', 'walkNumberFrom'],
    ['no walk', { starts: { rows: Uint32Array.of(1), walks: Uint32Array.of(0) } }, 'GRAPH_EMPTY', 'starts'],
  ])('%s', async (_, run, code, field) => {
    await expect(trainShop(SHOP, run)).rejects.toMatchObject({ code, details: { field } });
  });
});
