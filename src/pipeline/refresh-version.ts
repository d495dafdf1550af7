/**
 * The use case: what has changed since a version was trained → a plan → (shown, or) carried out →
 * measured against what it would replace → written beside it → promoted. What is executed is what was
 * planned; nothing is published unless the gate lets it pass.
 */
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { copySnapshot } from '../graph/snapshot-copy.ts';
import { createKernelMemory, type KernelMemory } from '../kernel/memory.ts';
import { measureDrift } from '../refresh/drift.ts';
import type { RefreshPlan } from '../refresh/plan.ts';
import type { Manifest, VersionContent } from '../vectors/types.ts';
import { toCorpusReport } from './corpus-report.ts';
import { loadParent, type ParentModel } from './parent-model.ts';
import { findReplaced } from './put-again.ts';
import { RECENCY } from './recency.ts';
import { toRecordedConfig } from './recorded-config.ts';
import type { RefreshConfig } from './refresh-config.ts';
import { toFullPlanFacts, toLocalPlanFacts } from './refresh-facts.ts';
import { gateFully, refreshFully } from './refresh-full.ts';
import { enforceGate } from './refresh-gate.ts';
import {
  type ComparableParent,
  compareWithParent,
  planOn,
  pushOn,
  type RefreshGraph,
  toLocalWalkLength,
} from './refresh-graph.ts';
import { gateLocally, refreshLocally } from './refresh-local.ts';
import { chooseMode, chooseWithoutGraph, isComparable } from './refresh-mode.ts';
import type {
  AlignmentReport,
  ChosenMode,
  GateReport,
  PublishedRefresh,
  RefreshPlanFacts,
  RefreshResult,
} from './refresh-types.ts';
import { toReasons } from './run-reasons.ts';
import { BLEND } from './served-blend.ts';
import type { Trained } from './train-on.ts';
import { toFacts, toNodeTable, toSeen, toTrainedGraph } from './train-version.ts';
import type { TrainingCatalog } from './training-catalog.ts';
import type { Workspace } from './workspace.ts';

export interface RefreshRequest {
  readonly alias: string;
  readonly settings: RefreshConfig;
  /** Only the plan: nothing is trained, nothing published. */
  readonly dryRun: boolean;
  /** Publish although the gate refuses. */
  readonly force: boolean;
  /** Delete all but the newest few versions afterwards; those with an alias stay. */
  readonly keep?: number;
}

interface Stores {
  readonly catalog: TrainingCatalog;
  readonly versions: Workspace['versions'];
}

/**
 * @throws ShelfwalkError ALIAS_UNKNOWN · VERSION_CORRUPT · REFRESH_IMPOSSIBLE · GATE_REFUSED · CATALOG_EMPTY ·
 *   GRAPH_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED; nothing is published then
 * @throws ShelfwalkError ALIAS_MOVED — the version is there, and the alias is where it was moved to meanwhile
 */
export async function refreshVersion(
  { catalog, versions }: Stores,
  request: RefreshRequest,
  context: TaskContext,
): Promise<RefreshResult> {
  const { alias, settings, dryRun } = request;
  const parent = await loadParent(versions, await versions.resolve(alias));
  const memory = createKernelMemory(parent.run.train.maxMemoryMiB * 2 ** 20);
  // Of one moment from the plan to the last step of it: what comes in meanwhile is for the next refresh.
  const { made, refreshed, replaced } = await catalog.atOneMoment(async (moment) => {
    const { planned, ...decision } = await decide(moment, parent, settings, context);
    if (dryRun || decision.mode === 'none') return { made: decision };
    const replaced = findReplaced(parent.loaded.manifest, (await moment.putAgain?.()) ?? []);
    const means = { settings, memory, context, force: request.force, replaced };
    return {
      made: decision,
      replaced,
      refreshed: planned
        ? await carryOutLocally(moment, parent as ComparableParent, { ...means, ...planned })
        : await carryOutFully(moment, parent, means),
    };
  });
  const result = { alias, parent: parent.loaded.manifest.id, ...made };
  if (!refreshed) return result;
  throwIfAborted(context.signal);
  return {
    ...result,
    published: await publish(versions, parent, { ...request, made, refreshed, replaced, context }),
  };
}

interface Means {
  readonly settings: RefreshConfig;
  readonly memory: KernelMemory;
  readonly context: TaskContext;
  readonly force: boolean;
  /** Keys of nodes whose rows in the parent are of others that had their ids before. */
  readonly replaced: ReadonlySet<string>;
}

type Decision = ChosenMode & { readonly plan?: RefreshPlanFacts };

/** What a local refresh goes by; read once. */
interface Planned {
  /** Not in kernel memory, which the gate needs meanwhile. */
  readonly graph: RefreshGraph;
  readonly plan: RefreshPlan;
}

/** @returns `planned` where the mode is local */
async function decide(
  catalog: TrainingCatalog,
  parent: ParentModel,
  settings: RefreshConfig,
  context: TaskContext,
): Promise<Decision & { readonly planned?: Planned }> {
  if (!isComparable(parent)) return chooseWithoutGraph(parent, settings);
  const graph = await compareWithParent(catalog, parent, { context });
  const plan = planOn(graph, parent.run, settings);
  const chosen = chooseMode(parent, graph, plan, settings);
  if (chosen.mode === 'full') return { ...chosen, plan: toFullPlanFacts(graph, plan, parent) };
  const pushWalks = pushOn(graph, plan, parent.run, settings)?.walkCount ?? 0;
  const walkLength = toLocalWalkLength(parent.run);
  const facts = toLocalPlanFacts(graph, plan, { parent, pushWalks, walkLength });
  return { ...chosen, plan: facts, ...(chosen.mode === 'local' && { planned: { graph, plan } }) };
}

/** What is to be published, and what was found on the way. */
interface Refreshed {
  readonly trained: Pick<
    Trained,
    | 'snapshot'
    | 'names'
    | 'training'
    | 'weighting'
    | 'newestMs'
    | 'watermark'
    | 'graphMark'
    | 'readMillis'
    | 'sentences'
  >;
  readonly pending?: Float32Array;
  readonly kernelBytes: number;
  readonly spaceId: string;
  readonly generation: number;
  readonly gate: GateReport;
  readonly alignment?: AlignmentReport;
}

/** @throws ShelfwalkError GATE_REFUSED */
async function carryOutFully(
  catalog: TrainingCatalog,
  parent: ParentModel,
  { force, ...means }: Means,
): Promise<Refreshed> {
  const { memory, settings } = means;
  const gate = await gateFully(catalog, parent, settings, means);
  enforceGate(gate, force);
  memory.reset();
  const full = await refreshFully(catalog, parent, settings, means);
  return { ...full, kernelBytes: memory.usedBytes(), generation: 0, gate };
}

/** @throws ShelfwalkError GATE_REFUSED */
async function carryOutLocally(
  catalog: TrainingCatalog,
  parent: ComparableParent,
  { force, graph: planned, plan, ...means }: Means & Planned,
): Promise<Refreshed> {
  const { memory } = means;
  const { manifest } = parent.loaded;
  const until = manifest.trainedUntil === undefined ? undefined : Date.parse(manifest.trainedUntil);
  const gate = await gateLocally(catalog, parent, until, means);
  enforceGate(gate, force);
  memory.reset();
  const graph = { ...planned, snapshot: copySnapshot(planned.snapshot, memory) };
  const { training, pending } = await refreshLocally(parent, graph, plan, means);
  const kernelBytes = memory.usedBytes();
  const { spaceId } = manifest;
  const generation = parent.generation + 1;
  return { trained: { ...graph, training }, pending, kernelBytes, spaceId, generation, gate };
}

interface Publication extends RefreshRequest {
  readonly made: Decision;
  readonly refreshed: Refreshed;
  readonly replaced: ReadonlySet<string>;
  readonly context: TaskContext;
}

async function publish(
  versions: Workspace['versions'],
  parent: ParentModel,
  { alias, keep, made, refreshed, replaced, context }: Publication,
): Promise<PublishedRefresh> {
  const { trained, gate, alignment, spaceId, generation, kernelBytes } = refreshed;
  const { snapshot, training, weighting, readMillis } = trained;
  const { vectors, contexts } = training;
  const old = { ...parent.loaded, contexts: parent.loaded.contexts!, replaced };
  const drift = await measureDrift({ nodes: snapshot, vectors, contexts }, old, context);
  const facts = { ...toFacts(snapshot, training), readMillis, kernelBytes };
  const { mode, reason, plan } = made;
  const found = { gate, drift, ...(alignment && { alignment }) };
  const content: VersionContent = {
    nodes: toNodeTable(trained),
    vectors,
    contexts,
    graph: toTrainedGraph(snapshot, training, refreshed.pending),
    report: {
      training: facts,
      ...(trained.sentences && { corpus: toCorpusReport(trained.sentences.corpus, snapshot) }),
      ...toReasons(parent.run),
      // Learned once for a line of versions: the scorers they weigh stay what they are.
      ...(RECENCY in parent.loaded.report && { [RECENCY]: parent.loaded.report[RECENCY] }),
      ...(BLEND in parent.loaded.report && { [BLEND]: parent.loaded.report[BLEND] }),
      refresh: { mode, reason, generation, plan, ...found },
    },
  };
  const manifest = await versions.write(content, {
    spaceId,
    parent: parent.loaded.manifest.id,
    ...toSeen(trained),
    configuration: { ...toRecordedConfig(parent.run, weighting.asOfMs) },
    metrics: 'notMeasured' in gate ? {} : { [`recall@${gate.k} (last window)`]: gate.recall },
  });
  const { previous } = await promoteOver(versions, alias, manifest);
  const deleted = keep === undefined ? [] : await versions.prune(keep);
  return { version: manifest.id, previous, spaceId, deleted, training: facts, ...found };
}

/** Whoever has moved the alias while the refresh ran, by a rollback say, did not mean to have it moved back. */
async function promoteOver(
  versions: Workspace['versions'],
  alias: string,
  { id, parent }: Manifest,
): Promise<{ readonly previous?: string }> {
  try {
    return await versions.promote(alias, id, parent);
  } catch (error) {
    if (!isShelfwalkError(error, 'ALIAS_MOVED')) throw error;
    const hint = 'It was moved while the refresh ran. The new version is kept: promote it, or refresh again';
    throw new ShelfwalkError('ALIAS_MOVED', { ...error.details, version: id, hint });
  }
}
