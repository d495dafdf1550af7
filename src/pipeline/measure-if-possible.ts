/** What is measured on a part that is held out, where the data allow one: of the evaluation and of the gate. */
import { isShelfwalkError } from '../base/errors.ts';

const NOTHING_TO_HOLD_OUT = ['CATALOG_EMPTY', 'SPLIT_IMPOSSIBLE', 'GRAPH_EMPTY', 'SENTENCES_EMPTY'] as const;

/**
 * Data that allow no split, or leave nothing to train on before it, are no reason not to train; the report
 * says so.
 * @param toReport of the reason why there are no figures
 */
export async function measureIfPossible<T, R>(
  measure: () => Promise<T>,
  toReport: (reason: string) => R,
): Promise<T | R> {
  try {
    return await measure();
  } catch (error) {
    if (!isShelfwalkError(error) || !NOTHING_TO_HOLD_OUT.some((code) => code === error.code)) throw error;
    return toReport(error.message);
  }
}
