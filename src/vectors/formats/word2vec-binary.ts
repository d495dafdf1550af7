/**
 * word2vec's binary format: `count dimension` as text, then for each node key, space, and little-endian f32.
 * Read are files with a line feed after each vector (word2vec.c) and without (gensim).
 */
import type { FileSource } from './file-source.ts';
import { checkFinite } from './read-numbers.ts';
import { createRowCollector, type Place, type RowCollector, unreadable } from './row-collector.ts';
import type { ReadOptions, ReadVectors, VectorFormat } from './types.ts';
import { parseHeader, toKeyRef, type Word2vecHeader } from './word2vec-header.ts';
import { word2vecBinaryFile } from './word2vec-write.ts';

const MAX_HEADER_BYTES = 64;
const MAX_KEY_BYTES = 1 << 16;
const [LINE_FEED, SPACE] = [10, 32];

export const word2vecBinary: VectorFormat = {
  name: 'word2vec-binary',
  extension: '.bin',
  joinsKeys: true,
  files: [word2vecBinaryFile],
  read: ([source], options) => readBinary(source!, options),
};

async function readBinary(source: FileSource, options: ReadOptions): Promise<ReadVectors> {
  const { file, bytes: fileBytes, chunks } = source;
  let collector: RowCollector | undefined;
  let announced = 0;
  let rest = Buffer.alloc(0); // read, but not yet a whole row
  let restAt = 0; // its first byte in the file
  for await (const chunk of chunks()) {
    rest = Buffer.concat([rest, chunk]);
    let at = 0;
    if (!collector) {
      const header = findHeader(rest, file);
      if (!header) continue;
      announced = header.rows;
      collector = createRowCollector({ file, byte: 0 }, { ...header, fileBytes, valueBytes: 4 });
      at = header.end;
    }
    for (let next = readRow(rest, at, { collector, file, restAt, options }); next !== undefined; ) {
      at = next;
      next = readRow(rest, at, { collector, file, restAt, options });
    }
    rest = rest.subarray(at);
    restAt += at;
  }
  if (!collector || collector.count < announced) {
    const found = `the end of the file after ${collector?.count ?? 0} rows`;
    const expected = collector
      ? `${announced} rows of ${collector.dimension} values`
      : 'a count and a dimension';
    throw unreadable({ file, byte: restAt + rest.length }, { found, expected });
  }
  refuseMore(rest, announced, { file, byte: restAt });
  return collector.finish();
}

/** Undefined: not all of it is there yet. */
function findHeader(bytes: Buffer, file: string): (Word2vecHeader & { end: number }) | undefined {
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf(LINE_FEED);
  if (end < 0 && bytes.length < MAX_HEADER_BYTES) return undefined;
  const text = bytes.toString('latin1', 0, end < 0 ? MAX_HEADER_BYTES : end);
  const header = end < 0 ? undefined : parseHeader(text);
  if (header) return { ...header, end: end + 1 };
  const found = JSON.stringify(text);
  throw unreadable({ file, byte: 0 }, { found, expected: 'a line with a count and a dimension' });
}

interface Reading {
  readonly collector: RowCollector;
  readonly file: string;
  /** Of the first byte given. */
  readonly restAt: number;
  readonly options: ReadOptions;
}

/** The row that begins at `at`; where the next one begins, or undefined if this one is not all there. */
function readRow(
  bytes: Buffer,
  at: number,
  { collector, file, restAt, options }: Reading,
): number | undefined {
  let keyAt = at;
  while (bytes[keyAt] === LINE_FEED) keyAt++;
  const place: Place = { file, byte: restAt + keyAt };
  const keyEnd = bytes.indexOf(SPACE, keyAt);
  if (keyEnd < 0 ? bytes.length - keyAt > MAX_KEY_BYTES : keyEnd - keyAt > MAX_KEY_BYTES) {
    throw unreadable(place, { found: `${MAX_KEY_BYTES} bytes without a space`, expected: 'a key' });
  }
  const sizeBytes = collector.dimension * 4;
  const end = keyEnd + 1 + sizeBytes;
  if (keyEnd < 0 || end > bytes.length) return undefined;
  const vector = collector.next(place);
  new Uint8Array(vector.buffer, vector.byteOffset, sizeBytes).set(bytes.subarray(keyEnd + 1, end));
  checkFinite(vector, { ...place, byte: restAt + keyEnd + 1 });
  collector.add(toKeyRef(decodeKey(bytes.subarray(keyAt, keyEnd), place), options, place), '', place);
  return end;
}

function decodeKey(bytes: Uint8Array, place: Place): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(
      place,
      { found: Buffer.from(bytes).toString('latin1'), expected: 'a key in UTF-8' },
      cause,
    );
  }
}

/** After the last row nothing is left but line feeds. */
function refuseMore(rest: Buffer, announced: number, place: Place): void {
  if (rest.every((byte) => byte === LINE_FEED)) return;
  throw unreadable(place, {
    found: `${rest.length} bytes more`,
    expected: `the end, after ${announced} rows`,
  });
}
