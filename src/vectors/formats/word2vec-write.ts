/**
 * The two word2vec formats, written as Mikolov's word2vec.c does and gensim reads: `count dimension`, then
 * key and values, as text or as little-endian f32.
 * https://code.google.com/archive/p/word2vec/ — word2vec.c, TrainModel, the loop that saves word vectors
 */
import { checkRows, toByteChunks, toTextChunks } from './chunks.ts';
import { toFloatText } from './short-float.ts';
import type { ExportFile, VectorRows } from './types.ts';
import { toWord2vecKey } from './word2vec-key.ts';

export const word2vecTextFile: ExportFile = {
  companion: '',
  contentType: 'text/plain; charset=utf-8',
  write: (rows) => toTextChunks(toLines(rows)),
};

function* toLines(rows: VectorRows): Generator<string> {
  yield `${rows.count} ${rows.dimension}\n`;
  for (const { type, id, vector } of checkRows(rows)) {
    let line = toWord2vecKey(type, id);
    for (const x of vector) line += ` ${toFloatText(x)}`;
    yield `${line}\n`;
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
  const newline = Buffer.from('\n');
  for (const { type, id, vector } of checkRows(rows)) {
    yield Buffer.from(`${toWord2vecKey(type, id)} `);
    yield new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
    yield newline;
  }
}
