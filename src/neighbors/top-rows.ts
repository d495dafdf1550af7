/**
 * The best `capacity` rows seen so far: a binary heap with the worst on top. Order is by score, then
 * by ascending row, so the result does not depend on the order rows are offered in.
 */
export interface TopRows {
  /** A score must be above this to be worth an `offer`; −Infinity until the heap is full. */
  threshold(): number;
  offer(row: number, score: number): void;
  /** Best first; ties by ascending row. Empties the heap. */
  drain(): { rows: Uint32Array<ArrayBuffer>; scores: Float32Array<ArrayBuffer> };
}

export function createTopRows(capacity: number): TopRows {
  const rows = new Uint32Array(capacity);
  const scores = new Float32Array(capacity);
  let size = 0;

  const isWorse = (a: number, b: number): boolean =>
    scores[a] < scores[b] || (scores[a] === scores[b] && rows[a] > rows[b]);

  function swap(a: number, b: number): void {
    [rows[a], rows[b]] = [rows[b], rows[a]];
    [scores[a], scores[b]] = [scores[b], scores[a]];
  }

  function siftUp(child: number): void {
    for (let at = child; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isWorse(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  }

  function siftDown(count: number): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= count) return;
      const worst = left + 1 < count && isWorse(left + 1, left) ? left + 1 : left;
      if (!isWorse(worst, at)) return;
      swap(worst, at);
      at = worst;
    }
  }

  return {
    threshold: () => (size < capacity ? -Infinity : capacity === 0 ? Infinity : scores[0]),
    offer(row, score) {
      if (size < capacity) {
        rows[size] = row;
        scores[size] = score;
        siftUp(size++);
      } else if (score > scores[0] || (score === scores[0] && row < rows[0])) {
        rows[0] = row;
        scores[0] = score;
        siftDown(size);
      }
    },
    drain() {
      const count = size;
      for (let last = count - 1; last > 0; last--) {
        swap(0, last); // the worst of those left goes behind them
        siftDown(last);
      }
      size = 0;
      return { rows: rows.slice(0, count), scores: scores.slice(0, count) };
    },
  };
}
