/**
 * An edge list on disk → vectors on disk, once and for all: no data directory, no database, no version.
 * The graph and, with one thread, the vectors are those of `import edges` and `train` on the same file.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { NodeRef } from '../base/ids.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { EDGE_FILE_FORMATS, type EdgeFile, type EdgeFileReport, readEdgeFile } from '../catalog/edge-file.ts';
import { toDegrees } from '../graph/arcs.ts';
import { freeze } from '../graph/snapshot.ts';
import type { Snapshot } from '../graph/types.ts';
import { createKernelMemory } from '../kernel/memory.ts';
import { FORMAT_NAMES, FORMATS, type FormatName, toPaths } from '../vectors/formats/formats.ts';
import { checkPlainKeys } from '../vectors/formats/plain-keys.ts';
import { selectRows } from '../vectors/formats/select-rows.ts';
import { KEY_STYLES, type KeyStyle } from '../vectors/formats/types.ts';
import { checkNewFiles, writeNewFiles } from '../vectors/new-files.ts';
import { type GraphRun, graphRunSchema } from './config.ts';
import { edgeMapping } from './operations/import.operation.ts';
import { readSettings } from './read-settings.ts';
import { policyOf } from './run-params.ts';
import { type Model, trainModel } from './train-model.ts';
import { type TrainFacts, toFacts } from './train-version.ts';
import { countUnwalkedArcs, toUnwalkedTexts } from './unwalked-arcs.ts';

export const embedSettingsSchema = z.strictObject({
  mapping: edgeMapping
    .omit({ timestamp: true })
    .partial()
    .prefault({})
    .describe(
      'columns of the file; those not named are from, to, weight, fromType and toType, where it has them',
    ),
  inputFormat: z.enum(EDGE_FILE_FORMATS).optional().describe('of the edge list, instead of by its name'),
  header: z.boolean().default(true).describe('the first line of a CSV or TSV file names its columns'),
  format: z.enum(FORMAT_NAMES).default('word2vec').describe('of the vectors'),
  keys: z
    .enum(KEY_STYLES)
    .optional()
    .describe('of word2vec; if not given, id where no types are named, else type:id'),
  force: z.boolean().default(false).describe('replace what is there'),
  run: graphRunSchema.prefault({}),
});

export interface EmbedOptions extends z.input<typeof embedSettingsSchema>, TaskContext {}

/** What was read, what was made of it, and where the time went. */
export interface EmbedResult {
  readonly files: readonly string[];
  readonly format: FormatName;
  /** Of a format that joins type and id into one key. */
  readonly keys?: KeyStyle;
  readonly bytes: number;
  readonly rows: EdgeFileReport;
  readonly training: TrainFacts;
  readonly writeMillis: number;
  readonly warnings: readonly string[];
  readonly configuration: GraphRun;
}

/**
 * @param edges CSV, TSV or a list without header (.edg, .edgelist), gzipped or not: from, to and, where they
 *   are there, weight, fromType, toType. Rows that cannot be used are counted by reason, the first ones named
 * @param out the file of the vectors; formats with a second file put it beside, under the same name
 * @throws ShelfwalkError CONFIG_INVALID · REQUEST_UNPROCESSABLE — a file is there · FOLDER_UNUSABLE · IMPORT_* · GRAPH_EMPTY
 * @throws ShelfwalkError NODE_KEY_INVALID — an id that cannot be a key by itself, before anything is trained
 * @throws ShelfwalkError LIMIT_EXCEEDED · TRAINING_FAILED · DISK_FULL · ABORTED; no file is changed then
 */
export async function embedFile(
  edges: string,
  out: string,
  { signal, onProgress, ...given }: EmbedOptions = {},
): Promise<EmbedResult> {
  const { run, format, ...input } = readSettings(embedSettingsSchema, given);
  const context: TaskContext = { signal, onProgress };
  const paths = toPaths(FORMATS[format], resolve(out));
  await checkNewFiles(paths, { replace: input.force });

  const startedAt = performance.now();
  const file = await readEdgeFile(edges, { ...context, ...input, format: input.inputFormat });
  const memory = createKernelMemory(run.train.maxMemoryMiB * 2 ** 20);
  const keys = FORMATS[format].joinsKeys ? (input.keys ?? toKeyStyle(file, input.mapping)) : undefined;
  if (keys === 'id') checkPlainKeys(toNodes(file)); // before hours of training
  const snapshot = freeze(file.ids, file.ranges, file.edges, memory);
  const readMillis = Math.round(performance.now() - startedAt);

  const training = await trainModel(snapshot, memory, run, { context });
  throwIfAborted(signal);

  const policy = policyOf(run);
  const trainedAt = performance.now();
  const bytes = await writeVectors(paths, { format, keys, snapshot, training, context });
  return {
    files: paths,
    format,
    ...(keys && { keys }),
    bytes,
    rows: file.report,
    training: { ...toFacts(snapshot, training), readMillis, kernelBytes: memory.usedBytes() },
    writeMillis: Math.round(performance.now() - trainedAt),
    warnings: [...toColumnWarnings(file), ...toUnwalkedTexts(countUnwalkedArcs(snapshot, policy), policy)],
    configuration: run,
  };
}

/** Whoever names no types has no use for one in a key. */
function toKeyStyle(
  { report: { columns } }: EdgeFile,
  mapping: { fromType?: unknown; toType?: unknown },
): KeyStyle {
  const named = [mapping.fromType, mapping.toType, columns['fromType'], columns['toType']];
  return named.every((type) => type === undefined) ? 'id' : 'type:id';
}

function toNodes({ ids, ranges }: EdgeFile): Iterable<NodeRef> {
  function* iterate(): Generator<NodeRef> {
    for (const { type, start, end } of ranges) for (let v = start; v < end; v++) yield { type, id: ids[v]! };
  }
  return { [Symbol.iterator]: iterate };
}

interface Trained {
  readonly format: FormatName;
  readonly keys: KeyStyle | undefined;
  readonly snapshot: Snapshot;
  readonly training: Model;
  readonly context: TaskContext;
}

/** @returns bytes written */
async function writeVectors(
  paths: readonly string[],
  { format, keys, snapshot, training, context: { signal, onProgress } }: Trained,
): Promise<number> {
  const { ids, ranges, nodeCount: count } = snapshot;
  const nodes = { count, ranges, ids, names: ids.map(() => ''), degrees: toDegrees(snapshot) };
  const rows = selectRows({ nodes, vectors: training.vectors, contexts: training.contexts }, { keys });
  onProgress?.({ stage: 'write vectors', done: 0, total: rows.count, unit: 'nodes' });
  const files = FORMATS[format].files.map(({ write }, i) => ({ path: paths[i]!, chunks: write(rows) }));
  const written = await writeNewFiles(files, signal);
  return written.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Columns that nobody asked for are no mistake, but a weight that was meant should not go missing unseen. */
const toColumnWarnings = ({ report: { columnsLeftOut } }: EdgeFile): string[] =>
  columnsLeftOut.length === 0 ? [] : [`columns that were not read: ${columnsLeftOut.join(', ')}`];
