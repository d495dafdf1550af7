/** A snapshot and the settings of a run → both matrices, by whichever algorithm needs nothing but the graph. */
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import type { Snapshot } from '../graph/types.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { computeNextProduct, hasNextProduct } from '../spectral/next-product-embeddings.ts';
import { computeSpectral, type SpectralModel } from '../spectral/spectral-embeddings.ts';
import { scaleToStart } from '../spectral/start.ts';
import type { Checkpoints } from '../train/checkpoint.ts';
import type { Training } from '../train/trainer.ts';
import type { WarmStart } from '../train/warm.ts';
import type { GraphRun } from './config.ts';
import { isClosedForm, toSpectralParams } from './run-params.ts';
import type { SpectrumFacts } from './spectrum-facts.ts';
import { trainOnWalks } from './train-walks.ts';

type OfEvery = 'vectors' | 'contexts' | 'preProcessingMillis' | 'computeMillis';

/** Both matrices and how they came about; figures of walks where there were any. */
export interface Model extends Pick<Training, OfEvery>, Partial<Omit<Training, OfEvery>> {
  /** Of the model itself, or of its first vectors. */
  readonly spectrum?: SpectrumFacts;
}

export interface ModelOptions {
  readonly context: TaskContext;
  readonly checkpoint?: Checkpoints | undefined;
}

/**
 * @param snapshot laid out in `memory`, as are the matrices
 * @throws ShelfwalkError GRAPH_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 */
export async function trainModel(
  snapshot: Snapshot,
  memory: KernelMemory,
  run: GraphRun,
  { context, checkpoint }: ModelOptions,
): Promise<Model> {
  throwIfAborted(context.signal);
  const startedAt = performance.now();
  if (isClosedForm(run)) {
    const { vectors, contexts, spectrum } = await computeSpectrum(snapshot, memory, run, context);
    const computeMillis = Math.round(performance.now() - startedAt);
    return { vectors, contexts, spectrum, preProcessingMillis: 0, computeMillis };
  }
  // What goes on from a checkpoint has its first vectors behind it.
  const first =
    run.train.initialVectors === 'spectral' && !checkpoint?.from
      ? await toFirstVectors(snapshot, memory, run, context)
      : undefined;
  const startMillis = Math.round(performance.now() - startedAt);
  const training = await trainOnWalks(snapshot, memory, {
    ...context,
    run,
    ...(first && { warm: first.warm }),
    checkpoint,
  });
  const preProcessingMillis = training.preProcessingMillis + startMillis;
  return { ...training, preProcessingMillis, ...(first && { spectrum: first.spectrum }) };
}

type Spectrum = Pick<SpectralModel, 'vectors' | 'contexts'> & { readonly spectrum: SpectrumFacts };

async function computeSpectrum(
  snapshot: Snapshot,
  memory: KernelMemory,
  run: GraphRun,
  context: TaskContext,
): Promise<Spectrum> {
  const compute = hasNextProduct(snapshot) ? computeNextProduct : computeSpectral;
  const model = await compute(snapshot, memory, toSpectralParams(run), context);
  const { vectors, contexts, singularValues, rounds, change } = model;
  const rank = singularValues.filter((s) => s > 0).length;
  const [largest, smallest] = [singularValues[0]!, singularValues[Math.max(0, rank - 1)]!];
  return { vectors, contexts, spectrum: { rank, largest, smallest, iterations: rounds, change } };
}

async function toFirstVectors(
  snapshot: Snapshot,
  memory: KernelMemory,
  run: GraphRun,
  context: TaskContext,
): Promise<{ readonly warm: WarmStart; readonly spectrum: SpectrumFacts }> {
  const { vectors, contexts, spectrum } = await computeSpectrum(snapshot, memory, run, context);
  const warm = { vectors, contexts };
  await scaleToStart(warm, snapshot, context);
  return { warm, spectrum };
}
