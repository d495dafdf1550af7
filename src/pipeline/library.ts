/**
 * The use cases of a data directory as functions for an application: each takes the opened directory
 * first, checks its own settings, and can be watched and stopped. The command line runs the same ones.
 */
import type { z } from 'zod';
import type { TaskContext } from '../base/task.ts';
import type { ImportOptions, ImportReport, ImportSource } from '../catalog/types.ts';
import type { RunConfigInput } from './config.ts';
import type { Estimate } from './estimate.ts';
import type { ExportResult } from './export-version.ts';
import type { ImportVectorsResult } from './import-version.ts';
import { createLiveModel } from './live-model.ts';
import { type LiveModel, type Log, SILENT } from './live-types.ts';
import { evaluateInput, evaluateOperation } from './operations/evaluate.operation.ts';
import { graphProjectOperation, type ProjectionReport, projectInput } from './operations/graph.operation.ts';
import { importOperation } from './operations/import.operation.ts';
import { refreshInput, refreshOperation } from './operations/refresh.operation.ts';
import { rollUpInput, rollUpOperation } from './operations/rollup.operation.ts';
import { estimateOperation, trainInput, trainOperation } from './operations/train.operation.ts';
import { tuneInput, tuneOperation } from './operations/tune.operation.ts';
import {
  exportInput,
  exportOperation,
  importVectorsInput,
  importVectorsOperation,
} from './operations/vectors.operation.ts';
import { readSettings } from './read-settings.ts';
import type { RefreshResult } from './refresh-types.ts';
import type { RollUpResult } from './rollup-version.ts';
import { serverConfigSchema } from './server-config.ts';
import type { EvaluationResult } from './split-report.ts';
import type { TrainResult } from './train-version.ts';
import type { TuneResult } from './tune/types.ts';
import type { Workspace } from './workspace.ts';

/**
 * Opens a data directory, made if it is not there. It belongs to one process at a time; close it.
 * @throws ShelfwalkError CATALOG_IN_USE · CATALOG_FORMAT_UNKNOWN
 */
export async function openWorkspace(dataDir: string): Promise<Workspace> {
  // Loaded only now: training in memory needs no database.
  return (await import('./workspace.ts')).openWorkspace(dataDir);
}

export type ImportFilesOptions = ImportOptions & TaskContext;

/**
 * Files into the catalog: CSV, TSV, NDJSON or Parquet, gzipped or not. Rows that cannot be used are
 * counted by reason and written to a rejects file; the rest is taken in whole or not at all.
 * @throws ShelfwalkError CONFIG_INVALID · IMPORT_FILE_MISSING · IMPORT_COLUMN_MISSING · IMPORT_ALL_REJECTED · ABORTED · …
 */
export async function importFiles(
  workspace: Workspace,
  sources: readonly ImportSource[],
  { signal, onProgress, ...options }: ImportFilesOptions = {},
): Promise<ImportReport> {
  const input = readSettings(importOperation.input, { sources, options });
  return importOperation.run(workspace, input, { signal, onProgress });
}

export interface TrainSettings extends Omit<z.input<typeof trainInput>, 'run'>, TaskContext {
  /** Only what differs from the defaults, e.g. `{ train: { embeddingDimension: 64 } }`. */
  readonly run?: RunConfigInput;
}

/**
 * Evaluates on a split, trains on everything, publishes a new version and points the alias at it.
 * @throws ShelfwalkError CONFIG_INVALID · CATALOG_EMPTY · LIMIT_EXCEEDED · GRAPH_EMPTY · SENTENCES_EMPTY · ABORTED; nothing is published then
 */
export async function train(
  workspace: Workspace,
  { signal, onProgress, ...settings }: TrainSettings = {},
): Promise<TrainResult> {
  return trainOperation.run(workspace, readSettings(trainInput, settings), { signal, onProgress });
}

/** What is measured and how, all of it optional: `{ model: 'prod', against: { run: { walk: { returnFactor: 0.5 } } } }`. */
export type EvaluateSettings = z.input<typeof evaluateInput> & TaskContext;

/**
 * Trains a recipe on a part of the catalog and measures on the rest, baselines beside, and maybe another
 * recipe; nothing is published. Without a recipe it is that of the version the alias `prod` points at.
 * @throws ShelfwalkError CONFIG_INVALID · CATALOG_EMPTY · SPLIT_IMPOSSIBLE · TEST_LEAKED · VERSION_UNKNOWN · ALIAS_UNKNOWN ·
 *   REQUEST_UNPROCESSABLE (a version without a recipe, or a report is there) · LIMIT_EXCEEDED · GRAPH_EMPTY · SENTENCES_EMPTY · ABORTED
 */
export async function evaluate(
  workspace: Workspace,
  { signal, onProgress, ...settings }: EvaluateSettings = {},
): Promise<EvaluationResult> {
  return evaluateOperation.run(workspace, readSettings(evaluateInput, settings), { signal, onProgress });
}

/** Where the search starts, what it may try and for how long, all of it optional: `{ trials: 10, minutes: 30, metric: 'ndcg' }`. */
export type TuneSettings = z.input<typeof tuneInput> & TaskContext;

/**
 * Searches for settings that serve better than those of `run`, on a validation split; the test part is not looked at and
 * nothing is published. `settings` of the result go into `train(workspace, { run })`.
 * @throws ShelfwalkError CONFIG_INVALID · CATALOG_EMPTY · SPLIT_IMPOSSIBLE · LIMIT_EXCEEDED · GRAPH_EMPTY · SENTENCES_EMPTY ·
 *   REQUEST_UNPROCESSABLE (the file is there) · ABORTED
 */
export async function tune(
  workspace: Workspace,
  { signal, onProgress, ...settings }: TuneSettings = {},
): Promise<TuneResult> {
  return tuneOperation.run(workspace, readSettings(tuneInput, settings), { signal, onProgress });
}

/** Memory and time that `train` would need. @throws ShelfwalkError CONFIG_INVALID */
export async function estimate(workspace: Workspace, run: RunConfigInput = {}): Promise<Estimate> {
  return estimateOperation.run(workspace, readSettings(estimateOperation.input, run), {});
}

export type ExportVectorsOptions = z.input<typeof exportInput> & TaskContext;

/**
 * The vectors of a version into a file that other programs read; paths are absolute.
 * @throws ShelfwalkError CONFIG_INVALID · VERSION_UNKNOWN · ALIAS_UNKNOWN · REQUEST_UNPROCESSABLE (a file is
 *   there, or plain keys for several types) · NODE_KEY_INVALID · CONTEXTS_MISSING · ABORTED; no half file is left behind
 */
export async function exportVectors(
  workspace: Workspace,
  { signal, onProgress, ...settings }: ExportVectorsOptions,
): Promise<ExportResult> {
  return exportOperation.run(workspace, readSettings(exportInput, settings), { signal, onProgress });
}

export type ImportVectorsOptions = z.input<typeof importVectorsInput> & TaskContext;

/**
 * A version out of vectors from elsewhere, in a space of its own; paths are absolute.
 * @throws ShelfwalkError CONFIG_INVALID · IMPORT_FILE_MISSING · IMPORT_FILE_UNREADABLE · LIMIT_EXCEEDED ·
 *   REQUEST_UNPROCESSABLE · ABORTED; nothing is published then
 */
export async function importVectors(
  workspace: Workspace,
  { signal, onProgress, ...settings }: ImportVectorsOptions,
): Promise<ImportVectorsResult> {
  const input = readSettings(importVectorsInput, settings);
  return importVectorsOperation.run(workspace, input, { signal, onProgress });
}

/** Settings of a refresh, all of them optional: `{ dryRun: true }`. */
export type RefreshOptions = z.input<typeof refreshInput> & TaskContext;

/**
 * What has changed since the version of an alias was trained, and (unless `dryRun`) a version that knows it
 * in its place.
 * @throws ShelfwalkError CONFIG_INVALID · ALIAS_UNKNOWN · VERSION_CORRUPT · REFRESH_IMPOSSIBLE · GATE_REFUSED · ABORTED · …; nothing is published then
 */
export async function refresh(
  workspace: Workspace,
  { signal, onProgress, ...settings }: RefreshOptions = {},
): Promise<RefreshResult> {
  return refreshOperation.run(workspace, readSettings(refreshInput, settings), { signal, onProgress });
}

/** Names of the two versions, and what is averaged from what: `{ alias: 'means', settings: { recency: 0.6 } }`. */
export type RollUpOptions = z.input<typeof rollUpInput> & TaskContext;

/**
 * A version in which customers, attributes or products are means of other nodes of the version `of` points
 * at, in the same space; `alias` points at it then. Nothing is trained.
 * @throws ShelfwalkError CONFIG_INVALID · ALIAS_UNKNOWN · VERSION_CORRUPT · REQUEST_UNPROCESSABLE · ABORTED; nothing is published then
 */
export async function rollUp(
  workspace: Workspace,
  { signal, onProgress, ...settings }: RollUpOptions = {},
): Promise<RollUpResult> {
  return rollUpOperation.run(workspace, readSettings(rollUpInput, settings), { signal, onProgress });
}

/** What occurs together, from what score on, and where the edges go: a `name` in the catalog, or a file `out`. */
export type ProjectGraphOptions = z.input<typeof projectInput> & TaskContext;

/**
 * Edges between products that occur together, from the interactions: into the catalog, in place of an earlier
 * projection of that name, or into a file.
 * @throws ShelfwalkError CONFIG_INVALID · CATALOG_EMPTY · LIMIT_EXCEEDED — too many pairs · FOLDER_UNUSABLE · DISK_FULL · ABORTED; nothing was changed then
 */
export async function projectGraph(
  workspace: Workspace,
  { signal, onProgress, ...settings }: ProjectGraphOptions = {},
): Promise<ProjectionReport> {
  return graphProjectOperation.run(workspace, readSettings(projectInput, settings), { signal, onProgress });
}

export interface OpenModelOptions {
  /** Default: prod. */
  readonly alias?: string;
  /** Told of versions that come and go. Default: nobody. */
  readonly log?: Log;
}

/**
 * The model an alias points at, ready to answer; `reload()` follows the alias. Close it before the workspace.
 * @throws ShelfwalkError CONFIG_INVALID · VERSION_CORRUPT · VERSION_FORMAT_UNKNOWN; where the alias points at nothing, queries are NO_MODEL
 */
export async function openModel(
  workspace: Workspace,
  { alias, log = SILENT }: OpenModelOptions = {},
): Promise<LiveModel> {
  const settings = readSettings(serverConfigSchema.pick({ alias: true }), { alias });
  return createLiveModel(workspace, { ...settings, log });
}
