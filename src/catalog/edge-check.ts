/**
 * The rules of edges-plan.ts on the bytes of a record, for reading without a database. Reasons, columns
 * and words are taken from the plan; what decides is written a second time here, and a test holds the
 * two together on files that break every rule (test/catalog/edge-file.test.ts).
 */
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import type { RecordCells } from './record-cells.ts';
import { isInWeightRange, MAX_ID_LENGTH } from './rules.ts';
import type { EdgeMapping, EndType } from './types.ts';

/** Where the columns of a mapping stand in a record. */
export interface EdgeColumnsAt {
  readonly from: number;
  readonly to: number;
  /** Undefined: every edge weighs 1. A record that ends before it weighs 1 as well, unless `weightRequired`. */
  readonly weight?: number;
  readonly weightRequired: boolean;
  readonly fromType: EndAt;
  readonly toType: EndAt;
}

/** A type for all records, or the column with a word for it. */
type EndAt = { readonly constant: NodeType } | { readonly cell: number };

/** @param cellOf position of a column @throws ShelfwalkError whatever cellOf throws for one that is not there */
export function toColumnsAt(
  mapping: EdgeMapping,
  weight: string | undefined,
  cellOf: (column: string) => number,
): EdgeColumnsAt {
  const toEnd = (type: EndType = { constant: 'product' }): EndAt =>
    'constant' in type ? type : { cell: cellOf(type.column) };
  const [from, fromType] = [cellOf(mapping.from), toEnd(mapping.fromType)];
  const [to, toType] = [cellOf(mapping.to), toEnd(mapping.toType)];
  const weightAt = weight === undefined ? undefined : cellOf(weight);
  return { from, to, weight: weightAt, weightRequired: mapping.weight !== undefined, fromType, toType };
}

/** A rule that was broken, and the text that broke it. */
export interface Broken {
  readonly reason: string;
  readonly found: string | undefined;
}

const SPACE = 32;
const TAB = 9;
const SLASH = 47;
const COLON = 58;
const DOT = 46;
const LF = 10;

/** Holds what the last good record said. */
export class EdgeCheck {
  fromType: NodeType;
  toType: NodeType;
  weight = 1;
  readonly at: EdgeColumnsAt;
  readonly #words: readonly { readonly bytes: Buffer; readonly type: NodeType }[];

  /** @param typeMap other words for types; they go before the types' own names */
  constructor(at: EdgeColumnsAt, typeMap: EdgeMapping['typeMap'] = {}) {
    this.at = at;
    const words = { ...Object.fromEntries(NODE_TYPES.map((type) => [type, type])), ...typeMap };
    this.#words = Object.entries(words).map(([word, type]) => ({ bytes: Buffer.from(word), type }));
    this.fromType = 'constant' in at.fromType ? at.fromType.constant : 'product';
    this.toType = 'constant' in at.toType ? at.toType.constant : 'product';
  }

  /** Undefined: the record is an edge. Otherwise the first rule it breaks. */
  run(cells: RecordCells): Broken | undefined {
    return this.#runEnd(cells, 'from') ?? this.#runEnd(cells, 'to') ?? this.#runEdge(cells);
  }

  #runEnd(cells: RecordCells, side: 'from' | 'to'): Broken | undefined {
    const cell = this.at[side];
    const broken = (rule: string, found = cell): Broken => ({
      reason: `${side}-${rule}`,
      found: cells.text(found),
    });
    if (isMissing(cells, cell)) return broken('missing');
    if (isTooLong(cells, cell)) return broken('too-long');
    const end = this.at[`${side}Type`];
    if ('cell' in end) {
      const type = this.#words.find(({ bytes }) => equals(cells, end.cell, bytes))?.type;
      if (!type) return broken('type-unknown', end.cell);
      this[`${side}Type`] = type;
    }
    if (this[`${side}Type`] === 'attribute' && !isAttribute(cells, cell)) return broken('not-an-attribute');
    return undefined;
  }

  #runEdge(cells: RecordCells): Broken | undefined {
    const { from, to } = this.at;
    if (this.fromType === this.toType && isSame(cells, from, to))
      return { reason: 'self-loop', found: cells.text(to) };
    return this.#runWeight(cells);
  }

  #runWeight(cells: RecordCells): Broken | undefined {
    this.weight = 1;
    const { weight: cell, weightRequired } = this.at;
    if (cell === undefined) return undefined;
    const broken = (rule: string): Broken => ({ reason: `weight-${rule}`, found: cells.text(cell) });
    if (weightRequired && isMissing(cells, cell)) return broken('missing');
    if (isEmpty(cells, cell)) return undefined;
    const weight = readNumber(cells, cell);
    if (!Number.isFinite(weight)) return broken('not-a-number');
    if (weight <= 0) return broken('not-positive');
    if (!isInWeightRange(weight)) return broken('out-of-range');
    this.weight = weight;
    return undefined;
  }
}

const isEmpty = (cells: RecordCells, cell: number): boolean =>
  cell >= cells.count || cells.starts[cell] === cells.ends[cell];

function isMissing({ count, bytes, starts, ends }: RecordCells, cell: number): boolean {
  if (cell >= count) return true;
  for (let i = starts[cell]!; i < ends[cell]!; i++) {
    if (bytes[i] !== SPACE && bytes[i] !== TAB) return false;
  }
  return true;
}

/** Counted in characters: bytes that do not continue one. */
function isTooLong({ bytes, starts, ends }: RecordCells, cell: number): boolean {
  if (ends[cell]! - starts[cell]! <= MAX_ID_LENGTH) return false;
  let characters = 0;
  for (let i = starts[cell]!; i < ends[cell]!; i++) if ((bytes[i]! & 0xc0) !== 0x80) characters++;
  return characters > MAX_ID_LENGTH;
}

/** `kind/value`, the kind without a colon. */
function isAttribute({ bytes, starts, ends }: RecordCells, cell: number): boolean {
  const [start, end] = [starts[cell]!, ends[cell]!];
  let i = start;
  while (i < end && bytes[i] !== SLASH && bytes[i] !== COLON) i++;
  return i > start && bytes[i] === SLASH && i + 1 < end && bytes[i + 1] !== LF;
}

function isSame({ bytes, starts, ends }: RecordCells, a: number, b: number): boolean {
  const length = ends[a]! - starts[a]!;
  if (ends[b]! - starts[b]! !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[starts[a]! + i] !== bytes[starts[b]! + i]) return false;
  return true;
}

function equals({ count, bytes, starts, ends }: RecordCells, cell: number, word: Buffer): boolean {
  if (cell >= count || ends[cell]! - starts[cell]! !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[starts[cell]! + i] !== word[i]) return false;
  return word.length > 0;
}

/**
 * NaN where it is no number. Up to 15 digits with a point among them are one exact division (Clinger,
 * PLDI 1990, the fast path); anything else goes through text.
 */
function readNumber(cells: RecordCells, cell: number): number {
  const { bytes, starts, ends } = cells;
  const [start, end] = [starts[cell]!, ends[cell]!];
  let digits = 0;
  let pointAt = -1;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === DOT && pointAt < 0) pointAt = i;
    else if (byte >= 48 && byte <= 57) digits = digits * 10 + byte - 48;
    else return toNumber(cells.text(cell)!);
  }
  const length = end - start - (pointAt < 0 ? 0 : 1);
  if (length === 0 || length > 15) return toNumber(cells.text(cell)!);
  return pointAt < 0 ? digits : digits / 10 ** (end - pointAt - 1);
}

/** As the database reads numbers, which allows blanks around them. */
const toNumber = (text: string): number =>
  /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN;
