/** The use case: vectors of a version into files that other programs read. */
import type { NodeType } from '../base/ids.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { FORMATS, type FormatName, toPaths } from '../vectors/formats/formats.ts';
import { type MatrixName, selectRows } from '../vectors/formats/select-rows.ts';
import type { KeyStyle, VectorRow, VectorRows } from '../vectors/formats/types.ts';
import { checkNewFiles, writeNewFiles } from '../vectors/new-files.ts';
import { toVersionOf } from './version-name.ts';
import type { Workspace } from './workspace.ts';

export interface ExportRequest {
  /** Id of a version, or an alias. */
  readonly model: string;
  readonly format: FormatName;
  /** Absolute; of a format with two files the first one, the other lies beside it. */
  readonly out: string;
  /** Nodes of these types; all of them if not given. */
  readonly type?: readonly NodeType[];
  readonly matrix: MatrixName;
  /** Of formats that join type and id into one key; the others keep their column for the type. */
  readonly keys: KeyStyle;
  /** Replace files that are there. */
  readonly force: boolean;
}

export interface ExportResult {
  readonly version: string;
  readonly spaceId: string;
  readonly format: FormatName;
  readonly matrix: MatrixName;
  readonly rows: number;
  readonly dimension: number;
  /** Nodes of the types asked for that have no vector. */
  readonly leftOut: number;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

/**
 * @throws ShelfwalkError VERSION_UNKNOWN · ALIAS_UNKNOWN · VERSION_CORRUPT · CONTEXTS_MISSING
 * @throws ShelfwalkError REQUEST_UNPROCESSABLE — a file is there already, or no node has a vector, or ids alone are to be keys of several types
 * @throws ShelfwalkError NODE_KEY_INVALID — an id that cannot be a key by itself
 * @throws ShelfwalkError FOLDER_UNUSABLE · DISK_FULL · ABORTED — nothing is left behind, what was there stays
 */
export async function exportVersion(
  { versions }: Pick<Workspace, 'versions'>,
  { model, format, out, type: types, matrix, keys, force }: ExportRequest,
  context: TaskContext,
): Promise<ExportResult> {
  const paths = toPaths(FORMATS[format], out);
  await checkNewFiles(paths, { replace: force }); // before gigabytes are read
  const content = await versions.load(await toVersionOf(versions, model));
  const rows = selectRows(content, { types, matrix, ...(FORMATS[format].joinsKeys && { keys }) });
  const newFiles = FORMATS[format].files.map((file, i) => {
    const stage = `write ${i + 1} of ${paths.length}`;
    return { path: paths[i]!, chunks: file.write(watch(rows, stage, context)) };
  });
  const written = await writeNewFiles(newFiles, context.signal);
  const files = paths.map((path, i) => ({ path, ...written[i]! }));
  const { id: version, spaceId } = content.manifest;
  const { count, dimension, leftOut } = rows;
  return { version, spaceId, format, matrix, rows: count, dimension, leftOut, files };
}

const ROWS_PER_LOOK = 1024;

/** The same rows; now and then the caller is told, and may stop. */
function watch(rows: VectorRows, stage: string, { signal, onProgress }: TaskContext): VectorRows {
  const { count: total, dimension, keys } = rows;
  function* iterate(): Generator<VectorRow> {
    let done = 0;
    for (const row of rows) {
      yield row;
      if (++done % ROWS_PER_LOOK !== 0 && done !== total) continue;
      throwIfAborted(signal);
      onProgress?.({ stage, done, total, unit: 'rows' });
    }
  }
  return { count: total, dimension, keys, [Symbol.iterator]: iterate };
}
