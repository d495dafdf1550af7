/**
 * Where the records of a CSV or line file begin and end, on which physical line, and which of them are
 * broken. DuckDB reads the values; it is not asked for line numbers because it does not count line
 * breaks inside quoted fields, and users look a rejected row up in an editor.
 *
 * A record with broken quotes costs one physical line: reading resumes on the next one, so a stray
 * quote does not swallow the rows after it.
 */
export type Fault =
  | 'bad-quotes'
  | 'too-few-fields'
  | 'too-many-fields'
  | 'line-too-long'
  | 'control-character';

/** Longer records are refused: such a "line" is a broken quote or no text file. */
export const MAX_RECORD_BYTES = 1 << 20;

export interface RecordSink {
  /** Bytes [start, end) of `buffer` without the line break. `line` counts from 1, where the record begins. */
  record(buffer: Buffer, span: Span, fields: number): void;
  fault(buffer: Buffer, span: Span, reason: Fault): void;
}

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

const LF = 10;
const CR = 13;
const QUOTE = 34;
/** Separates the line number from the line in the copy of a line file, hence not allowed in a line. */
export const UNIT_SEPARATOR = 31;

export interface Scanner {
  /** A record so far spans several lines. */
  readonly multiline: boolean;
  /** Reports the records that end in `buffer`; returns how many bytes they take. The rest comes again, with more. */
  scan(buffer: Buffer, atEnd: boolean): number;
}

/** Records of quoted, delimited fields (RFC 4180); CR, LF and CRLF all end a line. Blank lines are no records. */
export class CsvScanner implements Scanner {
  multiline = false;
  readonly #delimiter: number;
  readonly #sink: RecordSink;
  #line = 1;
  #skipping = false; // inside an overlong line whose fault was already reported
  // The record that was read last:
  #end = 0;
  #fields = 0;
  #lines = 0;
  #bad = false;

  constructor(delimiter: string, sink: RecordSink) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#sink = sink;
  }

  scan(buffer: Buffer, atEnd: boolean): number {
    let start = 0;
    if (this.#skipping) {
      const next = nextLine(buffer, 0, atEnd);
      if (next < 0) return buffer.length;
      this.#skipping = false;
      this.#line++;
      start = next;
    }
    while (start < buffer.length) {
      const next = this.#read(buffer, start, atEnd);
      const tooLong = (next < 0 ? buffer.length : this.#end) - start > MAX_RECORD_BYTES;
      if (next < 0 && !tooLong) return start;
      if (tooLong || this.#bad) {
        start = this.#reportBroken(buffer, start, atEnd);
        continue;
      }
      if (this.#end > start)
        this.#sink.record(buffer, { start, end: this.#end, line: this.#line }, this.#fields);
      if (this.#lines > 1) this.multiline = true;
      this.#line += this.#lines;
      start = next;
    }
    return start;
  }

  /** Gives up one physical line; returns where the next one starts. */
  #reportBroken(buffer: Buffer, start: number, atEnd: boolean): number {
    const next = nextLine(buffer, start, atEnd);
    const end = lineEnd(buffer, start);
    const reason = end - start > MAX_RECORD_BYTES ? 'line-too-long' : 'bad-quotes';
    this.#sink.fault(buffer, { start, end, line: this.#line }, reason);
    if (next < 0) {
      this.#skipping = true;
      return buffer.length;
    }
    this.#line++;
    return next;
  }

  /** Start of the record after the one at `start`, or -1 if it does not end in this buffer. */
  #read(buffer: Buffer, start: number, atEnd: boolean): number {
    const delimiter = this.#delimiter;
    const length = buffer.length;
    this.#fields = 1;
    this.#lines = 1;
    this.#bad = false;
    let i = start;
    for (;;) {
      if (i < length && buffer[i] === QUOTE) {
        i = this.#readQuoted(buffer, i + 1, atEnd);
        if (i < 0) return -1;
        if (this.#bad) return i;
      } else {
        while (i < length && buffer[i] !== delimiter && buffer[i] !== LF && buffer[i] !== CR) i++;
      }
      this.#end = i;
      if (i >= length) return atEnd ? length : -1;
      if (buffer[i] !== delimiter) return afterBreak(buffer, i, atEnd);
      this.#fields++;
      i++;
    }
  }

  /** Position after the closing quote, which a delimiter, a line break or the end of the file must follow. */
  #readQuoted(buffer: Buffer, from: number, atEnd: boolean): number {
    const length = buffer.length;
    let i = from;
    for (;;) {
      if (i >= length) break;
      const byte = buffer[i++];
      if (byte === QUOTE) {
        if (i >= length) return atEnd ? i : -1;
        const after = buffer[i];
        if (after === QUOTE) {
          i++;
          continue;
        }
        this.#bad = after !== this.#delimiter && after !== LF && after !== CR;
        return i;
      }
      if (byte === LF || (byte === CR && buffer[i] !== LF)) this.#lines++;
    }
    this.#bad = atEnd; // never closed
    return atEnd ? i : -1;
  }
}

/** Records that are whole lines, ended by LF or CRLF: NDJSON, and session files of variable width. */
export class LineScanner implements Scanner {
  readonly multiline = false;
  readonly #sink: RecordSink;
  #line = 1;
  #skipping = false;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  scan(buffer: Buffer, atEnd: boolean): number {
    let start = 0;
    while (start < buffer.length) {
      const at = buffer.indexOf(LF, start);
      if (at < 0 && !atEnd) {
        if (buffer.length - start <= MAX_RECORD_BYTES) return start;
        this.#report(buffer, start, buffer.length);
        this.#skipping = true;
        return buffer.length;
      }
      this.#report(buffer, start, at < 0 ? buffer.length : at);
      this.#skipping = false;
      this.#line++;
      start = at < 0 ? buffer.length : at + 1;
    }
    return start;
  }

  #report(buffer: Buffer, start: number, lineBreak: number): void {
    if (this.#skipping) return;
    const end = lineBreak > start && buffer[lineBreak - 1] === CR ? lineBreak - 1 : lineBreak;
    if (isBlank(buffer, start, end)) return;
    const span = { start, end, line: this.#line };
    if (end - start > MAX_RECORD_BYTES) this.#sink.fault(buffer, span, 'line-too-long');
    else if (hasControl(buffer, start, end)) this.#sink.fault(buffer, span, 'control-character');
    else this.#sink.record(buffer, span, 1);
  }
}

function isBlank(buffer: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (buffer[i] !== 32 && buffer[i] !== 9) return false;
  return true;
}

function hasControl(buffer: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (buffer[i] === UNIT_SEPARATOR || buffer[i] === CR) return true;
  return false;
}

/** Position of the first line break at or after `from`, or the end of the buffer. */
function lineEnd(buffer: Buffer, from: number): number {
  let i = from;
  while (i < buffer.length && buffer[i] !== LF && buffer[i] !== CR) i++;
  return i;
}

function nextLine(buffer: Buffer, from: number, atEnd: boolean): number {
  const end = lineEnd(buffer, from);
  if (end >= buffer.length) return atEnd ? buffer.length : -1;
  return afterBreak(buffer, end, atEnd);
}

/** Position after the line break at `at`, or -1 while it is not known whether an LF follows a CR. */
function afterBreak(buffer: Buffer, at: number, atEnd: boolean): number {
  if (buffer[at] === LF) return at + 1;
  if (at + 1 >= buffer.length) return atEnd ? at + 1 : -1;
  return buffer[at + 1] === LF ? at + 2 : at + 1;
}
