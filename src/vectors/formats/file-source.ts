/** A file to read vectors from: what to call it, how long it is, and its bytes from the start. */
import { open, stat } from 'node:fs/promises';
import { ShelfwalkError } from '../../base/errors.ts';

export interface FileSource {
  /** As it is called in errors. */
  readonly file: string;
  readonly bytes: number;
  /** From the start, or from byte `start` to before byte `end`. A chunk is good until the next one is asked for. */
  chunks(start?: number, end?: number): AsyncIterable<Uint8Array>;
}

const CHUNK_BYTES = 1 << 18;

/**
 * @throws ShelfwalkError IMPORT_FILE_MISSING — nothing is there, or no plain file
 * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — it is gzipped: its length says nothing of what it announces
 */
export async function openFileSource(path: string): Promise<FileSource> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw new ShelfwalkError('IMPORT_FILE_MISSING', { file: path }, { cause });
  });
  if (!stats.isFile()) {
    throw new ShelfwalkError('IMPORT_FILE_MISSING', { file: path, found: 'no plain file' });
  }
  for await (const [first, second] of readRange(path, 0, Math.min(2, stats.size))) {
    if (first !== 0x1f || second !== 0x8b) continue;
    const hint = 'Unpack it first: gunzip --keep';
    throw new ShelfwalkError('IMPORT_FILE_UNREADABLE', { file: path, byte: 0, found: 'gzip', hint });
  }
  return {
    file: path,
    bytes: stats.size,
    chunks: (start = 0, end = stats.size) => readRange(path, start, end),
  };
}

async function* readRange(path: string, start: number, end: number): AsyncGenerator<Uint8Array, void> {
  const handle = await open(path, 'r');
  try {
    const chunk = new Uint8Array(Math.max(1, Math.min(end - start, CHUNK_BYTES)));
    for (let at = start; at < end; ) {
      const { bytesRead } = await handle.read(chunk, 0, Math.min(chunk.length, end - at), at);
      if (bytesRead === 0) return; // shorter than it was: whoever reads notices
      yield chunk.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
