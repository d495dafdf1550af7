/**
 * 32-bit floats as text: the shortest decimal that reads back to the same float, whether the reader goes
 * by way of a double (Python, JavaScript) or straight to a float (strtof). The search is over lengths;
 * each candidate n · 10^-k is one exact division of integers below 2^53 and 10^22 (Clinger, PLDI 1990,
 * the fast path), so no text is made or read until the digits are known.
 */
import { ShelfwalkError } from '../../base/errors.ts';

const MAX_DIGITS = 9; // of any float
const POWERS = Array.from({ length: 23 }, (_, k) => Number(`1e${k}`)); // exact as doubles

/**
 * The double with the fewest decimal digits that rounds to `x`; of two with as few, the nearer one.
 * @param x a finite float
 */
function toShortDouble(x: number): number {
  if (x === 0) return x;
  const exponent = toExponent(Math.abs(x)); // x = d.ddd · 10^exponent
  // Most floats of a trained vector take eight: fewer are tried from there down, more only if need be.
  let found: number | undefined;
  for (let digits = MAX_DIGITS - 1; digits > 0; digits--) {
    const shorter = findDouble(x, digits, exponent);
    if (shorter === undefined) break;
    found = shorter;
  }
  return found ?? findDouble(x, MAX_DIGITS, exponent) ?? x; // x itself, as a double, is never wrong
}

/**
 * `0.1`, `-0.0`, `1e-7`: read alike by JSON, Python, C and spreadsheets.
 * @throws ShelfwalkError VECTOR_INVALID — not finite
 */
export function toFloatText(x: number): string {
  if (!Number.isFinite(x)) throw new ShelfwalkError('VECTOR_INVALID', { found: String(x) });
  if (x === 0) return Object.is(x, -0) ? '-0.0' : '0'; // JSON readers take "-0" for an integer, which has no sign
  return String(toShortDouble(x));
}

/** A double of so many digits that reads back to `x`. A length longer than one that works also works. */
function findDouble(x: number, digits: number, exponent: number): number | undefined {
  const k = digits - 1 - exponent;
  if (k > 22 || k < -22) return findTinyOrHuge(x, digits);
  const scaled = k >= 0 ? x * POWERS[k]! : x / POWERS[-k]!;
  const below = Math.floor(scaled);
  const toDouble = (n: number): number => (k >= 0 ? n / POWERS[k]! : n * POWERS[-k]!);
  return pickNearer(x, toDouble(below), toDouble(below + 1));
}

/** Beyond 10^±22 powers of ten are not exact, so the candidates go through text. */
function findTinyOrHuge(x: number, digits: number): number | undefined {
  const [mantissa, power] = x.toExponential(digits - 1).split('e');
  const n = Number(mantissa!.replace('.', ''));
  const shift = Number(power) - digits + 1;
  const [below, at, above] = [-1, 0, 1].map((step) => Number(`${n + step}e${shift}`));
  return isSafe(x, at!) ? at : pickNearer(x, below!, above!);
}

function pickNearer(x: number, a: number, b: number): number | undefined {
  const [near, far] = Math.abs(a - x) <= Math.abs(b - x) ? [a, b] : [b, a];
  return isSafe(x, near) ? near : isSafe(x, far) ? far : undefined;
}

/**
 * Reads back to x. A double that lies halfway between two floats is refused: the decimal it stands for
 * may lie a little to the other side of the middle, and a reader that skips the double would see that.
 */
function isSafe(x: number, double: number): boolean {
  if (Math.fround(double) !== x) return false;
  const mirrored = double + (double - x); // as far again: exactly the next float if `double` is halfway
  return mirrored === x || Math.fround(mirrored) !== mirrored;
}

/** floor(log10(a)), exact where it matters: one off costs a digit, never a wrong value. */
function toExponent(a: number): number {
  const exponent = Math.floor(Math.log10(a));
  const power = exponent >= 0 && exponent <= 22 ? POWERS[exponent]! : Number(`1e${exponent}`);
  if (a < power) return exponent - 1;
  return a >= power * 10 ? exponent + 1 : exponent;
}
