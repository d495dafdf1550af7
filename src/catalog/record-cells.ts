/**
 * The cells of one record as ranges of bytes, without a string for each. Quoted fields, which are rare
 * in edge lists, are unquoted into a buffer of their own.
 */
import type { Span } from './record-scanner.ts';
import { parseRecord } from './text-copy.ts';

const QUOTE = 34;
const SPACE = 32;
const TAB = 9;

export class RecordCells {
  count = 0;
  /** Where the cells lie: the file's bytes, or unquoted copies of them. */
  bytes: Uint8Array = new Uint8Array(0);
  starts = new Uint32Array(16); // [≥ count]
  ends = new Uint32Array(16); // [≥ count]

  /** Delimited fields, quoted or not (RFC 4180). */
  splitFields(buffer: Buffer, { start, end }: Span, delimiter: number): void {
    this.count = 0;
    this.bytes = buffer;
    let from = start;
    for (let i = start; i <= end; i++) {
      if (i < end && buffer[i] !== delimiter) {
        if (buffer[i] !== QUOTE || i !== from) continue;
        this.#splitQuoted(buffer.toString('utf8', start, end), String.fromCharCode(delimiter));
        return;
      }
      this.#add(from, i);
      from = i + 1;
    }
  }

  /** Words with blanks and tabs between them, and around them. */
  splitWords(buffer: Buffer, { start, end }: Span): void {
    this.count = 0;
    this.bytes = buffer;
    for (let i = start; i < end; ) {
      while (i < end && (buffer[i] === SPACE || buffer[i] === TAB)) i++;
      const from = i;
      while (i < end && buffer[i] !== SPACE && buffer[i] !== TAB) i++;
      if (i > from) this.#add(from, i);
    }
  }

  /** The cell as text; undefined where it is empty or there is none. */
  text(cell: number): string | undefined {
    if (cell >= this.count || this.starts[cell] === this.ends[cell]) return undefined;
    const { buffer, byteOffset } = this.bytes;
    const length = this.ends[cell]! - this.starts[cell]!;
    return Buffer.from(buffer, byteOffset + this.starts[cell]!, length).toString('utf8');
  }

  #splitQuoted(record: string, delimiter: string): void {
    this.count = 0;
    const cells = parseRecord(record, delimiter).map((cell) => Buffer.from(cell));
    this.bytes = Buffer.concat(cells);
    let at = 0;
    for (const { length } of cells) {
      this.#add(at, at + length);
      at += length;
    }
  }

  #add(start: number, end: number): void {
    if (this.count === this.starts.length) {
      const wider = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
        const fresh = new Uint32Array(old.length * 2);
        fresh.set(old);
        return fresh;
      };
      this.starts = wider(this.starts);
      this.ends = wider(this.ends);
    }
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }
}
