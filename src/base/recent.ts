/** Promises by key, the least recently asked for going first; one that fails is not kept. */
export class Recent<T> {
  readonly #limit: number;
  readonly #kept = new Map<string, Promise<T>>(); // least recently used first

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key);
    this.#kept.delete(key);
    const value = known ?? read();
    this.#kept.set(key, value);
    if (!known) value.catch(() => this.#kept.get(key) === value && this.#kept.delete(key));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#limit && oldest !== undefined) this.#kept.delete(oldest);
    return value;
  }

  /** Also what is still being read: whoever asks from now on reads again. */
  delete(key: string): void {
    this.#kept.delete(key);
  }

  clear(): void {
    this.#kept.clear();
  }
}
