/** Whether a graph in Neo4j is still the one that a version was trained on, without reading it. */
import { isDeepStrictEqual } from 'node:util';
import type { TrainingCatalog } from './training-catalog.ts';
import type { Workspace } from './workspace.ts';

/**
 * Undefined: something has changed, or that cannot be told, or an earlier refresh has left something to do.
 * What alters no count, is no newer event and comes with no load is not seen.
 */
export async function findUnchangedReason(
  graph: Pick<TrainingCatalog, 'mark'>,
  versions: Pick<Workspace['versions'], 'manifest' | 'report'>,
  version: string,
): Promise<string | undefined> {
  const mark = await graph.mark?.();
  const { graphMark } = await versions.manifest(version);
  if (mark === undefined || !isDeepStrictEqual(graphMark, { ...mark })) return undefined;
  const { refresh } = (await versions.report(version)) as {
    readonly refresh?: { readonly plan?: { readonly leftOut?: number } };
  };
  if ((refresh?.plan?.leftOut ?? 0) > 0) return undefined;
  return 'the graph was not read: it has the counts, the newest event and the last load that the version was trained on; ignoreWatermark, or a mode other than auto, reads it';
}
