/** A place for the rows of a text file that does not say how many there are: as many as it has lines, at most. */
import type { FileSource } from './file-source.ts';
import { countLines } from './lines.ts';
import { createRowCollector, type Place, type RowCollector } from './row-collector.ts';

/** The least that a value takes: a digit and what separates it from the next. */
export const TEXT_VALUE_BYTES = 2;

/**
 * Reads the file once to count its lines.
 * @param place of the first row, which has `dimension` values
 * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — dimension 0 · LIMIT_EXCEEDED
 */
export async function createLineCollector(
  source: FileSource,
  dimension: number,
  place: Place,
): Promise<RowCollector> {
  const most = Math.floor((source.bytes + 1) / (dimension * TEXT_VALUE_BYTES)); // + 1: the last line may have no end
  const rows = Math.min(await countLines(source), most);
  const size = { rows, dimension, fileBytes: source.bytes, valueBytes: TEXT_VALUE_BYTES };
  return createRowCollector(place, size);
}
