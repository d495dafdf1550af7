/** By what a training is known again: the graph it walks on or the sentences it reads, and its settings. */
import { createHash, type Hash } from 'node:crypto';
import type { Corpus } from '../graph/corpus.ts';
import type { Snapshot, Split } from '../graph/types.ts';
import type { Checkpoints } from '../train/checkpoint.ts';
import type { RunConfig } from './config.ts';
import type { RunContext, TrainingIdentity } from './run-checkpoints.ts';
import {
  isOnPairs,
  isOnSentences,
  toSpectralParams,
  toTrainParams,
  toWalkParams,
  usesSpectrum,
} from './run-params.ts';

interface TrainedOn {
  readonly snapshot: Snapshot;
  readonly corpus?: Corpus;
}

/** Undefined where the run keeps none. */
export async function openCheckpoints(
  run: RunConfig,
  trainedOn: TrainedOn,
  { context, split }: { readonly context: RunContext; readonly split?: Split },
): Promise<Checkpoints | undefined> {
  const part = split ? 'evaluation' : 'everything';
  return context.checkpoints?.open(part, toTrainingIdentity(run, trainedOn));
}

/** Threads do not count: a state may be gone on with by fewer or more of them. */
export function toTrainingIdentity(run: RunConfig, { snapshot, corpus }: TrainedOn): TrainingIdentity {
  const { workers: _, ...train } = toTrainParams(run);
  const settings = isOnSentences(run)
    ? { train, sentences: run.sentences }
    : isOnPairs(run)
      ? { train, of: 'pairs' }
      : {
          train,
          walk: toWalkParams(run),
          startTypes: run.walk.startTypes,
          ...(usesSpectrum(run) && { first: toSpectralParams(run) }),
        };
  const hash = createHash('sha256').update(JSON.stringify({ settings, ranges: snapshot.ranges }));
  for (const id of snapshot.ids) hash.update(`${id.length}:${id}`);
  for (const array of [snapshot.offsets, snapshot.targets, snapshot.weights]) addArray(hash, array);
  if (corpus) for (const array of [corpus.offsets, corpus.tokens]) addArray(hash, array);
  return { fingerprint: hash.digest('hex'), passes: train.passes };
}

function addArray(hash: Hash, { buffer, byteOffset, byteLength, length }: Uint32Array | Float32Array): void {
  hash.update(`${length}:`).update(new Uint8Array(buffer, byteOffset, byteLength));
}
