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

/** One end of an edge: its id, and the type that the last good record gave it. Runs for every line: it makes no objects. */
class EndCheck {
  readonly cell: number;
  type: NodeType;
  readonly #side: 'from' | 'to';
  readonly #typeCell: number | undefined;
  readonly #words: readonly { readonly bytes: Buffer; readonly type: NodeType }[];

  constructor(at: EdgeColumnsAt, side: 'from' | 'to', typeMap: EdgeMapping['typeMap'] = {}) {
    const end = at[`${side}Type`];
    const words = { ...Object.fromEntries(NODE_TYPES.map((type) => [type, type])), ...typeMap };
    this.cell = at[side];
    this.type = 'constant' in end ? end.constant : 'product';
    this.#side = side;
    this.#typeCell = 'cell' in end ? end.cell : undefined;
    this.#words = Object.entries(words).map(([word, type]) => ({ bytes: Buffer.from(word), type }));
  }

  run(cells: RecordCells): Broken | undefined {
    const { cell } = this;
    if (isMissing(cells, cell)) return this.#broken('missing', cells, cell);
    if (isTooLong(cells, cell)) return this.#broken('too-long', cells, cell);
    if (this.#typeCell !== undefined && !this.#readType(cells, this.#typeCell))
      return this.#broken('type-unknown', cells, this.#typeCell);
    if (this.type === 'attribute' && !isAttribute(cells, cell))
      return this.#broken('not-an-attribute', cells, cell);
    return undefined;
  }

  #readType(cells: RecordCells, cell: number): boolean {
    for (const { bytes, type } of this.#words) {
      if (!equals(cells, cell, bytes)) continue;
      this.type = type;
      return true;
    }
    return false;
  }

  #broken(rule: string, cells: RecordCells, cell: number): Broken {
    return { reason: `${this.#side}-${rule}`, found: cells.text(cell) };
  }
}

/** Holds what the last good record said. */
export class EdgeCheck {
  readonly from: EndCheck;
  readonly to: EndCheck;
  weight = 1;
  readonly #weightCell: number | undefined;
  readonly #weightRequired: boolean;

  /** @param typeMap other words for types; they go before the types' own names */
  constructor(at: EdgeColumnsAt, typeMap?: EdgeMapping['typeMap']) {
    this.from = new EndCheck(at, 'from', typeMap);
    this.to = new EndCheck(at, 'to', typeMap);
    this.#weightCell = at.weight;
    this.#weightRequired = at.weightRequired;
  }

  /** Undefined: the record is an edge. Otherwise the first rule it breaks. */
  run(cells: RecordCells): Broken | undefined {
    const { from, to } = this;
    const broken = from.run(cells) ?? to.run(cells);
    if (broken) return broken;
    if (from.type === to.type && isSame(cells, from.cell, to.cell))
      return { reason: 'self-loop', found: cells.text(to.cell) };
    const cell = this.#weightCell;
    const rule = cell === undefined ? undefined : this.#readWeight(cells, cell);
    return rule === undefined ? undefined : { reason: `weight-${rule}`, found: cells.text(cell!) };
  }

  /** The rule that the weight breaks. */
  #readWeight(cells: RecordCells, cell: number): string | undefined {
    this.weight = 1;
    if (this.#weightRequired && isMissing(cells, cell)) return 'missing';
    if (isEmpty(cells, cell)) return undefined;
    const weight = readNumber(cells, cell);
    if (!Number.isFinite(weight)) return 'not-a-number';
    if (weight <= 0) return 'not-positive';
    if (!isInWeightRange(weight)) return 'out-of-range';
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
