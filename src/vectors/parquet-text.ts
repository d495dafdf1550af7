/** Text out of Parquet, byte for byte. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/**
 * For hyparquet, whose own decoder drops a byte order mark at the start of a text, and turns what is no
 * UTF-8 into U+FFFD: either would make another id of it. Here the second is an error.
 */
export const TEXT_PARSERS = {
  stringFromBytes: (bytes: Uint8Array | undefined): string | undefined => bytes && decoder.decode(bytes),
};
