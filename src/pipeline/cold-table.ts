/**
 * Nodes of the catalog that a version has no row for, with the vectors that were folded in for them: a
 * small table beside the index, searched row by row. Rows have no order and are taken again when free.
 */
import { type NodeRef, type NodeType, toNodeKey } from '../base/ids.ts';
import { Matrix, toNorm } from '../base/matrix.ts';
import { createTopRows } from '../neighbors/top-rows.ts';
import type { FoldedIn, FoldInBasis } from '../refresh/types.ts';
import type { Metric } from './live-types.ts';

export interface ColdNode extends NodeRef {
  readonly name: string; // '' where there is none
  readonly vector: Float32Array; // [dimension]
  readonly context: Float32Array; // [dimension]
  readonly basis: FoldInBasis;
  /** Rows of the version that it was folded in from. */
  readonly from: Uint32Array;
}

export interface ColdSearch {
  readonly metric: Metric;
  readonly type: NodeType;
  readonly limit: number;
  /** Nodes flagged with one of these do not appear. */
  readonly bits: number;
  readonly exclude: ReadonlySet<string>; // keys
  /** If given, no others than those of these ids. */
  readonly only?: ReadonlySet<string>;
}

export interface ColdHit {
  readonly node: ColdNode;
  readonly score: number;
}

export class ColdTable {
  readonly #dimension: number;
  /** Copies of the nodes' vectors, one behind the other: a scan reads memory in order. */
  #vectors: Matrix; //  [capacity, dimension] norm 1
  #contexts: Matrix; // [capacity, dimension]
  #flags: Uint8Array; // [capacity]
  readonly #nodes: (ColdNode | undefined)[] = []; // [≤ capacity]
  readonly #rows = new Map<string, number>();
  readonly #free: number[] = [];

  constructor(dimension: number) {
    this.#dimension = dimension;
    this.#vectors = zeros(0, dimension);
    this.#contexts = zeros(0, dimension);
    this.#flags = new Uint8Array(0);
  }

  get size(): number {
    return this.#rows.size;
  }

  get({ type, id }: NodeRef): ColdNode | undefined {
    const row = this.#rows.get(toNodeKey(type, id));
    return row === undefined ? undefined : this.#nodes[row];
  }

  /** In the place of what there was by this name; a vector of zeros is none, and takes it away. */
  set(ref: NodeRef, { name, folded, from }: ColdContent, flags: number): void {
    const norm = toNorm(folded.vector);
    if (norm === 0) {
      this.remove(ref);
      return;
    }
    const key = toNodeKey(ref.type, ref.id);
    const row = this.#rows.get(key) ?? this.#free.pop() ?? this.#nodes.length;
    this.#grow(row + 1);
    this.#rows.set(key, row);
    this.#nodes[row] = { ...ref, name, ...folded, from };
    this.#vectors.row(row).set(folded.vector.map((x) => x / norm));
    this.#contexts.row(row).set(folded.context);
    this.#flags[row] = flags;
  }

  flag({ type, id }: NodeRef, flags: number): void {
    const row = this.#rows.get(toNodeKey(type, id));
    if (row !== undefined) this.#flags[row] = flags;
  }

  remove({ type, id }: NodeRef): void {
    const key = toNodeKey(type, id);
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    this.#nodes[row] = undefined;
    this.#free.push(row);
  }

  *nodes(): Generator<ColdNode> {
    for (const node of this.#nodes) if (node) yield node;
  }

  /** Best first. Every row is scored: size × dimension multiplications. */
  search(query: ArrayLike<number>, search: ColdSearch): ColdHit[] {
    const { metric, type, limit, bits, exclude, only } = search;
    if (this.size === 0) return [];
    const table = metric === 'cosine' ? this.#vectors : this.#contexts;
    const scale = metric === 'cosine' ? 1 / toNorm(query) : 1;
    const scaled = Float64Array.from(query, (x) => x * scale);
    const top = createTopRows(Math.min(limit, this.size));
    for (let row = 0; row < this.#nodes.length; row++) {
      const node = this.#nodes[row];
      if (!node || node.type !== type || (this.#flags[row]! & bits) !== 0) continue;
      const score = toDot(scaled, table.data, row * this.#dimension);
      if (score < top.threshold() || exclude.has(toNodeKey(type, node.id))) continue;
      if (only && !only.has(node.id)) continue;
      top.offer(row, metric === 'cosine' ? Math.min(Math.max(score, -1), 1) : score);
    }
    const { rows, scores } = top.drain();
    return Array.from(rows, (row, i) => ({ node: this.#nodes[row]!, score: scores[i]! }));
  }

  #grow(rows: number): void {
    if (rows <= this.#flags.length) return;
    const capacity = Math.max(rows, 2 * this.#flags.length, 64);
    const [vectors, contexts] = [zeros(capacity, this.#dimension), zeros(capacity, this.#dimension)];
    vectors.data.set(this.#vectors.data);
    contexts.data.set(this.#contexts.data);
    const flags = new Uint8Array(capacity);
    flags.set(this.#flags);
    this.#vectors = vectors;
    this.#contexts = contexts;
    this.#flags = flags;
  }
}

export interface ColdContent extends Pick<ColdNode, 'name' | 'from'> {
  readonly folded: FoldedIn;
}

const zeros = (rows: number, cols: number): Matrix => new Matrix(new Float32Array(rows * cols), rows, cols);

/** Four sums side by side: one alone waits for itself at every step. */
function toDot(a: Float64Array, data: Float32Array, at: number): number {
  const whole = a.length - (a.length % 4);
  let [p, q, r, s] = [0, 0, 0, 0];
  for (let d = 0; d < whole; d += 4) {
    p += a[d]! * data[at + d]!;
    q += a[d + 1]! * data[at + d + 1]!;
    r += a[d + 2]! * data[at + d + 2]!;
    s += a[d + 3]! * data[at + d + 3]!;
  }
  for (let d = whole; d < a.length; d++) p += a[d]! * data[at + d]!;
  return p + q + r + s;
}
