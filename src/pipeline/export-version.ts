/**
 * The use case: vectors of a version into files that other programs read. Written beside and renamed, so
 * that a name never stands for half a file.
 */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeType } from '../base/ids.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { replaceDurable } from '../vectors/durable-file.ts';
import { FORMATS, type FormatName, toPaths } from '../vectors/formats/formats.ts';
import { type MatrixName, selectRows } from '../vectors/formats/select-rows.ts';
import type { VectorRow, VectorRows } from '../vectors/formats/types.ts';
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
 * @throws ShelfwalkError REQUEST_UNPROCESSABLE — a file is there already, or no node has a vector
 * @throws ShelfwalkError FOLDER_UNUSABLE · DISK_FULL · ABORTED — nothing is left behind, what was there stays
 */
export async function exportVersion(
  { versions }: Pick<Workspace, 'versions'>,
  { model, format, out, type: types, matrix, force }: ExportRequest,
  context: TaskContext,
): Promise<ExportResult> {
  const paths = toPaths(FORMATS[format], out);
  await checkPaths(paths, force); // before gigabytes are read
  const content = await versions.load(await toVersionOf(versions, model));
  const rows = selectRows(content, { types, matrix });
  const files: ExportResult['files'][number][] = [];
  for (const [i, file] of FORMATS[format].files.entries()) {
    const stage = `write ${i + 1} of ${paths.length}`;
    const chunks = file.write(watch(rows, stage, context));
    const path = paths[i]!;
    await checkPaths([path], force);
    files.push({ path, ...(await replaceDurable(path, chunks)) });
  }
  const { id: version, spaceId } = content.manifest;
  const { count, dimension, leftOut } = rows;
  return { version, spaceId, format, matrix, rows: count, dimension, leftOut, files };
}

/** @throws ShelfwalkError FOLDER_UNUSABLE · REQUEST_UNPROCESSABLE */
async function checkPaths(paths: readonly string[], force: boolean): Promise<void> {
  for (const path of paths) {
    const folder = dirname(path);
    if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
      throw new ShelfwalkError('FOLDER_UNUSABLE', { folder, found: 'no folder', hint: 'Make it first' });
    }
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) {
      throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { field: 'out', path, found: 'a folder' });
    }
    if (found && !force) {
      const hint = 'Name another one, or say --force to replace it';
      throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { field: 'out', path, found: 'a file', hint });
    }
  }
}

const ROWS_PER_LOOK = 1024;

/** The same rows; now and then the caller is told, and may stop. */
function watch(rows: VectorRows, stage: string, { signal, onProgress }: TaskContext): VectorRows {
  const { count: total, dimension } = rows;
  function* iterate(): Generator<VectorRow> {
    let done = 0;
    for (const row of rows) {
      yield row;
      if (++done % ROWS_PER_LOOK !== 0 && done !== total) continue;
      throwIfAborted(signal);
      onProgress?.({ stage, done, total, unit: 'rows' });
    }
  }
  return { count: total, dimension, [Symbol.iterator]: iterate };
}
