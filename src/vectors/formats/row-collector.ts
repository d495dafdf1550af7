/**
 * What readers put rows into: one matrix that is taken once, sized by what the file can hold, and names
 * that are checked as they come. Every refusal says where in the file.
 */
import { isShelfwalkError, ShelfwalkError } from '../../base/errors.ts';
import { NODE_TYPES, type NodeRef, type NodeType, parseAttributeId } from '../../base/ids.ts';
import { Matrix } from '../../base/matrix.ts';
import type { ReadOptions, ReadVectors } from './types.ts';

/** A dimension above this is taken for a damaged header, not for a model. */
export const MAX_DIMENSION = 16_384;
/** What a lookup by id can hold: 2^24 entries, V8's limit of a Map. */
export const MAX_ROWS = 2 ** 24 - 1;

/** Somewhere in a file. */
export interface Place {
  readonly file: string;
  /** Physical, from 1. */
  readonly line?: number;
  /** From 0. */
  readonly byte?: number;
  /** From 0, in files without lines. */
  readonly row?: number;
  /** Of a table. */
  readonly column?: string;
  /** Of a vector, from 0. */
  readonly value?: number;
  /** Where a node that comes again was first, in the terms of the file: `line 2`. */
  readonly first?: string;
}

export interface Mismatch {
  readonly found: unknown;
  readonly expected: unknown;
  readonly hint?: string;
}

export const unreadable = (place: Place, mismatch: Mismatch, cause?: unknown): ShelfwalkError =>
  new ShelfwalkError('IMPORT_FILE_UNREADABLE', { ...place, ...mismatch }, { cause });

export interface RowCollector {
  readonly dimension: number;
  readonly count: number;
  /** The place of the next vector, to be filled in before `add`: f32 [dimension]. */
  next(place: Place): Float32Array;
  /** Keeps the vector that was filled in. */
  add(ref: NodeRef, name: string, place: Place): void;
  finish(): ReadVectors;
}

/**
 * @param size `rows` may be more than there are: pages of a buffer that are never written cost nothing.
 *   `fileBytes` and `valueBytes`, the least that one value takes, bound it by what the file can hold.
 * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — more values are announced than the file is long
 * @throws ShelfwalkError LIMIT_EXCEEDED
 */
export function createRowCollector(
  place: Place,
  size: { rows: number; dimension: number; fileBytes: number; valueBytes: number },
): RowCollector {
  const { rows, dimension } = size;
  checkSize(place, size);
  const data = allocate(place, rows, dimension);
  return createNameCollector(place, { data, rows, dimension });
}

function allocate(place: Place, rows: number, dimension: number): Float32Array {
  try {
    return new Float32Array(rows * dimension);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const [found, expected] = [`${rows} × ${dimension} values`, 'what fits in memory'];
    throw new ShelfwalkError('LIMIT_EXCEEDED', { ...place, found, expected }, { cause });
  }
}

/** The same over vectors that are there already. */
export const collectNames = (place: Place, { data, rows, cols }: Matrix): RowCollector =>
  createNameCollector(place, { data, rows, dimension: cols });

/** What places are counted in: of one file always the same. */
const UNITS = ['line', 'byte', 'row'] as const;

function createNameCollector(
  place: Place,
  { data, rows, dimension }: { data: Float32Array; rows: number; dimension: number },
): RowCollector {
  const types: NodeType[] = [];
  const ids: string[] = [];
  const names: string[] = [];
  const firstAt = Object.fromEntries(NODE_TYPES.map((type) => [type, new Map<string, number>()]));
  return {
    dimension,
    get count() {
      return ids.length;
    },
    next(at) {
      if (ids.length === rows) throw unreadable(at, { found: 'one row more', expected: `${rows} rows` });
      return data.subarray(ids.length * dimension, (ids.length + 1) * dimension);
    },
    add({ type, id }, name, at) {
      checkName({ type, id }, name, at);
      const unit = UNITS.find((known) => at[known] !== undefined) ?? 'row';
      const first = firstAt[type]!.get(id);
      if (first !== undefined) {
        const mismatch = { found: `${type}:${id} again`, expected: 'each node once' };
        throw unreadable({ ...at, first: `${unit} ${first}` }, mismatch);
      }
      firstAt[type]!.set(id, at[unit] ?? ids.length);
      types.push(type);
      ids.push(id);
      names.push(name);
    },
    finish() {
      if (ids.length === 0) throw unreadable(place, { found: 'no vectors', expected: 'at least one' });
      const used = data.subarray(0, ids.length * dimension);
      return { types, ids, names, vectors: new Matrix(used, ids.length, dimension) };
    },
  };
}

function checkSize(
  place: Place,
  { rows, dimension, fileBytes, valueBytes }: Parameters<typeof createRowCollector>[1],
): void {
  if (dimension < 1) throw unreadable(place, { found: `dimension ${dimension}`, expected: 'at least 1' });
  // + 1: the last value of a text may have nothing after it
  if (rows * dimension * valueBytes > fileBytes + 1) {
    const found = `${rows} × ${dimension} values announced in a file of ${fileBytes} bytes`;
    throw unreadable(place, { found, expected: `at least ${valueBytes} bytes a value` });
  }
  if (dimension > MAX_DIMENSION || rows > MAX_ROWS) {
    const [found, expected] = [`${rows} × ${dimension}`, `at most ${MAX_ROWS} × ${MAX_DIMENSION}`];
    throw new ShelfwalkError('LIMIT_EXCEEDED', { ...place, found, expected });
  }
}

function checkName({ type, id }: NodeRef, name: string, place: Place): void {
  const expected = 'an id of at least one character, in well-formed Unicode';
  if (id === '') throw unreadable(place, { found: 'an empty id', expected });
  if (/\p{Surrogate}/u.test(id) || /\p{Surrogate}/u.test(name)) {
    throw unreadable(place, { found: JSON.stringify({ id, name }), expected });
  }
  if (type !== 'attribute') return;
  try {
    parseAttributeId(id);
  } catch (error) {
    if (!isShelfwalkError(error)) throw error;
    throw unreadable(place, { found: id, expected: 'the id of an attribute: kind/value' }, error);
  }
}

/**
 * Who a row of a table is: by its own type, or by the one that was given for all.
 * @param own what the table says; undefined where it has no such column
 */
export function toRef(own: string | undefined, id: string, place: Place, { type }: ReadOptions): NodeRef {
  if (own === undefined) {
    if (type) return { type, id };
    const expected = 'a column with the type, or one type for all rows';
    throw unreadable(place, { found: 'no type', expected, hint: 'Say it: --type product' });
  }
  if (type) {
    const hint = 'Leave --type out: the file has a type of its own in every row';
    throw unreadable(place, { found: `type ${own}`, expected: 'rows without a type', hint });
  }
  const known = NODE_TYPES.find((t) => t === own);
  if (!known) throw unreadable(place, { found: own, expected: NODE_TYPES.join(' | ') });
  return { type: known, id };
}
