/**
 * The names of a version's rows as Parquet: `type`, `id`, `name`, `degree`, one row per node, in the
 * order of the matrices. Ids are kept byte for byte: what cannot be, is refused when writing.
 */
import { type ColumnData, parquetMetadata, parquetRead } from 'hyparquet';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { ShelfwalkError } from '../base/errors.ts';
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import { createBreather } from '../base/task.ts';
import { TEXT_PARSERS } from './parquet-text.ts';
import type { NodeTable } from './types.ts';

const COLUMNS = ['type', 'id', 'name', 'degree'] as const;
const ROW_GROUP = 8192; // rows between two breaths: some tens of milliseconds of encoding
const MAX_DEGREE = 2 ** 31 - 1; // of Parquet's INT32; more than this many neighbours would not fit in memory

/**
 * @throws ShelfwalkError EMBEDDING_SHAPE_MISMATCH — columns of different lengths, or ranges that do not
 *   lie one after the other in the order of NODE_TYPES
 * @throws ShelfwalkError LIMIT_EXCEEDED — a degree above 2^31 − 1
 * @throws ShelfwalkError NODE_KEY_INVALID — an id or name that UTF-8 cannot hold
 */
export async function toNodesParquet(nodes: NodeTable): Promise<ArrayBuffer> {
  checkNodes(nodes);
  // The library calls `flush` after each row group: the moment to let requests be answered.
  const writer = Object.assign(new ByteWriter(), { flush: createBreather() });
  await parquetWrite({
    writer,
    schema: [
      { name: 'nodes', num_children: COLUMNS.length },
      { name: 'type', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'name', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'degree', type: 'INT32', repetition_type: 'REQUIRED' },
    ],
    columnData: [
      {
        name: 'type',
        data: nodes.ranges.flatMap(({ type, start, end }) => Array<string>(end - start).fill(type)),
      },
      { name: 'id', data: [...nodes.ids] },
      { name: 'name', data: [...nodes.names] },
      { name: 'degree', data: nodes.degrees },
    ],
    rowGroupSize: ROW_GROUP,
    createdBy: 'shelfwalk',
  });
  return writer.getBuffer();
}

/**
 * @param file what to call it in an error
 * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — not Parquet, not these columns, or types out of order
 */
export async function fromNodesParquet(bytes: ArrayBuffer, file: string): Promise<NodeTable> {
  const columns = await readColumns(bytes).catch((cause: unknown) => {
    throw new ShelfwalkError(
      'IMPORT_FILE_UNREADABLE',
      { file, expected: `Parquet with ${COLUMNS.join(', ')}` },
      { cause },
    );
  });
  const types = columns.type as string[];
  const count = types.length;
  const ranges: { type: NodeType; start: number; end: number }[] = [];
  let end = 0;
  for (const type of NODE_TYPES) {
    const start = end;
    while (end < count && types[end] === type) end++;
    ranges.push({ type, start, end });
  }
  if (end < count) {
    throw new ShelfwalkError('IMPORT_FILE_UNREADABLE', {
      file,
      field: 'type',
      row: end,
      found: types[end],
      expected: NODE_TYPES,
    });
  }
  return {
    count,
    ranges,
    ids: columns.id as string[],
    names: columns.name as string[],
    degrees: Uint32Array.from(columns.degree as number[]),
  };
}

async function readColumns(bytes: ArrayBuffer): Promise<Record<(typeof COLUMNS)[number], unknown[]>> {
  const metadata = parquetMetadata(bytes);
  const count = Number(metadata.num_rows);
  const columns = Object.fromEntries(COLUMNS.map((name) => [name, new Array<unknown>(count)]));
  const onChunk = ({ columnName, columnData, rowStart }: ColumnData): void => {
    for (let i = 0; i < columnData.length; i++) columns[columnName][rowStart + i] = columnData[i];
  };
  const file = { file: bytes, metadata, parsers: TEXT_PARSERS };
  const breathe = createBreather();
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    await parquetRead({ ...file, columns: [...COLUMNS], rowStart, rowEnd, onChunk });
    await breathe();
    rowStart = rowEnd;
  }
  return columns as Record<(typeof COLUMNS)[number], unknown[]>;
}

function checkNodes({ count, ranges, ids, names, degrees }: NodeTable): void {
  for (const [field, column] of Object.entries({ ids, names, degrees })) {
    if (column.length !== count) {
      throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', { field, found: column.length, expected: count });
    }
  }
  const row = degrees.findIndex((degree) => degree > MAX_DEGREE);
  if (row >= 0)
    throw new ShelfwalkError('LIMIT_EXCEEDED', {
      field: 'degree',
      row,
      found: degrees[row],
      expected: `<= ${MAX_DEGREE}`,
    });
  let at = 0;
  let rank = -1;
  for (const { type, start, end } of ranges) {
    const next = NODE_TYPES.indexOf(type);
    if (start !== at || end < start || next <= rank) {
      throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', {
        field: `range of ${type}`,
        found: [start, end],
        expected: `from ${at} on`,
      });
    }
    at = end;
    rank = next;
  }
  if (at !== count)
    throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', { field: 'ranges', found: at, expected: count });
  for (const [field, column] of Object.entries({ ids, names })) checkUnicode(field, column);
}

/** Half a surrogate pair would come back as U+FFFD: another id. */
function checkUnicode(field: string, column: readonly string[]): void {
  const row = column.findIndex((text) => /\p{Surrogate}/u.test(text));
  if (row >= 0) {
    throw new ShelfwalkError('NODE_KEY_INVALID', {
      field,
      row,
      found: JSON.stringify(column[row]),
      expected: 'well-formed Unicode',
    });
  }
}
