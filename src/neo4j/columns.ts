/** Columns that grow while rows arrive: typed arrays that double, so that a row costs its numbers and no object. */

type Typed = Uint32Array | Float64Array;

class GrowingColumn<A extends Typed> {
  #data: A;
  #length = 0;
  readonly #type: new (
    length: number,
  ) => A;

  constructor(type: new (length: number) => A) {
    this.#type = type;
    this.#data = new type(1024);
  }

  push(value: number): void {
    if (this.#length === this.#data.length) {
      const larger = new this.#type(this.#length * 2);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.#length++] = value;
  }

  get length(): number {
    return this.#length;
  }

  /** A view: valid until the next push. */
  toArray(): A {
    return this.#data.subarray(0, this.#length) as A;
  }
}

export const createU32Column = () => new GrowingColumn(Uint32Array);
export const createF64Column = () => new GrowingColumn(Float64Array);
export type U32Column = GrowingColumn<Uint32Array>;
export type F64Column = GrowingColumn<Float64Array>;
