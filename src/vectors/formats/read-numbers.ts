/** Numbers out of text and of foreign types, into 32-bit floats, or refused with their place. */
import { type Place, unreadable } from './row-collector.ts';

const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

export const isDecimal = (text: string): boolean => DECIMAL.test(text);

/**
 * `values[from], values[from + 1], …` into `out`; text with more digits than a float has is rounded.
 * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — not a decimal number, or beyond a 32-bit float
 */
export function readTextVector(
  values: readonly string[],
  from: number,
  out: Float32Array,
  place: Place,
): void {
  for (let i = 0; i < out.length; i++) {
    const text = values[from + i]!;
    out[i] = DECIMAL.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(out[i])) throw refuse(text, i, place);
  }
}

/**
 * The same of numbers, whatever they come as.
 * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — not an array of this length, or not of finite numbers
 */
export function readNumberVector(values: unknown, out: Float32Array, place: Place): void {
  if (!Array.isArray(values) && !ArrayBuffer.isView(values)) {
    throw unreadable(place, { found: JSON.stringify(values) ?? 'nothing', expected: 'an array of numbers' });
  }
  const numbers = values as ArrayLike<unknown>;
  if (numbers.length !== out.length) {
    throw unreadable(place, { found: `${numbers.length} values`, expected: `${out.length} values` });
  }
  for (let i = 0; i < out.length; i++) {
    const value = numbers[i];
    out[i] = typeof value === 'number' ? value : Number.NaN;
    if (!Number.isFinite(out[i])) throw refuse(value, i, place);
  }
}

/** @throws ShelfwalkError IMPORT_FILE_UNREADABLE */
export function checkFinite(vector: Float32Array, place: Place): void {
  const i = vector.findIndex((x) => !Number.isFinite(x));
  if (i >= 0) throw refuse(vector[i], i, place);
}

const refuse = (found: unknown, i: number, place: Place): Error =>
  unreadable({ ...place, value: i }, { found: String(found), expected: 'a finite 32-bit number' });
