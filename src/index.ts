/** The library: open a data directory, run its use cases, serve it. Everything else is internal. */
export { type ErrorCode, isShelfwalkError, ShelfwalkError } from './base/errors.ts';
export type { NodeRef, NodeType } from './base/ids.ts';
export type { Progress, TaskContext } from './base/task.ts';
export type { Catalog, CatalogCounts, ImportReport, ImportSource } from './catalog/types.ts';
export { type RunConfig, type RunConfigInput, runConfigSchema } from './pipeline/config.ts';
export { createLiveModel } from './pipeline/live-model.ts';
export type { MatchReply } from './pipeline/live-types.ts';
/** Every use case by name, with its input schema. */
export { OPERATIONS } from './pipeline/operations.ts';
export { type TrainRequest, type TrainResult, trainVersion } from './pipeline/train-version.ts';
export { openWorkspace, type Workspace } from './pipeline/workspace.ts';
export { startServer } from './serve/server.ts';
export type { LoadedVersion, Manifest } from './vectors/types.ts';
