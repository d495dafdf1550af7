/** Floats as text, against a slow oracle in exact arithmetic. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isShelfwalkError } from '../../../src/base/errors.ts';
import { toFloatText } from '../../../src/vectors/formats/short-float.ts';

const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);
const toFloat = (pattern: number): number => {
  bits[0] = pattern;
  return asFloat[0]!;
};
const finite = fc.nat({ max: 0xffff_ffff }).map(toFloat).filter(Number.isFinite);

/** Value · 2^200, exact: every float and every midpoint between two is a whole number then. */
function toScaled(x: number): bigint {
  bits[0] = 0;
  asFloat[0] = x;
  const pattern = bits[0]!;
  const exponent = (pattern >>> 23) & 0xff;
  const fraction = BigInt(pattern & 0x7f_ffff);
  const mantissa = exponent === 0 ? fraction : fraction + (1n << 23n);
  const magnitude = mantissa << BigInt(200 - 149 + Math.max(exponent, 1) - 1);
  return pattern >>> 31 ? -magnitude : magnitude;
}

/** Whether d · 10^e lies strictly between the midpoints around x: every correct reader gives x back. */
function readsBack(x: number, digits: bigint, e: number): boolean {
  asFloat[0] = Math.abs(x);
  const pattern = bits[0]!;
  const [below, at, above] = [pattern - 1, pattern, pattern + 1].map((p) =>
    p === 0x7f80_0000 ? 1n << 328n : toScaled(toFloat(p)),
  );
  // Twice everything, so that midpoints are whole; a power of ten on one side or the other.
  const [scale, unit] = e >= 0 ? [10n ** BigInt(e), 1n] : [1n, 10n ** BigInt(-e)];
  const value = (digits * scale) << 201n;
  return value > (below! + at!) * unit && value < (at! + above!) * unit;
}

/** Fewest digits of any decimal that reads back, by trying the two around x at every length. */
function findFewestDigits(x: number): number {
  const scaled = toScaled(Math.abs(x));
  for (let digits = 1; ; digits++) {
    for (const first of [-1, 0, 1]) {
      const e = Math.floor(Math.log10(Math.abs(x))) - digits + 1 + first;
      const n = e >= 0 ? scaled / ((10n ** BigInt(e)) << 200n) : (scaled * 10n ** BigInt(-e)) >> 200n;
      for (const candidate of [n, n + 1n])
        if (candidate < 10n ** BigInt(digits) && readsBack(x, candidate, e)) return digits;
    }
  }
}

const toParts = (text: string): { digits: bigint; e: number } => {
  const [, whole, fraction = '', power = '0'] = /^-?(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text)!;
  return { digits: BigInt(whole + fraction), e: Number(power) - fraction.length };
};
const countDigits = (text: string): number => String(toParts(text).digits).replace(/0+$/, '').length;

describe('toFloatText', () => {
  test('reads back to the same bits, by way of a double and exactly', () => {
    fc.assert(
      fc.property(finite, (x) => {
        const text = toFloatText(x);
        expect(Object.is(Math.fround(Number(text)), x)).toBe(true);
        expect(Object.is(Math.fround(JSON.parse(text)), x)).toBe(true);
        if (x === 0) return;
        const { digits, e } = toParts(text);
        expect(readsBack(x, digits, e), text).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test('no decimal with fewer digits does', () => {
    const nonzero = finite.filter((x) => x !== 0);
    fc.assert(
      fc.property(nonzero, (x) => {
        expect(countDigits(toFloatText(x)), String(x)).toBe(findFewestDigits(x));
      }),
      { numRuns: 3000 },
    );
  });

  test('nor at the powers of two, where the gap below is half the gap above, nor next to powers of ten', () => {
    const powers = Array.from({ length: 254 }, (_, i) => toFloat((i + 1) << 23));
    const tens = Array.from({ length: 77 }, (_, i) => Math.fround(Number(`1e${i - 38}`)));
    for (const x of [...powers, ...tens]) {
      const { digits, e } = toParts(toFloatText(x));
      expect(readsBack(x, digits, e), String(x)).toBe(true);
      expect(countDigits(toFloatText(x)), String(x)).toBe(findFewestDigits(x));
    }
  });

  test.each([
    { x: 0, text: '0' },
    { x: -0, text: '-0.0' },
    { x: Math.fround(0.1), text: '0.1' },
    { x: -1, text: '-1' },
    { x: 16_777_216, text: '16777216' },
    { x: toFloat(1), text: '1e-45' },
    { x: toFloat(0x7f7f_ffff), text: '3.4028235e+38' },
    { x: toFloat(0x0080_0000), text: '1.1754944e-38' },
  ])('$text', ({ x, text }) => expect(toFloatText(x)).toBe(text));

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is refused', (x) => {
    let error: unknown;
    try {
      toFloatText(x);
    } catch (e) {
      error = e;
    }
    expect(isShelfwalkError(error, 'VECTOR_INVALID')).toBe(true);
  });
});
