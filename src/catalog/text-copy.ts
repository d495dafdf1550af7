/**
 * A text file on its way into the catalog: its records, checked (text-scan.ts), are copied to a scratch
 * file in which every record carries its line number. Broken records go to a second scratch
 * file, with the reason. What DuckDB then reads is well formed, so it may read it in parallel.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { TaskContext } from '../base/task.ts';
import { type FileProbe, toReadError, unreadable } from './file-probe.ts';
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
import { CHUNK_BYTES, scanText } from './text-scan.ts';

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
    await scanText(probe, writer.scanner, { context, afterChunk: () => writer.flush() });
    const { header, rows, faults, delimiter, multiline } = writer;
    return { header, rows, faults, delimiter, multiline, rowsPath, faultsPath };
  } catch (cause) {
    throw toReadError(probe.path, cause);
  } finally {
    for (const handle of handles) await handle.close();
  }
}

class CopyWriter implements RecordSink {
  header: string[] = [];
  rows = 0;
  faults = 0;
  readonly delimiter: string;
  readonly scanner: Scanner;
  readonly #probe: FileProbe;
  readonly #tabular: boolean;
  readonly #rowsFile: FileHandle;
  readonly #faultsFile: FileHandle;
  #out: Buffer = Buffer.allocUnsafe(4 * CHUNK_BYTES);
  #outLength = 0;
  #faultText: string[] = [];

  constructor(probe: FileProbe, rowsFile: FileHandle, faultsFile: FileHandle) {
    this.#probe = probe;
    this.#tabular = probe.format === 'csv' || probe.format === 'tsv';
    this.delimiter =
      probe.format === 'csv' ? ',' : probe.format === 'tsv' ? '\t' : String.fromCharCode(UNIT_SEPARATOR);
    this.scanner = this.#tabular ? new CsvScanner(this.delimiter, this) : new LineScanner(this);
    this.#rowsFile = rowsFile;
    this.#faultsFile = faultsFile;
  }

  get multiline(): boolean {
    return this.scanner.multiline;
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

  async flush(): Promise<void> {
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
}

/** What a record that is broken should have been. */
export const EXPECTED: Readonly<Record<Fault, string>> = {
  'bad-quotes': 'quotes around a whole field, doubled inside it',
  'too-few-fields': 'as many fields as the header',
  'too-many-fields': 'as many fields as the header',
  'line-too-long': `a record of at most ${MAX_RECORD_BYTES} bytes`,
  'control-character': 'a line without U+001F and lone carriage returns',
};

const quoteField = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Cells of one well-formed record. */
export function parseRecord(record: string, delimiter: string): string[] {
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
