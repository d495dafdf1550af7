/** Parquet as a format. Its codec is loaded when it is used: no command should wait for one it does not need. */
import type { VectorFormat, VectorRows } from './types.ts';

export const parquet: VectorFormat = {
  name: 'parquet',
  extension: '.parquet',
  joinsKeys: false,
  files: [{ companion: '', contentType: 'application/vnd.apache.parquet', write }],
  read: async ([source], options) => (await import('./parquet-read.ts')).readParquet(source!, options),
};

async function* write(rows: VectorRows): AsyncGenerator<Uint8Array> {
  yield* (await import('./parquet-write.ts')).toParquetChunks(rows);
}
