/**
 * A file of text line by line, whatever its size. A line ends at a line feed, which is not part of it; a
 * carriage return before that is left to the reader, for whom it may be data.
 */
import type { FileSource } from './file-source.ts';
import { unreadable } from './row-collector.ts';

export interface Line {
  readonly text: string;
  readonly number: number; // from 1
}

const MAX_LINE_BYTES = 1 << 24; // a longer one is a binary file, not a vector

/** @throws ShelfwalkError IMPORT_FILE_UNREADABLE — not UTF-8, or without line ends */
export async function* readLines({ file, chunks }: FileSource): AsyncGenerator<Line, void> {
  const first = new TextDecoder('utf-8', { fatal: true }); // without a byte order mark
  const others = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }); // there it is a character
  let rest: Uint8Array = new Uint8Array(0);
  let number = 0;
  const decode = (bytes: Uint8Array): Line => {
    number++;
    try {
      return { text: (number === 1 ? first : others).decode(bytes), number };
    } catch (cause) {
      throw unreadable({ file, line: number }, { found: 'other bytes', expected: 'UTF-8' }, cause);
    }
  };
  for await (const chunk of chunks()) {
    let at = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, at)) {
      const head = chunk.subarray(at, end);
      yield decode(rest.length > 0 ? Buffer.concat([rest, head]) : head);
      rest = new Uint8Array(0);
      at = end + 1;
    }
    if (at < chunk.length) rest = Buffer.concat([rest, chunk.subarray(at)]);
    if (rest.length > MAX_LINE_BYTES) {
      const found = `more than ${MAX_LINE_BYTES} bytes without a line feed`;
      throw unreadable({ file, line: number + 1 }, { found, expected: 'lines of text' });
    }
  }
  if (rest.length > 0) yield decode(rest);
}

/** Lines of a file, a last one without an end included: what bounds the rows of a file that does not say. */
export async function countLines({ chunks }: FileSource): Promise<number> {
  let count = 1;
  for await (const chunk of chunks()) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count++;
  }
  return count;
}

/** Without the carriage return of a line that ends in two characters. */
export const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text);
