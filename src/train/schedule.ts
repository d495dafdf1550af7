/**
 * What training goes through, and in which order: walks or sentences, cut into passes of equal size, and
 * those into chunks. The passes of a list of starts are portions of one random order of all its walks.
 */
import { ShelfwalkError } from '../base/errors.ts';

/** Walks in a chunk: what a worker claims at a time, and the grain of progress and learning rate. */
export const CHUNK_WALKS = 64;

export interface Schedule {
  /** Walks or sentences in all. */
  readonly total: number;
  /** Of a pass; the last one may have fewer. ≥ 1 */
  readonly perPass: number;
  readonly perChunk: number;
  /** Of the first walk from each start: what random numbers are keyed by, besides seed and node. */
  readonly numberFrom: number;
}

/** @param passes walks or sentences are cut into so many; fewer where there are too few of them. ≥ 1 */
export const toSchedule = (
  total: number,
  { passes, perChunk, numberFrom }: { passes: number; perChunk: number; numberFrom: number },
): Schedule => ({ total, perPass: Math.ceil(total / passes), perChunk, numberFrom });

/** A portion of one pass. */
export interface Chunk {
  /** 0 is the first. */
  readonly pass: number;
  /** Walks or sentences of the pass. */
  readonly from: number;
  readonly to: number;
}

export const countPasses = ({ total, perPass }: Pick<Schedule, 'total' | 'perPass'>): number =>
  Math.ceil(total / perPass);

/** Chunks of the first so many passes. */
export function countChunks(schedule: Schedule, passes = countPasses(schedule)): number {
  const { total, perPass, perChunk } = schedule;
  const whole = Math.min(passes, Math.floor(total / perPass));
  const rest = passes > whole ? total - whole * perPass : 0;
  return whole * Math.ceil(perPass / perChunk) + Math.ceil(rest / perChunk);
}

/** @param index 0 ≤ index < countChunks(schedule) */
export function chunkAt({ total, perPass, perChunk }: Schedule, index: number): Chunk {
  const chunksPerPass = Math.ceil(perPass / perChunk);
  const pass = Math.floor(index / chunksPerPass);
  const from = (index - pass * chunksPerPass) * perChunk;
  return { pass, from, to: Math.min(from + perChunk, perPass, total - pass * perPass) };
}

/** Walks or sentences that are done when so many chunks are. */
export function toUnitsDone({ total, perPass, perChunk }: Schedule, chunks: number): number {
  const chunksPerPass = Math.ceil(perPass / perChunk);
  const whole = Math.floor(chunks / chunksPerPass);
  const done = whole * perPass + Math.min((chunks - whole * chunksPerPass) * perChunk, perPass);
  return Math.min(done, total);
}

/** Rows that walks start from, with how many start there. */
export interface StartList {
  readonly rows: Uint32Array; //  [k] each once, 0 ≤ row < n
  readonly walks: Uint32Array; // [k] 0: none
}

/** Walk numbers begin below 2^31 and are u32. */
const MOST_WALKS = 2 ** 31;

/** A list as the kernel has it: rows with a walk, and how many walks come before theirs, with the sum at the end. */
export interface Listed {
  readonly rows: Uint32Array; //    [k]
  readonly offsets: Uint32Array; // [k + 1]
}

/** @throws ShelfwalkError REQUEST_INVALID — lengths differ, a row is out of range or comes twice, or walks are too many */
export function toListed(list: StartList, nodeCount: number): Listed {
  checkStarts(list, nodeCount);
  const kept = Array.from(list.rows.keys()).filter((i) => list.walks[i]! > 0);
  const offsets = new Uint32Array(kept.length + 1);
  kept.forEach((i, at) => {
    offsets[at + 1] = offsets[at]! + list.walks[i]!;
  });
  return { rows: Uint32Array.from(kept, (i) => list.rows[i]!), offsets };
}

function checkStarts({ rows, walks }: StartList, nodeCount: number): void {
  const refuse = (field: string, found: number, expected: string): never => {
    throw new ShelfwalkError('REQUEST_INVALID', { field, found, expected });
  };
  if (rows.length !== walks.length)
    refuse('starts.walks', walks.length, `${rows.length} numbers of walks, one for each row`);
  const seen = new Uint8Array(nodeCount);
  rows.forEach((row, i) => {
    if (row >= nodeCount) refuse(`starts.rows[${i}]`, row, `a row below ${nodeCount}`);
    if (seen[row]) refuse(`starts.rows[${i}]`, row, 'each row once');
    seen[row] = 1;
  });
  const total = walks.reduce((sum, count) => sum + count, 0);
  if (total >= MOST_WALKS) refuse('starts.walks', total, `fewer than ${MOST_WALKS} walks in all`);
}
