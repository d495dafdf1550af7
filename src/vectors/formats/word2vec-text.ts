/**
 * word2vec's text format: `count dimension`, then a line per node. Read are also the files of word2vec.c and
 * fastText, whose lines end in a space, those of GloVe, which have no first line, and lines that end in CR LF.
 */
import type { FileSource } from './file-source.ts';
import { createLineCollector, TEXT_VALUE_BYTES } from './line-collector.ts';
import { type Line, readLines } from './lines.ts';
import { isDecimal, readTextVector } from './read-numbers.ts';
import { createRowCollector, type RowCollector, unreadable } from './row-collector.ts';
import type { ReadOptions, ReadVectors, VectorFormat } from './types.ts';
import { parseHeader, toKeyRef } from './word2vec-header.ts';
import { word2vecTextFile } from './word2vec-write.ts';

export const word2vecText: VectorFormat = {
  name: 'word2vec',
  extension: '.vec',
  joinsKeys: true,
  files: [word2vecTextFile],
  read: ([source], options) => readText(source!, options),
};

async function readText(source: FileSource, options: ReadOptions): Promise<ReadVectors> {
  let collector: RowCollector | undefined;
  let announced: number | undefined;
  for await (const line of readLines(source)) {
    if (collector) {
      addLine(collector, line, { file: source.file, options });
      continue;
    }
    const header = parseHeader(line.text);
    announced = header?.rows;
    collector = await createCollector(source, line);
    if (!header) addLine(collector, line, { file: source.file, options });
  }
  if (!collector) throw unreadable({ file: source.file }, { found: 'an empty file', expected: 'vectors' });
  if (announced !== undefined && collector.count !== announced) {
    const found = `${collector.count} rows`;
    throw unreadable({ file: source.file }, { found, expected: `${announced} rows, as its first line says` });
  }
  return collector.finish();
}

async function createCollector(source: FileSource, { text }: Line): Promise<RowCollector> {
  const place = { file: source.file, line: 1 };
  const header = parseHeader(text);
  const least = { fileBytes: source.bytes, valueBytes: TEXT_VALUE_BYTES };
  if (header) return createRowCollector(place, { ...header, ...least });
  const [, ...values] = toFields(text);
  if (values.length < 2 || !values.every(isDecimal)) {
    const expected = 'a count and a dimension, or a key and its values';
    throw unreadable(place, { found: text.slice(0, 80), expected });
  }
  return createLineCollector(source, values.length, place);
}

function addLine(
  collector: RowCollector,
  { text, number }: Line,
  { file, options }: { file: string; options: ReadOptions },
): void {
  if (text.trim() === '') return; // some writers end with an empty line
  const place = { file, line: number };
  const fields = toFields(text);
  if (fields.length !== collector.dimension + 1) {
    const expected = `a key without spaces and ${collector.dimension} values`;
    throw unreadable(place, { found: `${fields.length - 1} values`, expected });
  }
  readTextVector(fields, 1, collector.next(place), place);
  collector.add(toKeyRef(fields[0]!, options, place), '', place);
}

/** Between spaces or tabs, of which there may be several, and some at the end. */
const toFields = (text: string): string[] => text.replace(/[ \t\r]+$/, '').split(/[ \t]+/);
