/**
 * What a file is before anything is read from it: format by name, checked against its first bytes, and
 * the SHA-256 it is recognised by when it comes again.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { ShelfwalkError } from '../base/errors.ts';
import { throwIfAborted } from '../base/task.ts';

/**
 * `lines` is what the sessions preset reads: tab-separated lines of variable width, without a header.
 * `edgelist` has no header either: `from to [weight]` with blanks or tabs between, `#` before a comment.
 */
export type FileFormat = 'csv' | 'tsv' | 'ndjson' | 'parquet' | 'edgelist' | 'lines';

export interface FileProbe {
  readonly path: string;
  readonly format: FileFormat;
  readonly gzipped: boolean;
  readonly sizeBytes: number;
}

const EXTENSIONS: Readonly<Record<string, FileFormat>> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  parquet: 'parquet',
  edgelist: 'edgelist',
  edges: 'edgelist',
  edg: 'edgelist',
};

const KNOWN = '.csv, .tsv, .ndjson, .jsonl, .parquet or .edgelist, each also with .gz';

/**
 * @param format instead of by the name
 * @throws ShelfwalkError IMPORT_FILE_MISSING · IMPORT_FILE_UNREADABLE — a folder, empty, an unknown
 *   extension, or content that is plainly something else
 */
export async function probeFile(path: string, format?: FileFormat): Promise<FileProbe> {
  const facts = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw toReadError(path, cause);
    throw new ShelfwalkError('IMPORT_FILE_MISSING', { file: path }, { cause });
  });
  if (!facts.isFile())
    throw unreadable(path, { found: facts.isDirectory() ? 'a folder' : 'no regular file' });
  if (facts.size === 0) throw unreadable(path, { found: 'an empty file' });
  const claimed = format ?? toFormat(path);
  const head = await readHead(path);
  const gzipped = head[0] === 0x1f && head[1] === 0x8b;
  if (/\.gz$/i.test(path) && !gzipped) {
    throw unreadable(path, { found: describeHead(head), expected: 'gzip, as the name says' });
  }
  if (!gzipped) checkMagic(path, claimed, head);
  return { path, format: claimed, gzipped, sizeBytes: facts.size };
}

/** Hex SHA-256 of the bytes on disk; a compressed file is hashed as it is. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      throwIfAborted(signal);
      hash.update(chunk as Buffer);
    }
  } catch (cause) {
    throw toReadError(path, cause);
  }
  return hash.digest('hex');
}

/** Refuses what is plainly another format; called again on the unpacked bytes of a gzipped file. */
export function checkMagic(path: string, format: FileFormat, head: Buffer): void {
  const parquet = head.subarray(0, 4).toString('latin1') === 'PAR1';
  if (format === 'parquet') {
    if (!parquet)
      throw unreadable(path, { found: describeHead(head), expected: 'Parquet (the file begins with PAR1)' });
    return;
  }
  if (parquet) {
    throw unreadable(path, {
      found: 'Parquet',
      expected: format,
      hint: 'Say --format parquet, or name it .parquet',
    });
  }
  if (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3) {
    throw unreadable(path, {
      found: 'a ZIP archive or a spreadsheet',
      expected: format,
      hint: 'Save the sheet as CSV in UTF-8',
    });
  }
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    throw unreadable(path, {
      line: 1,
      found: 'UTF-16',
      expected: 'UTF-8',
      hint: 'Convert it: iconv -f UTF-16 -t UTF-8',
    });
  }
  if (format === 'ndjson' && head.toString('latin1').trimStart().startsWith('[')) {
    throw unreadable(path, {
      line: 1,
      found: 'a JSON array',
      expected: 'one JSON object per line',
      hint: "Convert it: jq -c '.[]'",
    });
  }
}

export const unreadable = (file: string, details: Record<string, unknown>, cause?: unknown): ShelfwalkError =>
  new ShelfwalkError('IMPORT_FILE_UNREADABLE', { file, ...details }, { cause });

/** What went wrong while bytes were read or written, as one of ours. */
export function toReadError(path: string, cause: unknown): Error {
  if (cause instanceof ShelfwalkError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return new ShelfwalkError('DISK_FULL', { file: path }, { cause });
  if (code === 'ENOENT') return new ShelfwalkError('IMPORT_FILE_MISSING', { file: path }, { cause });
  if (code === 'Z_BUF_ERROR')
    return unreadable(path, { found: 'gzip that ends early', expected: 'a whole file' }, cause);
  if (code?.startsWith('Z_')) return unreadable(path, { found: `damaged gzip (${message})` }, cause);
  return unreadable(path, { found: message }, cause);
}

function toFormat(path: string): FileFormat {
  const extension = /\.([a-z0-9]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  const format = Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined;
  if (format) return format;
  throw unreadable(path, {
    found: extension ? `the extension .${extension}` : 'no extension',
    expected: KNOWN,
    hint: 'Say what it is with --format csv, tsv, ndjson, parquet or edgelist',
  });
}

async function readHead(path: string): Promise<Buffer> {
  const handle = await open(path).catch((cause: unknown) => {
    throw toReadError(path, cause);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function describeHead(head: Buffer): string {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const text = head.toString('latin1');
  return /^[\x20-\x7e\s]*$/.test(text)
    ? `text that begins with ${JSON.stringify(text)}`
    : `bytes ${head.toString('hex')}`;
}
