/** Floats into bytes, held to toFloatText: the same text for every float there is, tried where they differ in kind. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_FLOAT_BYTES, writeFloat } from '../../../src/vectors/formats/float-bytes.ts';
import { toFloatText } from '../../../src/vectors/formats/short-float.ts';

const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);
const toFloat = (pattern: number): number => {
  bits[0] = pattern;
  return asFloat[0]!;
};
const out = new Uint8Array(MAX_FLOAT_BYTES + 2);

function toText(x: number): string {
  out.fill(1);
  const end = writeFloat(x, out, 1);
  expect(end - 1).toBeLessThanOrEqual(MAX_FLOAT_BYTES);
  expect([out[0], out.at(-1)]).toEqual([1, 1]); // it stays within its room
  return Buffer.from(out.subarray(1, end)).toString();
}

const any = fc.nat({ max: 0xffff_ffff }).map(toFloat).filter(Number.isFinite);
const trained = fc.double({ min: -1, max: 1, noNaN: true }).map(Math.fround);
const small = fc.tuple(trained, fc.nat(9)).map(([x, k]) => Math.fround(x / 10 ** k));
const short = fc.tuple(fc.nat(99_999), fc.nat(8)).map(([n, k]) => Math.fround(n / 10 ** k));
const dyadic = fc.tuple(fc.nat(4096), fc.nat(30)).map(([n, k]) => n / 2 ** k); // where candidates tie

test.each([
  { why: 'any', floats: any },
  { why: 'as in a vector', floats: trained },
  { why: 'small', floats: small },
  { why: 'few digits', floats: short },
  { why: 'halfway between decimals', floats: dyadic },
])('$why', ({ floats }) => {
  fc.assert(
    fc.property(floats, (x) => {
      expect(toText(x)).toBe(toFloatText(x));
    }),
    { numRuns: 5000 },
  );
});

test('powers of two and of ten and their neighbours, 0 and the ends of the range', () => {
  const powers = Array.from({ length: 254 }, (_, i) => (i + 1) << 23);
  const tens = Array.from({ length: 77 }, (_, i) => {
    asFloat[0] = Number(`1e${i - 38}`);
    return bits[0]!;
  });
  const around = [...powers, ...tens].flatMap((p) => [p - 1, p, p + 1].map(toFloat));
  for (const x of [0, -0, ...around, -around[3]!, toFloat(1), toFloat(0x7f7f_ffff)])
    expect(toText(x)).toBe(toFloatText(x));
});
