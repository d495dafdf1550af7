/**
 * The use case `evaluate`: which recipe is measured (settings that were given, or those of a version), with
 * what it is compared, and where the report goes. Nothing is published.
 */
import { join } from 'node:path';
import type { EvaluatedModel } from '../analyze/types.ts';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { makeFolder } from '../base/folder.ts';
import type { NodeType } from '../base/ids.ts';
import type { Split } from '../graph/types.ts';
import { createKernelMemory } from '../kernel/memory.ts';
import { toRowsOf } from '../refresh/given-rows.ts';
import { checkNewFiles } from '../vectors/new-files.ts';
import type { LoadedVersion } from '../vectors/types.ts';
import type { EvaluateConfig, RunConfig } from './config.ts';
import { refuseOverLimit, toEstimate } from './estimate.ts';
import {
  learnBlendOf,
  type Measurement,
  measureOnSplit,
  trainRecipe,
  walksAttributes,
} from './evaluate-run.ts';
import { toRun } from './parent-model.ts';
import { getDecay } from './recency.ts';
import { toRecordedConfig } from './recorded-config.ts';
import { asPart, type RunContext } from './run-checkpoints.ts';
import { readRunCounts } from './run-counts.ts';
import type { EvaluationResult, Measured, RecipeReport } from './split-report.ts';
import type { TrainingCatalog } from './training-catalog.ts';
import { toVersionOf } from './version-name.ts';
import type { Workspace } from './workspace.ts';
import { REPORT_FILES, writeReport } from './write-report.ts';

/** Settings, or the version whose settings they are; a version by its id or an alias. */
export type RecipeChoice = { readonly run: RunConfig } | { readonly model: string };

export interface EvaluationRequest {
  /** Default: the recipe of the version that is served; before there is one, the defaults. */
  readonly run?: RunConfig;
  readonly model?: string;
  /** How it is measured. Default: as the recipe says. */
  readonly evaluate?: EvaluateConfig;
  /** Measure the vectors of the version themselves, on what came after it was trained. */
  readonly asIs: boolean;
  readonly against?: RecipeChoice;
  readonly baselinesOnly: boolean;
  /** Absolute: a folder for report.json and report.html; made if it is not there. */
  readonly out?: string;
  readonly force: boolean;
}

/** The alias and the settings that are meant where nothing is named. */
export interface Defaults {
  readonly alias: string;
  readonly run: RunConfig;
}

/**
 * @throws ShelfwalkError CATALOG_EMPTY · SPLIT_IMPOSSIBLE · TEST_LEAKED — a version that has seen the test part ·
 *   VERSION_UNKNOWN · ALIAS_UNKNOWN · REQUEST_UNPROCESSABLE — a version without a recipe, or a report is there ·
 *   LIMIT_EXCEEDED · GRAPH_EMPTY · SENTENCES_EMPTY · FOLDER_UNUSABLE · DISK_FULL · ABORTED · TRAINING_FAILED
 */
export async function evaluateRecipe(
  { catalog, versions }: Pick<Workspace, 'catalog' | 'versions'>,
  request: EvaluationRequest,
  { defaults, context }: { readonly defaults: Defaults; readonly context: RunContext },
): Promise<EvaluationResult> {
  const { out, force } = request;
  const paths = out === undefined ? [] : REPORT_FILES.map((name) => join(out, name));
  if (out !== undefined) {
    await makeFolder(out);
    await checkNewFiles(paths, { replace: force }); // before anything is trained
  }
  if ((await catalog.counts()).interactions === 0)
    throw new ShelfwalkError('CATALOG_EMPTY', { hint: 'Import interactions: shelfwalk import --help' });
  const first = await findRecipe(versions, request, defaults);
  const second = request.against && (await readRecipe(versions, request.against));
  const trained = [...(request.baselinesOnly || request.asIs ? [] : [first]), ...(second ? [second] : [])];
  for (const { run } of trained) refuseOverLimit(toEstimate(await readRunCounts(catalog, run.graph), run));
  const report = await measure({ catalog, versions }, { request, first, second }, context);
  if (out === undefined) return report;
  await writeReport(paths, report, context);
  return { ...report, files: paths };
}

interface Recipe {
  readonly version?: string;
  readonly run: RunConfig;
}

async function findRecipe(
  versions: Workspace['versions'],
  { run, model, baselinesOnly }: EvaluationRequest,
  defaults: Defaults,
): Promise<Recipe> {
  if (run) return { run };
  if (model !== undefined) return readRecipe(versions, { model });
  if (baselinesOnly) return { run: defaults.run };
  try {
    return await readRecipe(versions, { model: defaults.alias });
  } catch (error) {
    if (isShelfwalkError(error, 'ALIAS_UNKNOWN')) return { run: defaults.run };
    throw error;
  }
}

/** @throws ShelfwalkError VERSION_UNKNOWN · ALIAS_UNKNOWN · REQUEST_UNPROCESSABLE — it was not trained here */
async function readRecipe(versions: Workspace['versions'], choice: RecipeChoice): Promise<Recipe> {
  if ('run' in choice) return choice;
  const version = await toVersionOf(versions, choice.model);
  try {
    return { version, run: toRun(await versions.manifest(version)) };
  } catch (error) {
    if (!isShelfwalkError(error, 'REFRESH_IMPOSSIBLE')) throw error;
    throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
      version,
      found: 'a version that was not trained here: it has no recipe to train again',
      hint: 'Name another version, or give settings',
    });
  }
}

interface Contest {
  readonly request: EvaluationRequest;
  readonly first: Recipe;
  readonly second: Recipe | undefined;
}

async function measure(
  { catalog, versions }: { readonly catalog: TrainingCatalog; readonly versions: Workspace['versions'] },
  { request, first, second }: Contest,
  context: RunContext,
): Promise<RecipeReport> {
  const run = request.evaluate ? { ...first.run, evaluate: request.evaluate } : first.run;
  const maxMiB = Math.max(...[first, ...(second ? [second] : [])].map((r) => r.run.train.maxMemoryMiB));
  const memory = createKernelMemory(maxMiB * 2 ** 20);
  const rival = second && {
    rival: trainRecipe(second.run, { memory, context: asPart(context, 'comparison', 'against: ') }),
  };
  const common = { run, walked: walksAttributes(run), ...rival };
  const measurement: Measurement = request.baselinesOnly
    ? { run }
    : request.asIs
      ? { ...common, ...toAsIs(await versions.load(first.version!)) }
      : {
          ...common,
          model: trainRecipe(run, { memory, context }),
          ...(run.evaluate.blend && !second && { blend: learnBlendOf(run, { memory, context }) }),
        };
  const report = await measureOnSplit(catalog, measurement, context);
  const toMeasured = (recipe: Recipe, asIs: boolean): Measured => ({
    ...(recipe.version !== undefined && { version: recipe.version }),
    asIs,
    recipe: toRecordedConfig(recipe.run, undefined),
  });
  return {
    ...report,
    ...(!request.baselinesOnly && { measured: toMeasured({ ...first, run }, request.asIs) }),
    ...(second && { against: toMeasured(second, false) }),
  };
}

/**
 * The version's own vectors on the events after the newest one it knows. Customers and products that came
 * since have no vector, as they have none where it is served without an overlay.
 * @throws ShelfwalkError CONTEXTS_MISSING · TEST_LEAKED — it was trained on everything there is
 */
function toAsIs(loaded: LoadedVersion): Pick<Measurement, 'chooseSplit' | 'model' | 'decay'> {
  const { manifest, vectors, contexts, nodes } = loaded;
  if (!contexts) throw new ShelfwalkError('CONTEXTS_MISSING', { version: manifest.id });
  const knownUntilMs = manifest.trainedUntil === undefined ? undefined : Date.parse(manifest.trainedUntil);
  return {
    decay: getDecay(loaded),
    async chooseSplit(moment): Promise<Split> {
      const newestMs = await moment.lastEventMs();
      if (knownUntilMs !== undefined && newestMs !== undefined && newestMs > knownUntilMs)
        return { protocol: 'time', cutoffMs: knownUntilMs + 1 };
      throw new ShelfwalkError('TEST_LEAKED', {
        version: manifest.id,
        found: `trained on ${knownUntilMs === undefined ? 'events without times' : `everything until ${manifest.trainedUntil}`}`,
        expected: 'events that are newer than all it was trained on',
        hint: 'Measure its recipe instead, trained anew on a part: leave --as-is out',
      });
    },
    async model(moment): Promise<EvaluatedModel> {
      const rows: number[] = [];
      const ranges = [];
      for (const type of ['customer', 'product'] as const) {
        const known = toRowNumbers(nodes, type);
        const start = rows.length;
        for (const id of await moment.nodeIds(type)) rows.push(known.get(id) ?? -1);
        ranges.push({ type, start, end: rows.length });
      }
      const of = Int32Array.from(rows);
      return { vectors: toRowsOf(vectors, of), contexts: toRowsOf(contexts, of), ranges, knownUntilMs };
    },
  };
}

function toRowNumbers({ ranges, ids }: LoadedVersion['nodes'], type: NodeType): Map<string, number> {
  const rows = new Map<string, number>();
  for (const range of ranges)
    if (range.type === type) for (let row = range.start; row < range.end; row++) rows.set(ids[row]!, row);
  return rows;
}
