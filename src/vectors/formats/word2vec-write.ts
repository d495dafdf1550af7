/**
 * The two word2vec formats, written as Mikolov's word2vec.c does and gensim reads: `count dimension`, then
 * key and values, as text or as little-endian f32.
 * https://code.google.com/archive/p/word2vec/ — word2vec.c, TrainModel, the loop that saves word vectors
 */
import { checkRows, toByteChunks } from './chunks.ts';
import { createValuesWriter } from './float-bytes.ts';
import type { ExportFile, VectorRows } from './types.ts';
import { toPlainWord2vecKey, toWord2vecKey } from './word2vec-key.ts';

export const word2vecTextFile: ExportFile = {
  companion: '',
  contentType: 'text/plain; charset=utf-8',
  write: (rows) => toByteChunks(toLines(rows)),
};

const toKeyOf = ({ keys }: VectorRows): typeof toWord2vecKey =>
  keys === 'id' ? toPlainWord2vecKey : toWord2vecKey;

function* toLines(rows: VectorRows): Generator<Uint8Array> {
  yield Buffer.from(`${rows.count} ${rows.dimension}\n`);
  const toKey = toKeyOf(rows);
  const toValues = createValuesWriter(rows.dimension, ' ');
  const newline = Buffer.from('\n');
  for (const { type, id, vector } of checkRows(rows)) {
    yield Buffer.from(`${toKey(type, id)} `);
    yield toValues(vector);
    yield newline;
  }
}

export const word2vecBinaryFile: ExportFile = {
  companion: '',
  contentType: 'application/octet-stream',
  write: (rows) => toByteChunks(toPieces(rows)),
};

/** A newline after each vector, as word2vec.c has it; readers pass over it. */
function* toPieces(rows: VectorRows): Generator<Uint8Array> {
  yield Buffer.from(`${rows.count} ${rows.dimension}\n`);
  const toKey = toKeyOf(rows);
  const newline = Buffer.from('\n');
  for (const { type, id, vector } of checkRows(rows)) {
    yield Buffer.from(`${toKey(type, id)} `);
    yield new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
    yield newline;
  }
}
