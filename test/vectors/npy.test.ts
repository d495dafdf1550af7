import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/base/matrix.ts';
import { fromNpyChunks, toNpyChunks } from '../../src/vectors/npy.ts';
import { buildMatrix, toBytes } from './content.ts';

/** Copies each chunk before the next is asked for: they may be views of one buffer. */
function toFile(matrix: Matrix): Buffer {
  const chunks: Buffer[] = [];
  for (const chunk of toNpyChunks(matrix)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Reads from memory, `step` bytes at a time. */
async function read(bytes: Uint8Array, step = 65536): Promise<Matrix> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  }
  return fromNpyChunks(chunks(), { file: 'x.npy', bytes: bytes.length });
}

/** A file with this header, as np.save would lay it out, and `floats` values. */
function toFileWith(dict: string, floats: number, version = [1, 0]): Buffer {
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const prelude = Buffer.from([0x93, ...Buffer.from('NUMPY'), ...version, length & 255, length >> 8]);
  return Buffer.concat([prelude, Buffer.from(`${dict.padEnd(length - 1)}\n`), Buffer.alloc(floats * 4, 1)]);
}

const matrices = fc
  .record({ rows: fc.nat(9), cols: fc.nat(9), pad: fc.nat(3) })
  .chain(({ rows, cols, pad }) =>
    fc
      .array(fc.nat({ max: 0xffffffff }), { minLength: rows * (cols + pad), maxLength: rows * (cols + pad) })
      .map((bits) => new Matrix(new Float32Array(Uint32Array.from(bits).buffer), rows, cols, cols + pad)),
  );

test('any bits come back, NaN payloads included, whatever the stride and however the file is cut in chunks', async () => {
  await fc.assert(
    fc.asyncProperty(matrices, fc.integer({ min: 1, max: 200 }), async (matrix, step) => {
      const back = await read(toFile(matrix), step);
      expect([back.rows, back.cols, back.stride]).toEqual([matrix.rows, matrix.cols, matrix.cols]);
      expect(toBytes(back).equals(toBytes(matrix))).toBe(true);
    }),
    { numRuns: 10_000 },
  );
});

test('the bytes are those of np.save', () => {
  const file = toFile(new Matrix(Float32Array.of(1, -0, NaN, 0.1, 2, 3), 2, 3));
  // numpy 2.4: np.save(f, np.array([[1, -0., nan], [.1, 2, 3]], '<f4'))
  expect(file.subarray(0, 128).toString('latin1')).toBe(
    `\x93NUMPY\x01\x00v\x00${"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117)}\n`,
  );
  expect(file.subarray(128).toString('hex')).toBe('0000803f000000800000c07fcdcccc3d0000004000004040');
});

test('a matrix larger than a chunk, padded, is written row by row and read into shared memory', async () => {
  const matrix = buildMatrix(5000, 130, { stride: 132 });
  const back = await read(toFile(matrix), 1 << 20);
  expect(toBytes(back).equals(toBytes(matrix))).toBe(true);
  expect(back.data.buffer).toBeInstanceOf(SharedArrayBuffer);
});

describe('headers that other writers produce', () => {
  test.each([
    { dict: "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", why: 'numpy' },
    { dict: "{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}", why: 'another order of keys' },
    { dict: "{'descr':'<f4','fortran_order':False,'shape':(2,3)}", why: 'no spaces' },
  ])('$why', async ({ dict }) => {
    expect(await read(toFileWith(dict, 6))).toMatchObject({ rows: 2, cols: 3 });
  });
});

describe('what is something else is refused by name', () => {
  const dict = (descr: string, shape: string, order = 'False') =>
    `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  test.each([
    { bytes: toFileWith(dict('<f8', '(2, 3)'), 12), field: 'descr', found: '<f8' },
    { bytes: toFileWith(dict('>f4', '(2, 3)'), 6), field: 'descr', found: '>f4' },
    { bytes: toFileWith(dict('|O', '(2, 3)'), 6), field: 'descr', found: '|O' },
    { bytes: toFileWith(dict('<f4', '(2, 3)', 'True'), 6), field: 'fortran_order', found: 'True' },
    { bytes: toFileWith(dict('<f4', '(6,)'), 6), field: 'shape', found: '(6,)' },
    { bytes: toFileWith(dict('<f4', '(1, 2, 3)'), 6), field: 'shape', found: '(1, 2, 3)' },
    { bytes: toFileWith(dict('<f4', '(-1, 3)'), 6), field: 'shape', found: '(-1, 3)' },
    { bytes: toFileWith(dict('<f4', '(9999999999, 9999999999)'), 6), field: 'bytes', found: 24 },
    { bytes: toFileWith(dict('<f4', '(2, 3)'), 5), field: 'bytes', found: 20 },
    { bytes: toFileWith(dict('<f4', '(2, 3)'), 7), field: 'bytes', found: 28 },
    { bytes: toFileWith('[]', 6), field: 'header' },
    { bytes: toFileWith(dict('<f4', '(2, 3)'), 6, [2, 0]), field: 'version', found: '2.0' },
    { bytes: Buffer.from('PAR1 and then some more'), field: 'magic' },
    { bytes: Buffer.alloc(0), field: 'header', found: '0 bytes' },
  ])('$field: $found', async ({ bytes, field, found }) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'IMPORT_FILE_UNREADABLE',
      details: { file: 'x.npy', field, ...(found === undefined ? {} : { found }) },
    });
  });

  test('a file cut at any byte', async () => {
    const whole = toFile(buildMatrix(3, 5));
    for (let length = 0; length < whole.length; length++) {
      await expect(read(whole.subarray(0, length), 7)).rejects.toMatchObject({
        code: 'IMPORT_FILE_UNREADABLE',
      });
    }
    expect(await read(whole, 7)).toMatchObject({ rows: 3, cols: 5 });
  });
});
