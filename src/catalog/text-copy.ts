/**
 * A text file on its way in: unpacked, checked (UTF-8, no binary, whole records) and copied to a
 * scratch file in which every record carries its line number. Broken records go to a second scratch
 * file, with the reason. What DuckDB then reads is well formed, so it may read it in parallel.
 */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { checkMagic, type FileProbe, toReadError, unreadable } from './file-probe.ts';
import {
  CsvScanner,
  type Fault,
  LineScanner,
  MAX_RECORD_BYTES,
  type RecordSink,
  type Scanner,
  type Span,
  UNIT_SEPARATOR,
} from './record-scanner.ts';

export interface TextCopy {
  /** Header cells of CSV and TSV; empty for line files. */
  readonly header: readonly string[];
  /** Records in `rowsPath`: line number, separator, the record as it was. */
  readonly rows: number;
  readonly faults: number;
  readonly rowsPath: string;
  readonly faultsPath: string;
  /** Some record spans several lines. */
  readonly multiline: boolean;
  /** Between the line number and the record; within CSV and TSV records too. */
  readonly delimiter: string;
}

const CHUNK_BYTES = 1 << 20;
/** Of a broken record, this much is quoted in the rejects file. */
const RAW_BYTES = 1000;

/** @throws ShelfwalkError IMPORT_FILE_UNREADABLE · DISK_FULL · ABORTED */
export async function copyText(
  probe: FileProbe,
  scratchBase: string,
  context: TaskContext,
): Promise<TextCopy> {
  const rowsPath = `${scratchBase}.rows`;
  const faultsPath = `${scratchBase}.faults`;
  const handles = [await open(rowsPath, 'w'), await open(faultsPath, 'w')] as const;
  try {
    const writer = new CopyWriter(probe, handles[0], handles[1]);
    for await (const chunk of readChunks(probe, context)) await writer.push(chunk, false);
    await writer.push(Buffer.alloc(0), true);
    const { header, rows, faults, delimiter, multiline } = writer;
    return { header, rows, faults, delimiter, multiline, rowsPath, faultsPath };
  } catch (cause) {
    throw toReadError(probe.path, cause);
  } finally {
    for (const handle of handles) await handle.close();
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

class CopyWriter implements RecordSink {
  header: string[] = [];
  rows = 0;
  faults = 0;
  readonly delimiter: string;
  readonly #probe: FileProbe;
  readonly #scanner: Scanner;
  readonly #tabular: boolean;
  readonly #rowsFile: FileHandle;
  readonly #faultsFile: FileHandle;
  #carry: Buffer = Buffer.alloc(0);
  #atStart = true;
  #line = 1; // of the first byte of the carry, for messages about bytes
  #out: Buffer = Buffer.allocUnsafe(4 * CHUNK_BYTES);
  #outLength = 0;
  #faultText: string[] = [];

  constructor(probe: FileProbe, rowsFile: FileHandle, faultsFile: FileHandle) {
    this.#probe = probe;
    this.#tabular = probe.format === 'csv' || probe.format === 'tsv';
    this.delimiter =
      probe.format === 'csv' ? ',' : probe.format === 'tsv' ? '\t' : String.fromCharCode(UNIT_SEPARATOR);
    this.#scanner = this.#tabular ? new CsvScanner(this.delimiter, this) : new LineScanner(this);
    this.#rowsFile = rowsFile;
    this.#faultsFile = faultsFile;
  }

  get multiline(): boolean {
    return this.#scanner.multiline;
  }

  async push(chunk: Buffer, atEnd: boolean): Promise<void> {
    let buffer = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    if (this.#atStart && buffer.length >= 3) {
      if (buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) buffer = buffer.subarray(3); // UTF-8 mark
      this.#atStart = false;
    }
    if (chunk.includes(0)) throw this.#badBytes(buffer, (line) => line.includes(0), BINARY);
    const taken = this.#scanner.scan(buffer, atEnd);
    this.#checkUtf8(buffer.subarray(0, taken));
    this.#carry = Buffer.from(buffer.subarray(taken));
    await this.#flush();
  }

  record(buffer: Buffer, span: Span, fields: number): void {
    if (this.#tabular && this.header.length === 0) {
      this.header = parseRecord(buffer.toString('utf8', span.start, span.end), this.delimiter);
      return;
    }
    if (this.#tabular && fields !== this.header.length) {
      const reason = fields < this.header.length ? 'too-few-fields' : 'too-many-fields';
      this.#addFault(
        buffer,
        span,
        reason,
        `${fields} fields`,
        `${this.header.length} fields, as in the header`,
      );
      return;
    }
    const size = span.end - span.start + 24;
    if (this.#outLength + size > this.#out.length) this.#grow(size);
    this.#outLength += this.#out.write(`${span.line}${this.delimiter}`, this.#outLength, 'latin1');
    this.#outLength += buffer.copy(this.#out, this.#outLength, span.start, span.end);
    this.#out[this.#outLength++] = 10;
    this.rows++;
  }

  fault(buffer: Buffer, span: Span, reason: Fault): void {
    if (this.#tabular && this.header.length === 0) {
      throw unreadable(this.#probe.path, {
        line: span.line,
        found: reason,
        expected: 'a header with the names of the columns',
      });
    }
    this.#addFault(buffer, span, reason, '', EXPECTED[reason]);
  }

  #addFault(
    buffer: Buffer,
    { start, end, line }: Span,
    reason: Fault,
    found: string,
    expected: string,
  ): void {
    const raw = buffer.toString('utf8', start, Math.min(end, start + RAW_BYTES));
    this.#faultText.push([String(line), reason, found, expected, raw].map(quoteField).join(','));
    this.faults++;
  }

  async #flush(): Promise<void> {
    if (this.#outLength > 0) await this.#rowsFile.write(this.#out, 0, this.#outLength);
    this.#outLength = 0;
    if (this.#faultText.length > 0) await this.#faultsFile.write(`${this.#faultText.join('\n')}\n`);
    this.#faultText = [];
  }

  #grow(size: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#out.length * 2, this.#outLength + size));
    this.#out.copy(larger, 0, 0, this.#outLength);
    this.#out = larger;
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
    return unreadable(this.#probe.path, { line, ...details });
  }
}

const NOT_UTF8 = {
  found: 'bytes that are not UTF-8',
  expected: 'UTF-8',
  hint: 'If it was written as Latin-1 or by Excel, convert it: iconv -f WINDOWS-1252 -t UTF-8',
};
const BINARY = { found: 'a NUL byte', expected: 'text in UTF-8', hint: 'This looks like a binary file' };

const EXPECTED: Readonly<Record<Fault, string>> = {
  'bad-quotes': 'quotes around a whole field, doubled inside it',
  'too-few-fields': 'as many fields as the header',
  'too-many-fields': 'as many fields as the header',
  'line-too-long': `a record of at most ${MAX_RECORD_BYTES} bytes`,
  'control-character': 'a line without U+001F and lone carriage returns',
};

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

const quoteField = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Cells of one well-formed record. */
function parseRecord(record: string, delimiter: string): string[] {
  const cells: string[] = [];
  let at = 0;
  while (at <= record.length) {
    if (record[at] === '"') {
      const [, quoted = ''] = /^"((?:[^"]|"")*)"/.exec(record.slice(at)) ?? [];
      cells.push(quoted.replaceAll('""', '"'));
      at += quoted.length + 3;
      continue;
    }
    const end = record.indexOf(delimiter, at);
    cells.push(record.slice(at, end < 0 ? undefined : end));
    if (end < 0) break;
    at = end + 1;
  }
  return cells;
}
