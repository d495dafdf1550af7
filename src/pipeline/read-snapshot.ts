/** The graph of a data directory, as training sees it, for analysis: freeze it, then view or copy it. */
import type { TaskContext } from '../base/task.ts';
import type { Snapshot } from '../graph/types.ts';
import { graphConfigSchema, type RunConfigInput } from './config.ts';
import { readGraph } from './read-graph.ts';
import { readSettings } from './read-settings.ts';
import type { Workspace } from './workspace.ts';

export interface ReadSnapshotOptions extends TaskContext {
  /** The section `graph` of a run: weights, half-life, attributes. */
  readonly graph?: RunConfigInput['graph'];
}

/** Names of the nodes lie beside, in the order of rows: `asGraphologyView(snapshot, { names })`. */
export interface NamedSnapshot {
  readonly snapshot: Snapshot;
  readonly names: readonly string[]; // [n] '' where there is none
}

/** @throws ShelfwalkError CONFIG_INVALID · ABORTED */
export async function readSnapshot(
  { catalog }: Workspace,
  { graph, ...context }: ReadSnapshotOptions = {},
): Promise<NamedSnapshot> {
  const settings = readSettings(graphConfigSchema.prefault({}), graph);
  const { snapshot, names } = await catalog.atOneMoment((moment) => readGraph(moment, settings, context));
  return { snapshot, names };
}
