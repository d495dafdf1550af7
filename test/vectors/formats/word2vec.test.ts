import { describe, expect, test } from 'vitest';
import { isShelfwalkError } from '../../../src/base/errors.ts';
import { word2vecBinaryFile, word2vecTextFile } from '../../../src/vectors/formats/word2vec-write.ts';
import { toBytes, toRows } from './rows.ts';

const rows = toRows([
  { type: 'product', id: '01111', name: 'Tea', vector: [0.1, -0] },
  { type: 'attribute', id: 'brand/A & B', vector: [1e-7, 3] },
]);

describe('what is written', () => {
  test('text, byte for byte', async () => {
    expect(String(await toBytes(word2vecTextFile, rows))).toBe(
      '2 2\nproduct:01111 0.1 -0.0\nattribute:brand/A%20&%20B 1e-7 3\n',
    );
  });

  test('binary, byte for byte', async () => {
    const values = (...v: number[]) => Buffer.from(Float32Array.from(v).buffer).toString('latin1');
    expect((await toBytes(word2vecBinaryFile, rows)).toString('latin1')).toBe(
      `2 2\nproduct:01111 ${values(0.1, -0)}\nattribute:brand/A%20&%20B ${values(1e-7, 3)}\n`,
    );
  });

  test('plain keys, byte for byte, and no key that would be another one', async () => {
    const write = (id: string) =>
      toBytes(word2vecTextFile, toRows([{ type: 'product', id, vector: [1] }], 1, 'id'));
    expect(String(await write('0%20'))).toBe('1 1\n0%20 1\n');
    await expect(write('a b')).rejects.toSatisfy((e) => isShelfwalkError(e, 'NODE_KEY_INVALID'));
  });

  test.each([word2vecTextFile, word2vecBinaryFile])('refused: what a file cannot hold', async (file) => {
    const bad = toRows([{ type: 'product', id: 'a', vector: [0, Number.NaN] }]);
    await expect(toBytes(file, bad)).rejects.toSatisfy((e) => isShelfwalkError(e, 'VECTOR_INVALID'));
    const half = toRows([{ type: 'product', id: '\ud83d', vector: [0, 1] }]);
    await expect(toBytes(file, half)).rejects.toSatisfy((e) => isShelfwalkError(e, 'NODE_KEY_INVALID'));
  });

  test.each([word2vecTextFile, word2vecBinaryFile])('many rows make chunks of one size', async (file) => {
    const many = toRows(
      Array.from({ length: 2000 }, (_, i) => ({
        type: 'product' as const,
        id: `p${i}`,
        vector: Array(32).fill(i / 7),
      })),
    );
    const sizes: number[] = [];
    for await (const chunk of file.write(many)) sizes.push(chunk.length);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(70_000);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(60_000);
  });
});
