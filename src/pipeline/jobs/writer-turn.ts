/** Who writes to the data directory now: one at a time, whether a job or an operation of the command line. */
import { ShelfwalkError } from '../../base/errors.ts';

export interface WriterTurn {
  /** Name of the operation that has it. */
  holder(): string | undefined;
  /**
   * @returns gives it back; to be called once
   * @throws ShelfwalkError BUSY — names the operation that has it
   */
  take(operation: string): () => void;
  /** Called each time it has been given back. */
  onFree(listener: () => void): void;
}

export function createWriterTurn(): WriterTurn {
  const listeners: (() => void)[] = [];
  let holder: string | undefined;
  return {
    holder: () => holder,
    take(operation) {
      if (holder !== undefined)
        throw new ShelfwalkError('BUSY', {
          operation: holder,
          hint: 'Wait for it to end, or stop it: where it was started, or as a job (shelfwalk jobs)',
        });
      holder = operation;
      return () => {
        holder = undefined;
        for (const listener of listeners) listener();
      };
    },
    onFree: (listener) => void listeners.push(listener),
  };
}
