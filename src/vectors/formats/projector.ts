/**
 * The pair of files that https://projector.tensorflow.org loads: values with tabs between and no header; and
 * metadata of as many lines, with a header if it has several columns. The first column is the label it shows.
 */
import type { NodeRef } from '../../base/ids.ts';
import { checkRows, toByteChunks, toTextChunks } from './chunks.ts';
import type { FileSource } from './file-source.ts';
import { createValuesWriter } from './float-bytes.ts';
import { createLineCollector } from './line-collector.ts';
import { readLines, withoutReturn } from './lines.ts';
import { readTextVector } from './read-numbers.ts';
import { type Place, type RowCollector, toRef, unreadable } from './row-collector.ts';
import { parseTsvText, toTsvText } from './tsv-text.ts';
import type { ReadOptions, ReadVectors, VectorFormat, VectorRows } from './types.ts';

const COLUMNS = ['id', 'type', 'name'] as const;
const HEADER = COLUMNS.join('\t');

export const projector: VectorFormat = {
  name: 'projector',
  extension: '.tsv',
  joinsKeys: false,
  files: [
    {
      companion: '',
      contentType: 'text/tab-separated-values; charset=utf-8',
      write: (rows) => toByteChunks(toVectorLines(rows)),
    },
    {
      companion: '.metadata.tsv',
      contentType: 'text/tab-separated-values; charset=utf-8',
      write: (rows) => toTextChunks(toMetadataLines(rows)),
    },
  ],
  read: ([vectors, metadata], options) => readPair(vectors!, metadata!, options),
};

function* toVectorLines(rows: VectorRows): Generator<Uint8Array> {
  const toValues = createValuesWriter(rows.dimension, '\t');
  const newline = Buffer.from('\n');
  for (const { vector } of checkRows(rows)) {
    yield toValues(vector);
    yield newline;
  }
}

function* toMetadataLines(rows: VectorRows): Generator<string> {
  yield `${HEADER}\n`;
  for (const { type, id, name } of checkRows(rows)) yield `${toTsvText(id)}\t${type}\t${toTsvText(name)}\n`;
}

async function readPair(
  source: FileSource,
  metadata: FileSource,
  options: ReadOptions,
): Promise<ReadVectors> {
  const names = readNames(metadata, options);
  try {
    return await readBoth(source, metadata, names);
  } finally {
    await names.return(); // or its file would stay open when the other one is refused
  }
}

/** Line by line in both files. */
async function readBoth(
  source: FileSource,
  metadata: FileSource,
  names: ReturnType<typeof readNames>,
): Promise<ReadVectors> {
  let collector: RowCollector | undefined;
  for await (const line of readLines(source)) {
    const values = withoutReturn(line.text).split('\t');
    if (values.length === 1 && values[0]!.trim() === '') continue;
    const place = { file: source.file, line: line.number };
    collector ??= await createLineCollector(source, values.length, place);
    if (values.length !== collector.dimension) {
      const expected = `${collector.dimension} values, as in the lines before`;
      throw unreadable(place, { found: `${values.length} values`, expected });
    }
    readTextVector(values, 0, collector.next(place), place);
    const next = await names.next();
    if (next.done) throw toMiscount(metadata, collector.count, 'more');
    collector.add(next.value.ref, next.value.name, next.value.place);
  }
  if (!collector) throw unreadable({ file: source.file }, { found: 'an empty file', expected: 'values' });
  if (!(await names.next()).done) throw toMiscount(metadata, 'more', collector.count);
  return collector.finish();
}

const toMiscount = ({ file }: FileSource, found: unknown, expected: unknown): Error =>
  unreadable({ file }, { found: `${found} rows`, expected: `${expected}, one per line of values` });

interface Named {
  readonly ref: NodeRef;
  readonly name: string;
  readonly place: Place;
}

/** Metadata of one column has no header, and is the ids. */
async function* readNames(source: FileSource, options: ReadOptions): AsyncGenerator<Named, void> {
  let header: readonly string[] = ['id'];
  for await (const line of readLines(source)) {
    const cells = withoutReturn(line.text).split('\t');
    const place = { file: source.file, line: line.number };
    if (line.number === 1 && cells.length > 1) {
      header = cells;
      continue;
    }
    if (cells.length !== header.length) {
      throw unreadable(place, { found: `${cells.length} columns`, expected: `${header.length} columns` });
    }
    yield toNamed(header, cells, { place, options });
  }
}

/** Cells of files with this header are escaped; those of other programs are taken as they stand. */
function toNamed(
  header: readonly string[],
  cells: readonly string[],
  { place, options }: { place: Place; options: ReadOptions },
): Named {
  const isEscaped = header.join('\t') === HEADER;
  const read = (column: (typeof COLUMNS)[number]): string | undefined => {
    const at = header.indexOf(column);
    if (at < 0) return undefined;
    const text = isEscaped ? parseTsvText(cells[at]!) : cells[at]!;
    if (text !== undefined) return text;
    throw unreadable({ ...place, column }, { found: cells[at], expected: '% and two hex digits' });
  };
  const id = read('id') ?? cells[0]!; // the first column is what the projector takes for the label
  return { ref: toRef(read('type'), id, place, options), name: read('name') ?? '', place };
}
