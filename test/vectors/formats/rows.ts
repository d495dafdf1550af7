/** Rows with everything that is awkward in a file, and files in memory. */
import type { NodeType } from '../../../src/base/ids.ts';
import type { FileSource } from '../../../src/vectors/formats/file-source.ts';
import type { ExportFile, KeyStyle, VectorRows } from '../../../src/vectors/formats/types.ts';

export interface PlainRow {
  readonly type: NodeType;
  readonly id: string;
  readonly name?: string;
  readonly vector: readonly number[];
}

export function toRows(
  rows: readonly PlainRow[],
  dimension = rows[0]?.vector.length ?? 0,
  keys?: KeyStyle,
): VectorRows {
  const all = rows.map(({ name = '', vector, ...ref }) => ({
    ...ref,
    name,
    vector: Float32Array.from(vector),
  }));
  return { count: all.length, dimension, keys, [Symbol.iterator]: () => all.values() };
}

export async function toBytes(file: ExportFile, rows: VectorRows): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.write(rows)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** @param chunkBytes small, so that lines and values lie across chunks */
export function toSource(bytes: Uint8Array | string, file = 'given', chunkBytes = 7): FileSource {
  const all = Buffer.from(bytes as Uint8Array);
  return {
    file,
    bytes: all.length,
    async *chunks(start = 0, end = all.length) {
      // A copy that is overwritten, as the buffer of a real file is.
      const chunk = new Uint8Array(chunkBytes);
      for (let at = start; at < end; at += chunkBytes) {
        const part = all.subarray(at, Math.min(at + chunkBytes, end));
        chunk.set(part);
        yield chunk.subarray(0, part.length);
        chunk.fill(0xee);
      }
    },
  };
}
