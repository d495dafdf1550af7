/** A training that was interrupted and gone on with is, byte for byte, the one that was not. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/base/matrix.ts';
import { buildCorpus } from '../../src/graph/corpus.ts';
import { buildSnapshot } from '../../src/graph/snapshot.ts';
import { createKernelMemory } from '../../src/kernel/memory.ts';
import type { Checkpoints, TrainingState } from '../../src/train/checkpoint.ts';
import { type Training, trainOnSentences } from '../../src/train/trainer.ts';
import { createMemorySource, NO_DAMPING } from '../graph/memory-source.ts';
import { TRAIN } from '../kernel/rig.ts';
import { plantShop, type TrainRun, TWO_BLOCKS, toSha256, trainShop } from './planted-shop.ts';

const SHOP = plantShop(TWO_BLOCKS);
const PASSES = 7;

/** What a file would hold: nothing of it lies in kernel memory. */
function keep({ passesDone, vectors, contexts, visits, totals }: TrainingState): TrainingState {
  const packed = (m: Matrix): Matrix => {
    const data = new Float32Array(m.rows * m.cols);
    for (let v = 0; v < m.rows; v++) data.set(m.row(v), v * m.cols);
    return new Matrix(data, m.rows, m.cols);
  };
  const json = JSON.parse(JSON.stringify({ passesDone, totals })) as Pick<
    TrainingState,
    'passesDone' | 'totals'
  >;
  return { ...json, vectors: packed(vectors), contexts: packed(contexts), visits: visits.slice() };
}

const onWalks = async (checkpoint?: Checkpoints, run: TrainRun = {}): Promise<Training> => {
  const train = { passes: PASSES, ...run.train };
  return (await trainShop(SHOP, { ...run, train, ...(checkpoint && { checkpoint }) })).training;
};

async function onSentences(checkpoint?: Checkpoints): Promise<Training> {
  const memory = createKernelMemory(2 ** 28);
  const source = createMemorySource(SHOP);
  const g = await buildSnapshot(source, { weighting: NO_DAMPING, attributes: true, allocator: memory });
  const how = { of: 'customer', order: 'set', minCount: 1, allocator: memory } as const;
  const corpus = await buildCorpus(await source.interactions('all'), g, how);
  const train = { ...TRAIN, passes: PASSES };
  return trainOnSentences(g, corpus, memory, { train, ...(checkpoint && { checkpoint }) });
}

const outcomeOf = ({ vectors, contexts, visits, pairs, tokens, walks, sentences }: Training) => ({
  hashes: [toSha256(vectors), toSha256(contexts)],
  visits: Array.from(visits),
  counts: [pairs, tokens, walks, sentences],
});

describe.each([
  ['walks', onWalks],
  ['sentences', onSentences],
  [
    'walks under softmax',
    (checkpoint?: Checkpoints): Promise<Training> =>
      onWalks(checkpoint, { train: { objective: 'softmax', negatives: 9 } }),
  ],
  [
    'walks, anchored to a warm start, with frozen rows, numbered on',
    async (checkpoint?: Checkpoints): Promise<Training> => {
      const { vectors, contexts } = await onWalks(undefined, { train: { passes: 1 } });
      const frozen = Uint8Array.from({ length: vectors.rows }, (_, v) => +(v % 4 === 0));
      const warm = { vectors, contexts, frozen, anchor: { pull: 0.2 } };
      return onWalks(checkpoint, { warm, walkNumberFrom: 9 });
    },
  ],
] as const)('on %s', (_, train) => {
  test('the process ends while pass 5 is trained or saved: gone on with from pass 4, the same bytes', async () => {
    const whole = outcomeOf(await train());
    let saved: TrainingState | undefined;
    const crash = new Error('the process ends here');
    const save = async (state: TrainingState): Promise<void> => {
      if (state.passesDone > 4) throw crash;
      saved = keep(state);
    };
    await expect(train({ everyPasses: 2, save })).rejects.toBe(crash);
    expect(saved!.passesDone).toBe(4);
    const stops: number[] = [];
    const resumed = await train({
      everyPasses: 2,
      save: async ({ passesDone }) => void stops.push(passesDone),
      from: saved!,
    });
    expect(stops).toEqual([6]);
    expect(outcomeOf(resumed)).toEqual(whole);
  });

  test('the totals, loss included, are those of a run with the same checkpoints', async () => {
    const states: TrainingState[] = [];
    const save = async (state: TrainingState): Promise<void> => void states.push(keep(state));
    const whole = await train({ everyPasses: 3, save });
    expect(states.map((s) => s.passesDone)).toEqual([3, 6]);
    const resumed = await train({ everyPasses: 3, save, from: states[0]! });
    expect(resumed.lossPerPair).toBe(whole.lossPerPair);
    expect(states[2]).toEqual(states[1]);
  });

  test('saved after the last pass: nothing is trained again', async () => {
    let saved: TrainingState | undefined;
    const save = async (state: TrainingState): Promise<void> => {
      saved = keep(state);
    };
    const whole = await train({ everyPasses: PASSES, save });
    expect(saved!.passesDone).toBe(PASSES);
    const neverSaved = async (): Promise<void> => expect.unreachable();
    const again = await train({ everyPasses: PASSES, save: neverSaved, from: saved! });
    expect(outcomeOf(again)).toEqual(outcomeOf(whole));
    expect(again.lossPerPair).toBe(whole.lossPerPair);
  });
});

test('the matrices stand still while they are saved', async () => {
  const save = async ({ vectors }: TrainingState): Promise<void> => {
    const before = toSha256(vectors);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(toSha256(vectors)).toBe(before);
  };
  await onWalks({ everyPasses: 2, save }, { train: { workers: 2 } });
});

test('stopped while a checkpoint is written: it is written, then ABORTED', async () => {
  const controller = new AbortController();
  let written = 0;
  const save = async ({ passesDone }: TrainingState): Promise<void> => {
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 5));
    written = passesDone;
  };
  const run = onWalks({ everyPasses: 2, save }, { signal: controller.signal });
  await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
  expect(written).toBe(2);
});

test('progress goes on from where the checkpoint is', async () => {
  let saved: TrainingState | undefined;
  const save = async (state: TrainingState): Promise<void> => {
    saved ??= keep(state);
  };
  await onWalks({ everyPasses: 5, save });
  const seen: number[] = [];
  const onProgress = ({ done }: { done: number }): void => void seen.push(done);
  const { walks } = await onWalks({ everyPasses: 5, save, from: saved! }, { onProgress });
  expect(Math.min(...seen)).toBeGreaterThanOrEqual((walks / PASSES) * 5);
  expect(seen.at(-1)).toBe(walks);
});

describe('a checkpoint that does not fit is refused', () => {
  const n = 135;
  const zeros = (rows: number): Matrix => new Matrix(new Float32Array(rows * 16), rows, 16);
  const totals = { tokens: 0, pairs: 0, lossSum: 0, lossPairs: 0 };
  const state = { passesDone: 1, vectors: zeros(n), contexts: zeros(n), visits: new Uint32Array(n), totals };
  const save = async (): Promise<void> => undefined;
  test.each<[string, Partial<Checkpoints>, string, string]>([
    ['every 0 passes', { everyPasses: 0 }, 'REQUEST_INVALID', 'checkpoint.everyPasses'],
    ['every half pass', { everyPasses: 0.5 }, 'REQUEST_INVALID', 'checkpoint.everyPasses'],
    [
      'more is done than there is',
      { from: { ...state, passesDone: 8 } },
      'REQUEST_INVALID',
      'checkpoint.from.passesDone',
    ],
    [
      'of another graph',
      { from: { ...state, contexts: zeros(n + 1) } },
      'EMBEDDING_SHAPE_MISMATCH',
      'checkpoint.from.contexts',
    ],
    [
      'visits of another graph',
      { from: { ...state, visits: new Uint32Array(1) } },
      'EMBEDDING_SHAPE_MISMATCH',
      'checkpoint.from.visits',
    ],
  ])('%s', async (_, change, code, field) => {
    await expect(onWalks({ everyPasses: 1, save, ...change })).rejects.toMatchObject({
      code,
      details: { field },
    });
  });
});
