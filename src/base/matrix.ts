import { ShelfwalkError } from './errors.ts';

/**
 * Row-major f32 view, shape [rows, cols], rows `stride` apart (stride ≥ cols: the kernel pads rows
 * to a multiple of four). Owns nothing: `data` may be shared between threads.
 */
export class Matrix<B extends ArrayBufferLike = ArrayBufferLike> {
  readonly data: Float32Array<B>; // [rows * stride]
  readonly rows: number;
  readonly cols: number;
  readonly stride: number;

  constructor(data: Float32Array<B>, rows: number, cols: number, stride = cols) {
    if (stride < cols || data.length !== rows * stride) {
      throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', { length: data.length, rows, cols, stride });
    }
    this.data = data;
    this.rows = rows;
    this.cols = cols;
    this.stride = stride;
  }

  /** Zero-copy view of one row, shape [cols]. Writing to it writes to the matrix. */
  row(i: number): Float32Array<B> {
    return this.data.subarray(i * this.stride, i * this.stride + this.cols);
  }

  /** Without a view of the row, since there may be millions to look at. */
  isZeroRow(i: number): boolean {
    const start = i * this.stride;
    for (let at = start; at < start + this.cols; at++) if (this.data[at] !== 0) return false;
    return true;
  }
}

/** The same rows without padding, in memory of their own. */
export function toDense({ rows, cols, stride, data }: Matrix): Matrix<ArrayBuffer> {
  const dense = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    dense.set(data.subarray(row * stride, row * stride + cols), row * cols);
  }
  return new Matrix(dense, rows, cols);
}

/** Euclidean norm in f64. */
export function toNorm(vector: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  return Math.sqrt(sum);
}
