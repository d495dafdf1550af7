/**
 * A file as an SQL relation of text. Whatever the format, the import sees the same columns: `line`
 * (physical line, or row of a Parquet file), `t0, t1, …` (the cells asked for, NULL where empty) and,
 * for cells that hold lists, `l0, l1, …` (VARCHAR[]). What the values mean is decided in rules.ts.
 */

import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import type { Session } from './database.ts';
import { toEdgeListFile } from './edge-list-file.ts';
import { type FileFormat, type FileProbe, probeFile, toReadError, unreadable } from './file-probe.ts';
import { toNdjsonFile } from './ndjson-file.ts';
import { type Field, findColumn, readCsv, toRelation } from './relation.ts';
import type { Rule } from './rules.ts';
import { quoteIdentifier, quoteLiteral } from './sql.ts';
import { copyText, type TextCopy } from './text-copy.ts';
import { readChunks } from './text-scan.ts';

export interface SourceFile {
  readonly path: string;
  readonly format: FileFormat;
  /** Columns found; for NDJSON the keys of its first lines. */
  readonly columns: readonly string[];
  /** Records that can be read, where that is known beforehand. */
  readonly rows?: number;
  /** Records that are too broken to be read at all; they are in `faultsPath`. */
  readonly faults: number;
  readonly faultsPath?: string;
  /** SELECT … with the columns described above. @throws ShelfwalkError IMPORT_COLUMN_MISSING · IMPORT_MAPPING_INVALID */
  relation(fields: readonly Field[]): Promise<string>;
  /** Checked before those of the mapping, on the columns of the relation. */
  readonly rules: readonly Rule[];
  close(): Promise<void>;
}

interface OpenOptions {
  readonly session: Session;
  readonly probe: FileProbe;
  /** Scratch files are named after this. */
  readonly scratchBase: string;
  readonly context: TaskContext;
}

/** @throws ShelfwalkError IMPORT_FILE_UNREADABLE · DISK_FULL · ABORTED */
export async function openSourceFile(options: OpenOptions): Promise<SourceFile> {
  const { probe, scratchBase, context } = options;
  if (probe.format === 'parquet') return openParquet(options);
  const copy = await copyText(probe, scratchBase, context);
  const common = {
    path: probe.path,
    format: probe.format,
    rows: copy.rows,
    faults: copy.faults,
    faultsPath: copy.faultsPath,
    close: async () => {
      await rm(copy.rowsPath, { force: true });
      await rm(copy.faultsPath, { force: true });
    },
  };
  try {
    if (probe.format === 'ndjson')
      return { ...common, ...(await toNdjsonFile(options.session, probe.path, copy)) };
    if (probe.format === 'edgelist')
      return { ...common, rows: undefined, ...toEdgeListFile(probe.path, copy) };
    if (probe.format === 'lines') return { ...common, ...toLineFile(copy) };
    return { ...common, ...toTabularFile(probe.path, copy) };
  } catch (cause) {
    await common.close();
    throw cause;
  }
}

export type FormatPart = Pick<SourceFile, 'columns' | 'relation' | 'rules'>;

function toTabularFile(path: string, copy: TextCopy): FormatPart {
  const { header, delimiter } = copy;
  const names = header.map((_, i) => `c${i}`);
  const scan = readCsv(copy.rowsPath, { delimiter, quote: true, columns: names, multiline: copy.multiline });
  return {
    columns: header,
    rules: [],
    async relation(fields) {
      const cells = fields.map(({ column }) => names[findColumn(path, header, column)]!);
      return toRelation(fields, { from: scan, text: (i) => cells[i]!, array: () => undefined });
    },
  };
}

/** One column, `line`: the whole line. */
function toLineFile(copy: TextCopy): FormatPart {
  const scan = readCsv(copy.rowsPath, { delimiter: copy.delimiter, quote: false, columns: ['raw'] });
  return {
    columns: ['line'],
    rules: [],
    relation: async (fields) => toRelation(fields, { from: scan, text: () => 'raw', array: () => undefined }),
  };
}

/** DuckDB takes a path for a pattern, and `*.parquet` would bring its neighbours along: this one fits nothing else. */
function toPattern(path: string): string {
  if (!/[*?[]/.test(path)) return path;
  // It ends a folder's name there, whatever stands around it.
  if (path.includes('\\')) {
    throw unreadable(path, { found: 'a backslash beside * ? or [ in the name', expected: 'one without' });
  }
  return path.replaceAll(/[*?[]/g, (character) => `[${character}]`);
}

async function openParquet({ session, probe, scratchBase, context }: OpenOptions): Promise<SourceFile> {
  const path = probe.gzipped ? await unpack(probe, `${scratchBase}.parquet`, context) : probe.path;
  const scan = `read_parquet(${quoteLiteral(toPattern(path))}, file_row_number = true, binary_as_string = true)`;
  const close = async (): Promise<void> => {
    if (path !== probe.path) await rm(path, { force: true });
  };
  const found = await session
    .rows<{ column_name: string; column_type: string }>(
      `DESCRIBE SELECT * EXCLUDE (file_row_number) FROM ${scan}`,
    )
    .catch(async (cause: unknown) => {
      await close();
      throw toParquetError(probe.path, cause);
    });
  const columns = found.map((row) => row.column_name);
  return {
    path: probe.path,
    format: probe.format,
    columns,
    faults: 0,
    rules: [],
    close,
    async relation(fields) {
      const types = fields.map(({ column }) => found[findColumn(probe.path, columns, column)]!.column_type);
      fields.forEach((field, i) => {
        checkType(probe.path, field, types[i]!);
      });
      const isList = (i: number): boolean => types[i]!.endsWith('[]');
      return toRelation(fields, {
        from: `(SELECT file_row_number + 1 AS line, * FROM ${scan})`,
        text: (i) => toText(quoteIdentifier(fields[i]!.column), types[i]!),
        array: (i) => (isList(i) ? `${quoteIdentifier(fields[i]!.column)}::VARCHAR[]` : undefined),
      });
    },
  };
}

/** Failures of DuckDB inside a Parquet file, found when it is described or when it is read. */
export function toParquetError(path: string, cause: unknown): unknown {
  if (!isShelfwalkError(cause, 'INTERNAL')) return cause;
  return unreadable(path, { found: cause.details.found, expected: 'a whole Parquet file' }, cause);
}

/** A floating-point column holds 12345.0 where the id is 12345: pandas writes integers so when some are missing. */
function toText(column: string, type: string): string {
  if (type !== 'DOUBLE' && type !== 'FLOAT') return `${column}::VARCHAR`;
  const whole = `${column} = trunc(${column}) AND abs(${column}) < 9007199254740992`;
  return `CASE WHEN ${whole} THEN ${column}::BIGINT::VARCHAR ELSE ${column}::VARCHAR END`;
}

function checkType(path: string, { column, split }: Field, type: string): void {
  const nested = /^(STRUCT|MAP|UNION)|\[\d*\]$/.test(type);
  if (!nested || (split !== undefined && /^[A-Z]+\[\]$/.test(type))) return;
  throw new ShelfwalkError('IMPORT_MAPPING_INVALID', {
    file: path,
    column,
    found: type,
    expected: 'a column of single values, or a list where the mapping has a separator',
  });
}

async function unpack(probe: FileProbe, path: string, context: TaskContext): Promise<string> {
  try {
    await pipeline(readChunks(probe, context), createWriteStream(path));
    await probeFile(path, 'parquet');
    return path;
  } catch (cause) {
    await rm(path, { force: true });
    throw toReadError(probe.path, cause);
  }
}

export const scratchName = (tempDir: string, number: number): string => join(tempDir, `import-${number}`);
