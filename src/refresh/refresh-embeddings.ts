/**
 * Carries a plan out: starts from the parent's rows (given-rows.ts), trains on the walks of the plan and on
 * those that push (push.ts). What the plan does not name is frozen in both matrices, or held near where it
 * was.
 */
import type { TaskContext } from '../base/task.ts';
import type { Snapshot } from '../graph/types.ts';
import { compileKernel } from '../kernel/load.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import type { TrainParams } from '../train/params.ts';
import type { StartList } from '../train/schedule.ts';
import { type Training, trainEmbeddings } from '../train/trainer.ts';
import type { WalkParams } from '../walk/params.ts';
import type { GraphDifference } from './difference.ts';
import type { FoldInVersion } from './fold-in.ts';
import { buildGivenRows, type GivenRows } from './given-rows.ts';
import type { PlanOptions, RefreshPlan } from './plan.ts';
import { planPush } from './push.ts';

export interface RefreshInput {
  readonly snapshot: Snapshot; // laid out in the kernel's memory
  readonly difference: Pick<GraphDifference, 'parentRows'>;
  readonly plan: RefreshPlan;
  readonly visits: Uint32Array; // [n]
  readonly parent: FoldInVersion; // [n′] rows
  /** Of the refresh: walks as long as those of the plan. */
  readonly walk: WalkParams;
  readonly train: TrainParams;
  /** The training anew that the plan was made beside. */
  readonly full: PlanOptions['full'];
  /** Rows that the plan does not name: frozen if not given, else pulled back by this share after each pass. */
  readonly pull?: number;
  /** Of the first walk from each start: greater than those of all trainings this one goes on from. */
  readonly walkNumberFrom: number;
}

export interface RefreshTraining extends Training {
  /** Nodes that started from what they touch. */
  readonly foldedInCount: number;
  /** Of `walks`: those that push. */
  readonly pushWalks: number;
}

/**
 * Where rows are pulled back none is frozen, so none pushes: all of them are held by the pull instead. A plan
 * without a row (some nodes are gone, and nobody misses them) is carried out by giving the rows there are.
 * @throws ShelfwalkError GRAPH_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 */
export async function refreshEmbeddings(
  input: RefreshInput,
  memory: KernelMemory,
  context: TaskContext,
): Promise<RefreshTraining> {
  const { snapshot, difference, plan, visits, parent, walk, train, full, pull, walkNumberFrom } = input;
  const { windowSize, negativeExponent } = train;
  const startedAt = performance.now();
  const given = await buildGivenRows(snapshot, difference.parentRows, parent, context);
  if (plan.rows.length === 0 && snapshot.targets.length > 0) return toUntrained(given, visits, startedAt);
  const { vectors, contexts, foldedInCount } = given;
  const options = { walkLength: walk.length, windowSize, negativeExponent, full };
  const push = pull === undefined ? planPush(snapshot, plan, visits, options) : undefined;
  const starts = push ? join(plan, push.starts) : plan;
  const held = pull === undefined ? { frozen: toFrozen(plan, snapshot.nodeCount) } : { anchor: { pull } };
  const training = await trainEmbeddings(snapshot, memory, {
    ...context,
    walk,
    train,
    startTypes: [],
    starts,
    visits,
    walkNumberFrom,
    warm: { vectors, contexts, ...held },
    ...(push && { pushShares: push.shares }),
  });
  return { ...training, foldedInCount, pushWalks: push?.walkCount ?? 0 };
}

async function toUntrained(
  given: GivenRows,
  visits: Uint32Array,
  startedAt: number,
): Promise<RefreshTraining> {
  const { flavour: kernel } = await compileKernel();
  const nothing = {
    walks: 0,
    pushWalks: 0,
    sentences: 0,
    tokens: 0,
    pairs: 0,
    lossPerPair: 0,
    computeMillis: 0,
  };
  return {
    ...given,
    ...nothing,
    visits,
    kernel,
    preProcessingMillis: Math.round(performance.now() - startedAt),
  };
}

const join = (a: StartList, b: StartList): StartList => ({
  rows: concat(a.rows, b.rows),
  walks: concat(a.walks, b.walks),
});

function concat(a: Uint32Array, b: Uint32Array): Uint32Array {
  const both = new Uint32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function toFrozen({ rows }: RefreshPlan, nodeCount: number): Uint8Array {
  const frozen = new Uint8Array(nodeCount).fill(1);
  for (const row of rows) frozen[row] = 0;
  return frozen;
}
