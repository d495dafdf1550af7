/** A JSON object per line: `{"type":"product","id":"01111","name":"Tea","vector":[0.1,…]}`. */
import { checkRows, toByteChunks } from './chunks.ts';
import type { FileSource } from './file-source.ts';
import { createValuesWriter } from './float-bytes.ts';
import { createLineCollector } from './line-collector.ts';
import { readLines } from './lines.ts';
import { readNumberVector } from './read-numbers.ts';
import { type Place, type RowCollector, toRef, unreadable } from './row-collector.ts';
import type { ReadOptions, ReadVectors, VectorFormat, VectorRows } from './types.ts';

export const ndjson: VectorFormat = {
  name: 'ndjson',
  extension: '.ndjson',
  joinsKeys: false,
  files: [
    {
      companion: '',
      contentType: 'application/x-ndjson; charset=utf-8',
      write: (rows) => toByteChunks(toLines(rows)),
    },
  ],
  read: ([source], options) => readRows(source!, options),
};

function* toLines(rows: VectorRows): Generator<Uint8Array> {
  const toValues = createValuesWriter(rows.dimension, ',');
  const end = Buffer.from(']}\n');
  for (const { type, id, name, vector } of checkRows(rows)) {
    yield Buffer.from(`${JSON.stringify({ type, id, name }).slice(0, -1)},"vector":[`);
    yield toValues(vector); // JSON.stringify would print the double behind each float, and -0 as 0
    yield end;
  }
}

async function readRows(source: FileSource, options: ReadOptions): Promise<ReadVectors> {
  const { file } = source;
  let collector: RowCollector | undefined;
  for await (const { text, number } of readLines(source)) {
    if (text.trim() === '') continue;
    const place: Place = { file, line: number };
    const { type, id, name, vector } = parseNamedLine(text, place);
    const dimension = Array.isArray(vector) ? vector.length : 0;
    collector ??= await createLineCollector(source, dimension, place);
    readNumberVector(vector, collector.next(place), place);
    collector.add(toRef(type, id, place, options), name, place);
  }
  if (!collector) throw unreadable({ file }, { found: 'an empty file', expected: 'a JSON object per line' });
  return collector.finish();
}

export interface NamedLine {
  readonly type?: string;
  readonly id: string;
  readonly name: string;
  readonly vector?: unknown;
}

/** An object with an id; a number would have lost its leading zeros, so it is none. Other members are passed over. */
export function parseNamedLine(text: string, place: Place): NamedLine {
  const { type, id, name, vector } = parseObject(text, place);
  if (typeof id !== 'string') throw refuse('id', id, place);
  if (type !== undefined && typeof type !== 'string') throw refuse('type', type, place);
  if (name !== undefined && name !== null && typeof name !== 'string') throw refuse('name', name, place);
  return { type, id, name: name ?? '', vector };
}

function parseObject(text: string, place: Place): Record<string, unknown> {
  const expected = 'a JSON object';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(place, { found: text.slice(0, 80), expected }, cause);
  }
  if (typeof value === 'string') return { id: value }; // of keys: an id alone
  if (typeof value !== 'object' || value === null)
    throw unreadable(place, { found: text.slice(0, 80), expected });
  return value as Record<string, unknown>;
}

const refuse = (column: string, found: unknown, place: Place): Error =>
  unreadable({ ...place, column }, { found: JSON.stringify(found) ?? 'nothing', expected: 'a JSON string' });
