/**
 * The use case `tune`: settings that serve this shop better than those it starts from, or the finding that there are none.
 * Rounds of successive halving from the best so far, on a validation split; the test part is not looked at, nothing
 * is published. docs/tuning.md says how it searches, and what its figures are worth.
 */
import { boundBest, toMean } from '../../analyze/bootstrap.ts';
import { createPause } from '../../analyze/ranker.ts';
import { toStream } from '../../analyze/shuffle.ts';
import { ShelfwalkError } from '../../base/errors.ts';
import type { TaskContext } from '../../base/task.ts';
import { checkNewFiles, writeNewFiles } from '../../vectors/new-files.ts';
import type { RunConfig } from '../config.ts';
import { EMBEDDING_SCORER } from '../live-queries.ts';
import type { TrainingCatalog } from '../training-catalog.ts';
import { ALGORITHM, drawCandidates } from './candidates.ts';
import { halve, REDUCTION } from './halving.ts';
import { type LiveSpace, toLiveSpace } from './live-space.ts';
import { toRunKey, toSettings } from './settings.ts';
import {
  createTrialBook,
  passesOf,
  RESAMPLES,
  type TrialBook,
  type TrialEntry,
  toDifference,
} from './trials.ts';
import type { LeftOut, Space, TuneRequest, TuneResult } from './types.ts';
import { openValidation, type Validation } from './validation.ts';

/** Contenders of a round: three algorithms have three each to halve, one that is left has nine. */
const ROUND = REDUCTION ** 2;
const MINUTE_MS = 60_000;

/**
 * @throws ShelfwalkError CATALOG_EMPTY · SPLIT_IMPOSSIBLE · CONFIG_INVALID — nothing to vary · REQUEST_UNPROCESSABLE — the file
 *   is there · FOLDER_UNUSABLE · DISK_FULL · ABORTED; no file is written then
 * @throws ShelfwalkError LIMIT_EXCEEDED · GRAPH_EMPTY · SENTENCES_EMPTY · TRAINING_FAILED — of the start; of other trials they are recorded
 */
export async function tuneRecipe(
  catalog: TrainingCatalog,
  request: TuneRequest,
  context: TaskContext,
): Promise<TuneResult> {
  const { out, force } = request;
  if (out !== undefined) await checkNewFiles([out], { replace: force }); // before anything is trained
  const { interactions } = await catalog.counts();
  if (interactions === 0)
    throw new ShelfwalkError('CATALOG_EMPTY', { hint: 'Import interactions: shelfwalk import --help' });
  const result = await catalog.atOneMoment((moment) => search(moment, request, context));
  if (out === undefined) return result;
  await writeNewFiles([{ path: out, chunks: toChunks(result.settings) }], context.signal);
  return { ...result, file: out };
}

async function* toChunks(settings: object): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(settings, null, 2)}\n`);
}

async function search(
  moment: TrainingCatalog,
  request: TuneRequest,
  { signal, onProgress }: TaskContext,
): Promise<TuneResult> {
  const startedAt = performance.now();
  const context = { signal, onProgress };
  const { run: start, trials, minutes } = request;
  const deadline = minutes === undefined ? undefined : AbortSignal.timeout(Math.ceil(minutes * MINUTE_MS));
  const validation = await openValidation(moment, request, context);
  const live = toLiveSpace(request.space, start, validation.facts);
  const book = createTrialBook({
    ...context,
    validation,
    seed: start.train.randomSeed,
    trials,
    deadline,
    pause: createPause(context),
    now: () => performance.now(),
  });
  const first = book.add(start, 0);
  await book.runStart(first);
  const { endedBy, beaten } = await runRounds(book, { request, validation, live, deadline });
  return {
    ...(await conclude(book, request, context)),
    measure: {
      metric: request.metric,
      k: validation.k,
      protocol: request.protocol,
      scorer: EMBEDDING_SCORER,
      customers: validation.customers,
    },
    split: validation.split,
    knobs: live.knobs,
    leftOut: [...live.leftOut, ...beaten],
    trials: await book.toTrials(),
    endedBy,
    tookMs: Math.round(performance.now() - startedAt),
  };
}

interface Rounds {
  readonly request: TuneRequest;
  readonly validation: Pick<Validation, 'facts'>;
  readonly live: LiveSpace;
  readonly deadline?: AbortSignal | undefined;
}

interface Ended {
  readonly endedBy: TuneResult['endedBy'];
  /** Algorithms that were given up on the way. */
  readonly beaten: readonly LeftOut[];
}

/** Each round changes the best so far, by the algorithms that may still win. */
async function runRounds(
  book: TrialBook,
  { request: { run: start, trials }, validation: { facts }, live, deadline }: Rounds,
): Promise<Ended> {
  const tried = new Set([toRunKey(start)]);
  const draw = { start, facts, tried, random: toStream(start.train.randomSeed, 'tune') };
  let { space } = live;
  const beaten: LeftOut[] = [];
  for (let round = 1; ; round++) {
    if (deadline?.aborted) return { endedBy: 'minutes', beaten };
    const count = Math.min(ROUND, trials - book.entries.length);
    if (count === 0) return { endedBy: 'trials', beaten };
    const candidates = drawCandidates({ ...draw, space, count, from: findBest(book).run });
    if (candidates.length === 0) return { endedBy: 'space', beaten };
    const entries = candidates.map((run) => book.add(run, round));
    await halve(entries, toRace(book));
    space = await giveUpBeaten(book, space, (algorithm, because) =>
      beaten.push({
        setting: `${ALGORITHM} ${String(algorithm)}`,
        because: `after round ${round} ${because}`,
      }),
    );
  }
}

/** The space without the algorithms whose best is clearly worse than the best of all, or that only fail. */
async function giveUpBeaten(
  book: TrialBook,
  space: Space,
  onBeaten: (algorithm: unknown, because: string) => void,
): Promise<Space> {
  const algorithms = space[ALGORITHM];
  if (!algorithms) return space;
  const best = findBest(book);
  const kept: unknown[] = [];
  for (const algorithm of algorithms) {
    const own = book.entries.filter(({ run }) => run.train.algorithm === algorithm);
    const measured = own.filter(({ full }) => full);
    if (own.length > 0 && own.every(({ state }) => state === 'failed'))
      onBeaten(algorithm, 'given up: it failed each time');
    else if (
      measured.length > 0 &&
      (await isClearlyWorse(book, findBest({ entries: measured }).full!, best.full!))
    )
      onBeaten(algorithm, `given up: clearly worse than trial ${best.number}`);
    else kept.push(algorithm);
  }
  return { ...space, [ALGORITHM]: kept };
}

/** Over the same customers, by the interval of the difference. */
const isClearlyWorse = async (book: TrialBook, own: Float64Array, best: Float64Array): Promise<boolean> =>
  (await book.toInterval(toDifference(own, best))).high < 0;

const toRace = (book: TrialBook) => ({
  stratumOf: ({ run }: TrialEntry): string => toPace(run),
  passesOf: ({ run }: TrialEntry): number => passesOf(run),
  run: (entry: TrialEntry, share: number) => book.run(entry, share),
  isClearlyWorse: (own: Float64Array, best: Float64Array) => isClearlyWorse(book, own, best),
  drop(entry: TrialEntry, because: string): void {
    entry.state = 'dropped';
    entry.because = because;
  },
});

/** What a cheap training is fair to compare with: where it starts from, and what it learns. */
const toPace = ({ train: { algorithm, initialVectors, objective } }: RunConfig): string =>
  `${algorithm} ${initialVectors} ${objective}`;

/** Of those measured in full; of equals the earliest. */
function findBest({ entries }: Pick<TrialBook, 'entries'>): TrialEntry {
  let best = entries[0]!;
  for (const entry of entries) if (entry.full && toMean(entry.full) > toMean(best.full!)) best = entry;
  return best;
}

type Conclusion = Pick<TuneResult, 'verdict' | 'because' | 'settings' | 'best' | 'margin'>;

async function conclude(
  book: TrialBook,
  { run: start }: TuneRequest,
  context: TaskContext,
): Promise<Conclusion> {
  const best = findBest(book);
  const [first, ...others] = book.entries;
  const rivals = others.flatMap(({ full }) => (full ? [toDifference(full, first!.full!)] : []));
  if (best === first) {
    const because =
      rivals.length === 0
        ? 'nothing else was measured in full'
        : 'nothing that was measured in full is better';
    return { verdict: 'keep', because, settings: toSettings(start), best: first.number };
  }
  const lowOfBest = await boundBest(rivals, {
    random: toStream(start.train.randomSeed, 'bootstrap tune'),
    resamples: RESAMPLES,
    pause: createPause(context),
  });
  const own = await book.toInterval(toDifference(best.full!, first!.full!));
  const margin = { ...own, lowOfBest, rivals: rivals.length };
  const isBetter = own.low > 0 && lowOfBest > 0;
  return {
    verdict: isBetter ? 'change' : 'keep',
    because: isBetter
      ? 'the best is better than the start also when it is allowed for that it was chosen as the best'
      : own.low > 0
        ? 'the best is better by no more than the best of so many is by luck'
        : 'the interval of the difference includes 0',
    settings: toSettings(isBetter ? best.run : start),
    best: best.number,
    margin,
  };
}
