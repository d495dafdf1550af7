/** The formats that vectors leave and come in, by name. */
import { csv } from './csv.ts';
import { ndjson } from './ndjson.ts';
import { npy } from './npy-pair.ts';
import { parquet } from './parquet.ts';
import { projector } from './projector.ts';
import type { VectorFormat } from './types.ts';
import { word2vecBinary } from './word2vec-binary.ts';
import { word2vecText } from './word2vec-text.ts';

export const FORMAT_NAMES = [
  'word2vec',
  'word2vec-binary',
  'npy',
  'csv',
  'parquet',
  'ndjson',
  'projector',
] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

export const FORMATS: Readonly<Record<FormatName, VectorFormat>> = {
  word2vec: word2vecText,
  'word2vec-binary': word2vecBinary,
  npy,
  csv,
  parquet,
  ndjson,
  projector,
};

/** `vectors.npy` → `vectors.npy`, `vectors.keys.ndjson`: where the files of a format lie, given the first. */
export function toPaths({ files, extension }: VectorFormat, path: string): string[] {
  const stem = path.endsWith(extension) ? path.slice(0, -extension.length) : path;
  return files.map(({ companion }) => (companion === '' ? path : `${stem}${companion}`));
}
