/** Edges as they are read, in columns that grow. */
import type { ListedEdges } from '../graph/merge-edges.ts';

export class ListedColumns implements ListedEdges {
  count = 0;
  from = new Uint32Array(1024);
  to = new Uint32Array(1024);
  weight = new Float64Array(1024);

  push(from: number, to: number, weight: number): void {
    if (this.count === this.from.length) this.#grow();
    this.from[this.count] = from;
    this.to[this.count] = to;
    this.weight[this.count++] = weight;
  }

  #grow(): void {
    const length = this.count * 2;
    const larger = <A extends Uint32Array | Float64Array>(old: A, fresh: A): A => {
      fresh.set(old);
      return fresh;
    };
    this.from = larger(this.from, new Uint32Array(length));
    this.to = larger(this.to, new Uint32Array(length));
    this.weight = larger(this.weight, new Float64Array(length));
  }
}
