/**
 * Text in a cell of a tab-separated file without quotes, as the TensorFlow projector reads it: what would
 * end a cell, and the sign of an escape, is written as `%` and two hex digits per UTF-8 byte. Spaces stay.
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\ufeff%]/gu;

/** @param text well-formed Unicode */
export const toTsvText = (text: string): string => text.replace(UNSAFE, encodeURIComponent);

/** Undefined: a `%` that escapes nothing. */
export function parseTsvText(cell: string): string | undefined {
  try {
    return decodeURIComponent(cell);
  } catch {
    return undefined;
  }
}
