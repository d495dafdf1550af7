/** Rows into bytes: checked on the way, gathered into chunks, with a breath between two of them. */
import { ShelfwalkError } from '../../base/errors.ts';
import { createBreather } from '../../base/task.ts';
import type { VectorRow, VectorRows } from './types.ts';

const CHUNK = 1 << 16; // bytes, or UTF-16 units of text

/**
 * The rows, none of which can go wrong in a file.
 * @throws ShelfwalkError VECTOR_INVALID · NODE_KEY_INVALID
 */
export function* checkRows(rows: VectorRows): Generator<VectorRow> {
  for (const row of rows) {
    const column = findNotFinite(row.vector);
    if (column >= 0) {
      const { type, id, vector } = row;
      throw new ShelfwalkError('VECTOR_INVALID', { type, id, column, found: String(vector[column]) });
    }
    checkUnicode('id', row.id);
    checkUnicode('name', row.name);
    yield row;
  }
}

/** Column of the first value that is NaN or infinite; -1: there is none. A plain loop: it is run over every value. */
function findNotFinite(vector: Float32Array): number {
  for (let i = 0; i < vector.length; i++) if (!Number.isFinite(vector[i])) return i;
  return -1;
}

/** Half a surrogate pair would come back as U+FFFD: another id. */
function checkUnicode(field: string, text: string): void {
  if (!/\p{Surrogate}/u.test(text)) return;
  const expected = 'well-formed Unicode';
  throw new ShelfwalkError('NODE_KEY_INVALID', { field, found: JSON.stringify(text), expected });
}

/** Text, a line or a few at a time, as UTF-8. */
export async function* toTextChunks(lines: Iterable<string>): AsyncGenerator<Uint8Array> {
  const breathe = createBreather();
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = '';
    await breathe();
  }
  if (text !== '') yield Buffer.from(text);
}

/** Pieces of any size, which may be views that change afterwards. */
export async function* toByteChunks(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const breathe = createBreather();
  let chunk = new Uint8Array(CHUNK);
  let filled = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + chunk.length - filled);
      chunk.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < chunk.length) continue;
      yield chunk;
      chunk = new Uint8Array(CHUNK); // the old one belongs to whoever has it now
      filled = 0;
      await breathe();
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}
