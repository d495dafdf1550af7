/**
 * Who may change the catalog now: one import or projection, or one commit of single writes. A commit is
 * short and is waited for; an import may take minutes, so writes wait a while for it and are then refused.
 */
import { ShelfwalkError } from '../base/errors.ts';

/** Longer than most imports, shorter than the patience of most clients. */
const WAIT_MS = 5000;

export class Turns {
  readonly #waitMs: number;
  #holder: { readonly what: string; readonly isLong: boolean; readonly done: Promise<void> } | undefined;

  constructor(waitMs = WAIT_MS) {
    this.#waitMs = waitMs;
  }

  /** An import or a projection. @throws ShelfwalkError BUSY — another one is running */
  async long<T>(what: string, work: () => Promise<T>): Promise<T> {
    while (this.#holder) {
      if (this.#holder.isLong) throw new ShelfwalkError('BUSY', { found: `another ${this.#holder.what}` });
      await this.#holder.done;
    }
    return this.#hold(what, true, work);
  }

  /** A commit of single writes. @throws ShelfwalkError BUSY — an import went on for longer than a write waits */
  async short<T>(what: string, work: () => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + this.#waitMs;
    while (this.#holder) {
      const leftMs = giveUpAt - performance.now();
      if (leftMs <= 0) {
        throw new ShelfwalkError('BUSY', {
          found: `an ${this.#holder.what}`,
          hint: 'Send it again when that is over',
        });
      }
      await waitAtMost(this.#holder.done, leftMs);
    }
    return this.#hold(what, false, work);
  }

  async #hold<T>(what: string, isLong: boolean, work: () => Promise<T>): Promise<T> {
    let release!: () => void;
    const done = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#holder = { what, isLong, done };
    try {
      return await work();
    } finally {
      this.#holder = undefined;
      release();
    }
  }
}

async function waitAtMost(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
