/**
 * toFloatText straight into bytes, for files of millions of values: the same text, digit for digit (a test
 * holds the two together), without a string for each. Digits are found as in short-float.ts, one candidate
 * a length instead of two; where that might not do (ties, powers of two, tiny, huge), it is asked itself.
 */
import { toFloatText } from './short-float.ts';

/** Room that one value needs at most: sign, `0.000001`, nine digits, exponent. */
export const MAX_FLOAT_BYTES = 24;

/**
 * Writes one vector after the other into the same buffer: what is returned is good until the next.
 * @param separator one byte, between two values
 */
export function createValuesWriter(
  dimension: number,
  separator: ' ' | ',' | '\t',
): (vector: Float32Array) => Uint8Array {
  const values = new Uint8Array(dimension * (MAX_FLOAT_BYTES + 1));
  const between = separator.charCodeAt(0);
  return (vector) => {
    let end = 0;
    for (const x of vector) {
      end = writeFloat(x, values, end);
      values[end++] = between;
    }
    return values.subarray(0, end - 1);
  };
}

const POWERS = Float64Array.from({ length: 17 }, (_, k) => Number(`1e${k}`)); // exact
const LEAST = 1e-6; // below it JavaScript writes an exponent
const MAX_DIGITS = 9; // of any float; most of a trained vector take eight
const NOT_READ_BACK = -1;
const UNSURE = -2;
const [MINUS, DOT, ZERO] = [45, 46, 48];

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** 0 … 9999 as four digits. */
const QUADS = Uint8Array.from({ length: 40_000 }, (_, i) => {
  const power = 10 ** (3 - (i & 3));
  return ZERO + (Math.floor((i >> 2) / power) % 10);
});

/**
 * @param x a finite float
 * @param out with MAX_FLOAT_BYTES of room from `at`
 * @returns where the text ends
 */
export function writeFloat(x: number, out: Uint8Array, at: number): number {
  const a = Math.abs(x);
  if (!(a >= LEAST && a < 1) || isPowerOfTwo(a)) return writeText(toFloatText(x), out, at);
  const zeros = countZeros(a);
  let digits = MAX_DIGITS - 1;
  let n = toDigits(a, digits, zeros);
  if (n === NOT_READ_BACK) n = toDigits(a, ++digits, zeros);
  else {
    for (let shorter = n; n !== UNSURE && digits > 1; digits--) {
      shorter = toDigits(a, digits - 1, zeros);
      if (shorter === NOT_READ_BACK) break;
      n = shorter;
    }
  }
  if (n < 0) return writeText(toFloatText(x), out, at);
  let end = at;
  if (x < 0) out[end++] = MINUS;
  out[end++] = ZERO;
  out[end++] = DOT;
  for (let i = 0; i < zeros; i++) out[end++] = ZERO;
  return writeDigits(n, digits, out, end);
}

/** A float below a power of two is only half as far away as the one above: the nearest decimal may not be the one. */
function isPowerOfTwo(a: number): boolean {
  float[0] = a;
  return (bits[0]! & 0x7f_ffff) === 0;
}

/** Zeros behind the point: 0.1 has none, 0.012 has one. @param a from 1e-6 up to 1 */
function countZeros(a: number): number {
  if (a >= 1e-1) return 0;
  if (a >= 1e-2) return 1;
  if (a >= 1e-3) return 2;
  if (a >= 1e-4) return 3;
  return a >= 1e-5 ? 4 : 5;
}

/** The integer n of so many digits for which n · 10^-(zeros + digits) is nearest to `a`, if it reads back to it. */
function toDigits(a: number, digits: number, zeros: number): number {
  const power = POWERS[zeros + digits]!;
  const scaled = a * power;
  const n = Math.round(scaled);
  if (Math.abs(scaled - n) > 0.499_999 || n === POWERS[digits]) return UNSURE;
  const double = n / power;
  if (Math.fround(double) !== a) return NOT_READ_BACK;
  const mirrored = double + (double - a);
  return mirrored === a || Math.fround(mirrored) !== mirrored ? n : UNSURE; // halfway between two floats
}

function writeDigits(n: number, digits: number, out: Uint8Array, at: number): number {
  let rest = n * POWERS[MAX_DIGITS - digits]!; // nine digits, of which the last may be for nothing
  const first = Math.floor(rest / 100_000_000);
  rest -= first * 100_000_000;
  const middle = Math.floor(rest / 10_000);
  out[at] = ZERO + first;
  writeQuad(middle, out, at + 1);
  writeQuad(rest - middle * 10_000, out, at + 5);
  return at + digits;
}

function writeQuad(quad: number, out: Uint8Array, at: number): void {
  const from = quad * 4;
  out[at] = QUADS[from]!;
  out[at + 1] = QUADS[from + 1]!;
  out[at + 2] = QUADS[from + 2]!;
  out[at + 3] = QUADS[from + 3]!;
}

function writeText(text: string, out: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}
