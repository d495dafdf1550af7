/**
 * A text file as records: unpacked, without a byte order mark, refused by line where it is not UTF-8 or
 * holds a NUL. What is done with a record is up to whoever the scanner tells.
 */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { checkMagic, type FileProbe, toReadError, unreadable } from './file-probe.ts';
import type { Scanner } from './record-scanner.ts';

export const CHUNK_BYTES = 1 << 20;

export interface ScanTextOptions {
  readonly context: TaskContext;
  /** Of the records in a chunk, the scanner's listener has been told. */
  readonly afterChunk?: () => Promise<void>;
}

/** @throws ShelfwalkError IMPORT_FILE_UNREADABLE · DISK_FULL · ABORTED */
export async function scanText(
  probe: FileProbe,
  scanner: Scanner,
  { context, afterChunk }: ScanTextOptions,
): Promise<void> {
  try {
    const feed = new Feed(probe.path, scanner);
    for await (const chunk of readChunks(probe, context)) {
      feed.push(chunk, false);
      await afterChunk?.();
    }
    feed.push(Buffer.alloc(0), true);
    await afterChunk?.();
  } catch (cause) {
    throw toReadError(probe.path, cause);
  }
}

/** The unpacked bytes. */
export async function* readChunks(probe: FileProbe, context: TaskContext): AsyncGenerator<Buffer> {
  const file = createReadStream(probe.path, { highWaterMark: CHUNK_BYTES });
  const source = probe.gzipped ? file.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : file;
  file.on('error', (cause) => source.destroy(cause));
  let first = probe.gzipped;
  try {
    for await (const chunk of source) {
      throwIfAborted(context.signal);
      if (first) checkMagic(probe.path, probe.format, chunk as Buffer);
      first = false;
      yield chunk as Buffer;
      context.onProgress?.({
        stage: 'read file',
        done: file.bytesRead,
        total: probe.sizeBytes,
        unit: 'bytes',
      });
    }
  } finally {
    file.destroy();
  }
}

/** Chunks → scanner: keeps the record that is not whole yet, and knows on which line it begins. */
class Feed {
  readonly #path: string;
  readonly #scanner: Scanner;
  #carry: Buffer = Buffer.alloc(0);
  #atStart = true;
  #line = 1; // of the first byte of the carry, for messages about bytes

  constructor(path: string, scanner: Scanner) {
    this.#path = path;
    this.#scanner = scanner;
  }

  push(chunk: Buffer, atEnd: boolean): void {
    let buffer = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    if (this.#atStart && buffer.length >= 3) {
      if (buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) buffer = buffer.subarray(3); // UTF-8 mark
      this.#atStart = false;
    }
    if (chunk.includes(0)) throw this.#badBytes(buffer, (line) => line.includes(0), BINARY);
    const taken = this.#scanner.scan(buffer, atEnd);
    this.#checkUtf8(buffer.subarray(0, taken));
    this.#carry = Buffer.from(buffer.subarray(taken));
  }

  /** Whole lines only, so no character is cut in two. */
  #checkUtf8(bytes: Buffer): void {
    if (!isUtf8(bytes)) throw this.#badBytes(bytes, (line) => !isUtf8(line), NOT_UTF8);
    this.#line += countLines(bytes);
  }

  #badBytes(bytes: Buffer, isBad: (line: Buffer) => boolean, details: Record<string, string>): Error {
    let line = this.#line;
    for (let start = 0; start < bytes.length; line++) {
      const at = bytes.indexOf(10, start);
      const end = at < 0 ? bytes.length : at;
      if (isBad(bytes.subarray(start, end))) break;
      start = end + 1;
    }
    return unreadable(this.#path, { line, ...details });
  }
}

const NOT_UTF8 = {
  found: 'bytes that are not UTF-8',
  expected: 'UTF-8',
  hint: 'If it was written as Latin-1 or by Excel, convert it: iconv -f WINDOWS-1252 -t UTF-8',
};
const BINARY = { found: 'a NUL byte', expected: 'text in UTF-8', hint: 'This looks like a binary file' };

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 10) lines++; // lines are short: faster than indexOf
  return lines;
}
