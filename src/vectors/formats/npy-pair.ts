/**
 * NumPy's .npy and, beside it, whose vector each row is: a JSON object per line, so that any id survives.
 *
 *     keys = [json.loads(line) for line in open("vectors.keys.ndjson", encoding="utf-8")]
 */
import { isShelfwalkError, ShelfwalkError } from '../../base/errors.ts';
import type { Matrix } from '../../base/matrix.ts';
import { fromNpyChunks, toMatrixHeader } from '../npy.ts';
import { checkRows, toByteChunks, toTextChunks } from './chunks.ts';
import type { FileSource } from './file-source.ts';
import { readLines } from './lines.ts';
import { parseNamedLine } from './ndjson.ts';
import { checkFinite } from './read-numbers.ts';
import { collectNames, toRef, unreadable } from './row-collector.ts';
import type { ReadOptions, ReadVectors, VectorFormat, VectorRows } from './types.ts';

export const npy: VectorFormat = {
  name: 'npy',
  extension: '.npy',
  joinsKeys: false,
  files: [
    {
      companion: '',
      contentType: 'application/octet-stream',
      write: (rows) => toByteChunks(toPieces(rows)),
    },
    {
      companion: '.keys.ndjson',
      contentType: 'application/x-ndjson; charset=utf-8',
      write: (rows) => toTextChunks(toKeyLines(rows)),
    },
  ],
  read: ([vectors, keys], options) => readPair(vectors!, keys!, options),
};

function* toPieces(rows: VectorRows): Generator<Uint8Array> {
  yield toMatrixHeader(rows.count, rows.dimension);
  for (const { vector } of checkRows(rows)) {
    yield new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  }
}

function* toKeyLines(rows: VectorRows): Generator<string> {
  for (const { type, id, name } of checkRows(rows)) yield `${JSON.stringify({ type, id, name })}\n`;
}

async function readPair(source: FileSource, keys: FileSource, options: ReadOptions): Promise<ReadVectors> {
  const matrix = await readMatrix(source);
  const collector = collectNames({ file: keys.file }, matrix);
  for await (const { text, number } of readLines(keys)) {
    const place = { file: keys.file, line: number };
    const { type, id, name } = parseNamedLine(text, place);
    checkFinite(collector.next(place), { file: source.file, row: collector.count });
    collector.add(toRef(type, id, place, options), name, place);
  }
  if (collector.count !== matrix.rows) {
    const expected = `${matrix.rows}, one per row of ${source.file}`;
    throw unreadable({ file: keys.file }, { found: `${collector.count} keys`, expected });
  }
  return collector.finish();
}

/** NumPy's own default is float64, so this is what people have: they are told what to do. */
async function readMatrix({ file, bytes, chunks }: FileSource): Promise<Matrix> {
  try {
    return await fromNpyChunks(chunks(), { file, bytes });
  } catch (error) {
    if (!isShelfwalkError(error, 'IMPORT_FILE_UNREADABLE') || error.details['field'] !== 'descr') throw error;
    const hint = 'numpy.save(file, vectors.astype("<f4"))';
    throw new ShelfwalkError('IMPORT_FILE_UNREADABLE', { ...error.details, hint }, { cause: error });
  }
}
