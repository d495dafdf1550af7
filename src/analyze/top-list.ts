/**
 * The first k of a score array, ties shuffled. Evaluations must not let equal scores fall in the
 * order of rows: ids often carry meaning (age, category), and a constant scorer would profit from it.
 */
import { ShelfwalkError } from '../base/errors.ts';

/**
 * Equal scores stand in the order of `(shuffled[i] + turn) mod n`: one seeded permutation, turned by
 * another amount for every list, so that lists full of ties differ from one customer to the next.
 */
export interface TieOrder {
  readonly shuffled: Uint32Array; // [n] a permutation of 0 … n−1
  readonly turn: number; // 0 ≤ turn < n
}

/** Places of one call; reused between calls. */
export class TopList {
  readonly width: number;
  private readonly heap: Uint32Array; // [width] worst on top
  private size = 0;

  constructor(width: number) {
    this.width = width;
    this.heap = new Uint32Array(width);
  }

  /**
   * @param scores     -Infinity is never taken
   * @param candidates only these entries, all if not given
   * @returns entries, best first, at most `width`; valid until the next call
   * @throws ShelfwalkError VECTOR_INVALID — a score is NaN
   */
  select(scores: Float32Array, ties: TieOrder, candidates?: Uint32Array): Uint32Array {
    this.size = 0;
    const count = candidates ? candidates.length : scores.length;
    let threshold = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const entry = candidates ? candidates[i]! : i;
      const score = scores[entry]!;
      if (score < threshold || score === Number.NEGATIVE_INFINITY) continue;
      if (Number.isNaN(score))
        throw new ShelfwalkError('VECTOR_INVALID', { found: 'a score that is NaN', row: entry });
      if (this.size < this.width) {
        this.heap[this.size] = entry;
        this.rise(this.size++, scores, ties);
      } else if (isWorse(this.heap[0]!, entry, scores, ties)) {
        this.heap[0] = entry;
        this.sink(this.size, scores, ties);
      }
      if (this.size === this.width) threshold = scores[this.heap[0]!]!;
    }
    return this.unwind(scores, ties);
  }

  /** Heap sort in place: the worst goes to the end, again and again. */
  private unwind(scores: Float32Array, ties: TieOrder): Uint32Array {
    for (let end = this.size - 1; end > 0; end--) {
      const worst = this.heap[0]!;
      this.heap[0] = this.heap[end]!;
      this.heap[end] = worst;
      this.sink(end, scores, ties);
    }
    return this.heap.subarray(0, this.size);
  }

  private rise(from: number, scores: Float32Array, ties: TieOrder): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isWorse(this.heap[at]!, this.heap[parent]!, scores, ties)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(size: number, scores: Float32Array, ties: TieOrder): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) return;
      if (child + 1 < size && isWorse(this.heap[child + 1]!, this.heap[child]!, scores, ties)) child++;
      if (!isWorse(this.heap[child]!, this.heap[at]!, scores, ties)) return;
      this.swap(at, child);
      at = child;
    }
  }

  private swap(a: number, b: number): void {
    const kept = this.heap[a]!;
    this.heap[a] = this.heap[b]!;
    this.heap[b] = kept;
  }
}

/** a stands behind b. */
function isWorse(a: number, b: number, scores: Float32Array, ties: TieOrder): boolean {
  if (scores[a] !== scores[b]) return scores[a]! < scores[b]!;
  return toPlace(a, ties) > toPlace(b, ties);
}

function toPlace(entry: number, { shuffled, turn }: TieOrder): number {
  const place = shuffled[entry]! + turn;
  return place >= shuffled.length ? place - shuffled.length : place;
}
