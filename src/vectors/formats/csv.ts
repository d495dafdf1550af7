/**
 * CSV with a header: `type,id,name,v0,v1,…`. Read are also files without one, id first, and those of pandas,
 * whose header counts 0, 1, 2.
 */
import { checkRows, toByteChunks } from './chunks.ts';
import { type TableColumns, toColumns } from './columns.ts';
import { type CsvRecord, readCsv } from './csv-records.ts';
import type { FileSource } from './file-source.ts';
import { createValuesWriter } from './float-bytes.ts';
import { createLineCollector } from './line-collector.ts';
import { isDecimal, readTextVector } from './read-numbers.ts';
import { type RowCollector, toRef, unreadable } from './row-collector.ts';
import type { ReadOptions, ReadVectors, VectorFormat, VectorRows } from './types.ts';

export const csv: VectorFormat = {
  name: 'csv',
  extension: '.csv',
  joinsKeys: false,
  files: [
    {
      companion: '',
      contentType: 'text/csv; charset=utf-8; header=present',
      write: (rows) => toByteChunks(toLines(rows)),
    },
  ],
  read: ([source], options) => readRows(source!, options),
};

function* toLines(rows: VectorRows): Generator<Uint8Array> {
  const columns = Array.from({ length: rows.dimension }, (_, i) => `v${i}`);
  yield Buffer.from(`type,id,name,${columns.join(',')}\n`);
  const toValues = createValuesWriter(rows.dimension, ',');
  const newline = Buffer.from('\n');
  for (const { type, id, name, vector } of checkRows(rows)) {
    yield Buffer.from(`${type},${toCell(id)},${toCell(name)},`);
    yield toValues(vector);
    yield newline;
  }
}

/** An id is quoted always: readers that guess would take 01111 for a number less often. */
const toCell = (text: string): string => (text === '' ? '' : `"${text.replaceAll('"', '""')}"`);

async function readRows(source: FileSource, options: ReadOptions): Promise<ReadVectors> {
  const { file } = source;
  let columns: TableColumns | undefined;
  let collector: RowCollector | undefined;
  for await (const record of readCsv(source)) {
    if (!columns) {
      const header = findHeader(record);
      columns = toColumns(header ?? record.cells.map((_, i) => (i === 0 ? 'id' : `v${i}`)), record.place);
      collector = await createLineCollector(source, columns.values.length, record.place);
      if (header) continue;
    }
    addRecord(collector!, record, { columns, options });
  }
  if (!collector) throw unreadable({ file }, { found: 'an empty file', expected: 'a header and rows' });
  return collector.finish();
}

const SURE_COUNT = 4; // values that a vector does not have by chance: 0, 1, 2, 3

/**
 * Undefined: the first record is a row already, an id and numbers.
 * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — it could be either: `a,1,2`
 */
function findHeader({ cells: [first, ...rest], place }: CsvRecord): readonly string[] | undefined {
  const header = [first!, ...rest];
  if (first === '' || first === 'id' || !rest.every(isDecimal)) return header;
  const counts = [0, 1].some((from) => rest.every((cell, i) => cell === String(i + from)));
  if (!counts) return undefined;
  if (rest.length >= SURE_COUNT) return header;
  const hint = 'Call the first column id in the header';
  throw unreadable(place, { found: header.join(','), expected: 'what is a header or a row for sure', hint });
}

function addRecord(
  collector: RowCollector,
  { cells, place }: CsvRecord,
  { columns, options }: { columns: TableColumns; options: ReadOptions },
): void {
  const { id, type, name, values } = columns;
  const width = values.length + [id, type, name].filter((at) => at !== undefined).length;
  if (cells.length !== width) {
    throw unreadable(place, { found: `${cells.length} cells`, expected: `${width} cells` });
  }
  readTextVector(
    values.map((at) => cells[at]!),
    0,
    collector.next(place),
    place,
  );
  const ref = toRef(type === undefined ? undefined : cells[type]!, cells[id]!, place, options);
  collector.add(ref, name === undefined ? '' : cells[name]!, place);
}
