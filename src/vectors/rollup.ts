/**
 * Rows as weighted means of other rows of the same table: what a customer is by the products bought, an
 * attribute by what carries it. Which rows, and what each weighs, is the caller's to say (in the pipeline,
 * from columns of the catalog); here is the arithmetic. Means of vectors of one space are of that space.
 */
import type { Matrix } from '../base/matrix.ts';
import { createBreather, type TaskContext, throwIfAborted } from '../base/task.ts';

/** One row to write. Buffers may be used again for the next one: whoever keeps them copies them. */
export interface MeanRow {
  readonly row: number;
  /** Entries of the two below; 0: there is nothing to average, and the row becomes zeros. */
  readonly count: number;
  readonly sources: Uint32Array; // [≥ count] rows that have a vector
  readonly weights: Float64Array; // [≥ count] > 0, of any sum
  /** Distinct nodes it stands for, those without a vector included; 0: it is isolated. */
  readonly links: number;
}

export interface MeanFacts {
  readonly rows: number;
  /** Rows that now are a mean. */
  readonly averaged: number;
  /** Entries that went into them. */
  readonly sources: number;
  /** Rows that stand for no node at all. */
  readonly isolated: number;
  /** Rows that stand for nodes of which none has a vector. */
  readonly empty: number;
}

export interface WriteMeansOptions extends TaskContext {
  /** u32 [≥ rows of the tables] gets `links` of each row that comes by. */
  readonly degrees: Uint32Array;
  readonly stage: string;
  readonly unit: string;
  readonly total: number;
}

/**
 * row ← Σ weight · source / Σ weight, in every table alike, summed in f64. Rows are read where they are
 * written: no source of a row may itself be among the rows of the same call.
 * @throws ShelfwalkError ABORTED
 */
export async function writeMeans(
  means: Iterable<MeanRow>,
  tables: readonly Matrix[],
  { degrees, stage, unit, total, signal, onProgress }: WriteMeansOptions,
): Promise<MeanFacts> {
  const facts = { rows: 0, averaged: 0, sources: 0, isolated: 0, empty: 0 };
  const sums = new Float64Array(Math.max(0, ...tables.map((t) => t.cols)));
  const breathe = createBreather();
  for (const mean of means) {
    degrees[mean.row] = mean.links;
    facts.rows++;
    for (const table of tables) writeMean(mean, table, sums);
    facts.sources += mean.count;
    if (mean.count > 0) facts.averaged++;
    else if (mean.links > 0) facts.empty++;
    else facts.isolated++;
    const pause = breathe();
    if (pause === undefined) continue;
    throwIfAborted(signal);
    onProgress?.({ stage, done: facts.rows, total, unit });
    await pause;
  }
  throwIfAborted(signal);
  onProgress?.({ stage, done: facts.rows, total, unit });
  return facts;
}

/** @param sums f64 [≥ cols] scratch */
function writeMean({ row, count, sources, weights }: MeanRow, table: Matrix, sums: Float64Array): void {
  const { cols, stride, data } = table;
  sums.fill(0);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const from = sources[i]! * stride;
    const weight = weights[i]!;
    for (let d = 0; d < cols; d++) sums[d]! += weight * data[from + d]!;
    total += weight;
  }
  for (let d = 0; d < cols; d++) data[row * stride + d] = total > 0 ? sums[d]! / total : 0;
}

/** u8 [end − start] 1 where the row is not all zeros. */
export function findVectors(table: Matrix, start: number, end: number): Uint8Array {
  return Uint8Array.from({ length: end - start }, (_, i) =>
    table.row(start + i).some((x) => x !== 0) ? 1 : 0,
  );
}
