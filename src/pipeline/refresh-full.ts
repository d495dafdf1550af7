/**
 * A full refresh: trained anew with the parent's settings, measured as such, and turned into the
 * coordinates of the parent, so that vectors that clients have stored keep their meaning; a space that
 * cannot be laid onto the old one gets a new id.
 */

import { randomUUID } from 'node:crypto';
import { NODE_TYPES } from '../base/ids.ts';
import type { TaskContext } from '../base/task.ts';
import { findRotation, rotateSpace } from '../refresh/rotation.ts';
import { findSharedNodes } from '../refresh/shared-nodes.ts';
import { chooseSplit } from './choose-split.ts';
import type { ParentModel } from './parent-model.ts';
import { getDecay } from './recency.ts';
import type { RefreshConfig } from './refresh-config.ts';
import { gateIfPossible, measureGate } from './refresh-gate.ts';
import type { AlignmentReport, GateReport } from './refresh-types.ts';
import type { TrainOnOptions } from './train-on.ts';
import { type Trained, trainOn } from './train-on.ts';
import type { TrainingCatalog } from './training-catalog.ts';

export interface FullRefresh {
  readonly trained: Trained;
  readonly spaceId: string;
  readonly alignment: AlignmentReport;
}

/**
 * @param options.replaced keys of nodes whose rows in the parent are of others
 * @throws ShelfwalkError GRAPH_EMPTY · SENTENCES_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 */
export async function refreshFully(
  source: TrainingCatalog,
  { run, loaded }: ParentModel,
  { maxResidual }: Pick<RefreshConfig, 'maxResidual'>,
  { replaced, ...options }: TrainOnOptions & { readonly replaced: ReadonlySet<string> },
): Promise<FullRefresh> {
  const trained = await trainOn(source, run, options);
  const { vectors, contexts } = trained.training;
  const fresh = { nodes: trained.snapshot, vectors, contexts };
  const old = { nodes: loaded.nodes, vectors: loaded.vectors, contexts: loaded.contexts!, replaced };
  const shared = NODE_TYPES.map((type) => findSharedNodes(fresh, old, type));
  const apart = { trained, spaceId: randomUUID() };
  if (shared.every(({ to }) => to.length === 0))
    return { ...apart, alignment: { shared: 0, maxResidual, sameSpace: false } };
  const { matrix, residual, sharedCount } = await findRotation(fresh, old, shared, options.context);
  const alignment = { shared: sharedCount, residual, maxResidual };
  if (Math.max(residual.vectors, residual.contexts) > maxResidual)
    return { ...apart, alignment: { ...alignment, sameSpace: false } };
  const training = { ...trained.training, ...(await rotateSpace(fresh, matrix, options.context)) };
  return {
    trained: { ...trained, training },
    spaceId: loaded.manifest.spaceId,
    alignment: { ...alignment, sameSpace: true },
  };
}

/** The recipe on the part before the split that the data allow. It is the parent's own, so the rival is popularity. */
export async function gateFully(
  source: TrainingCatalog,
  { run, loaded }: ParentModel,
  { gate }: Pick<RefreshConfig, 'gate'>,
  { memory, context }: TrainOnOptions,
): Promise<GateReport> {
  const named: TaskContext = {
    ...context,
    onProgress: (p) => context.onProgress?.({ ...p, stage: `gate: ${p.stage}` }),
  };
  const measure = async (moment: TrainingCatalog): Promise<GateReport> => {
    const split = await chooseSplit(moment, run);
    const { snapshot, training } = await trainOn(moment, run, { memory, context: named, split });
    const { vectors, contexts } = training;
    const candidate = { ranges: snapshot.ranges, vectors, contexts };
    const seed = run.train.randomSeed;
    return measureGate(
      moment,
      { split, snapshot, candidate, seed, decay: getDecay(loaded), settings: gate },
      named,
    );
  };
  return gateIfPossible(() => source.atOneMoment(measure));
}
