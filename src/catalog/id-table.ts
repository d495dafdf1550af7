/**
 * Ids as they stand in a file, as bytes → dense numbers in the order of their first coming. A string is
 * made once per id, not once per line; that is most of what reading an edge list would cost.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { compareIds } from '../base/ids.ts';

const MAX_BYTES = 0xffffffff; // where an id ends is a u32

export interface SortedIds {
  readonly ids: readonly string[]; // [n] ascending by UTF-8 bytes
  readonly positionOf: Uint32Array; // [n] by number
}

/** Open addressing with linear probing, at most half full; all ids lie end to end in one buffer. */
export class IdTable {
  count = 0;
  #bytes = new Uint8Array(1 << 16);
  #ends = new Uint32Array(1 << 10); // of id i; it begins where i − 1 ends
  #hashes = new Uint32Array(1 << 10); // of id i
  #slots = new Uint32Array(1 << 11); // number + 1; 0: free

  /** The number of the id in bytes [start, end), a new one if it was not seen before. */
  intern(source: Uint8Array, start: number, end: number): number {
    if (this.count === this.#ends.length) this.#growIndex();
    const hash = hashBytes(source, start, end);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const found = this.#slots[slot]! - 1;
      if (found < 0) break;
      if (this.#hashes[found] === hash && this.#equals(found, source, start, end)) return found;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.count + 1;
    this.#append(source.subarray(start, end), hash);
    return this.count++;
  }

  sort(): SortedIds {
    const text = Buffer.from(this.#bytes.buffer, 0, this.#startOf(this.count));
    const byNumber = Array.from({ length: this.count }, (_, i) =>
      text.toString('utf8', this.#startOf(i), this.#ends[i]),
    );
    const order = Uint32Array.from(byNumber.keys()).sort((a, b) => compareIds(byNumber[a]!, byNumber[b]!));
    const positionOf = new Uint32Array(this.count);
    order.forEach((number, position) => {
      positionOf[number] = position;
    });
    return { ids: Array.from(order, (number) => byNumber[number]!), positionOf };
  }

  #startOf(i: number): number {
    return i === 0 ? 0 : this.#ends[i - 1]!;
  }

  #equals(i: number, source: Uint8Array, start: number, end: number): boolean {
    const from = this.#startOf(i);
    if (this.#ends[i]! - from !== end - start) return false;
    for (let k = start; k < end; k++) if (this.#bytes[from + k - start] !== source[k]) return false;
    return true;
  }

  #append(id: Uint8Array, hash: number): void {
    const at = this.#startOf(this.count);
    const end = at + id.length;
    if (end > MAX_BYTES) throw new ShelfwalkError('LIMIT_EXCEEDED', { idBytes: end, limit: MAX_BYTES });
    if (end > this.#bytes.length) this.#bytes = grow(this.#bytes, new Uint8Array(end * 2));
    this.#bytes.set(id, at);
    this.#ends[this.count] = end;
    this.#hashes[this.count] = hash;
  }

  #growIndex(): void {
    const length = this.count * 2;
    this.#ends = grow(this.#ends, new Uint32Array(length));
    this.#hashes = grow(this.#hashes, new Uint32Array(length));
    this.#slots = new Uint32Array(length * 2);
    const mask = this.#slots.length - 1;
    for (let i = 0; i < this.count; i++) {
      let slot = this.#hashes[i]! & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = i + 1;
    }
  }
}

function grow<A extends Uint8Array | Uint32Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}

/** FNV-1a, 32 bits, its low bits stirred: they choose the slot. */
function hashBytes(source: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ source[i]!, 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
