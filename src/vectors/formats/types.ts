/**
 * Vectors on their way out and in: rows with outside names, as other programs write and read them.
 * A format is one file here; formats.ts lists them. Both ways are streams: what is held is a batch of
 * bytes, never a whole file, so that a matrix is in memory once.
 */
import type { NodeType } from '../../base/ids.ts';
import type { Matrix } from '../../base/matrix.ts';
import type { FileSource } from './file-source.ts';

/** One node and its vector. */
export interface VectorRow {
  readonly type: NodeType;
  readonly id: string;
  readonly name: string; // '' where there is none
  readonly vector: Float32Array; // [dimension] a view: good until the next row is asked for
}

/** What the key of a row is where a format has one text for it: type and id, or the id as it stands. */
export const KEY_STYLES = ['type:id', 'id'] as const;
export type KeyStyle = (typeof KEY_STYLES)[number];

/** Rows to write, in order. They can be gone through more than once: a format may have two files. */
export interface VectorRows extends Iterable<VectorRow> {
  readonly count: number;
  readonly dimension: number;
  /** Of formats that join type and id into one key. Default: type:id. */
  readonly keys?: KeyStyle;
}

/** One file of a format. */
export interface ExportFile {
  /** What its name ends in where another file of the format has the name as it was given: `.keys.ndjson`; '' for the first. */
  readonly companion: string;
  readonly contentType: string;
  /**
   * The file in chunks of about 64 KiB, never one of its own for a row; a chunk stays good. Lets the event
   * loop run between two of them.
   * @throws ShelfwalkError VECTOR_INVALID — a value is not finite · NODE_KEY_INVALID — an id that UTF-8, or a key, cannot hold
   */
  write(rows: VectorRows): AsyncIterable<Uint8Array>;
}

/** What is read, in the order of the file. Ids are distinct within a type, values finite. */
export interface ReadVectors {
  readonly types: readonly NodeType[]; // [n]
  readonly ids: readonly string[]; // [n]
  readonly names: readonly string[]; // [n] '' where the file has none
  readonly vectors: Matrix; // [n, dimension]
}

export interface ReadOptions {
  /**
   * The type of all rows, of a file whose keys are plain ids; they are then taken as they stand. Without
   * it the file must say the type of each row, as the ones written here do.
   */
  readonly type?: NodeType;
}

export interface VectorFormat {
  /** Its name on the command line and in addresses. */
  readonly name: string;
  /** Usual ending of the first file, with the dot: `.vec`. */
  readonly extension: string;
  /** A row has one key, in which the type stands or does not; other formats have a column or member for it. */
  readonly joinsKeys: boolean;
  /** The first holds the vectors; most formats have no other. */
  readonly files: readonly [ExportFile, ...ExportFile[]];
  /**
   * @param sources one per file, in the order of `files`
   * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — names file, line or byte, what was found and expected
   * @throws ShelfwalkError LIMIT_EXCEEDED — more rows, or longer ones, than a version can have
   */
  read(sources: readonly FileSource[], options: ReadOptions): Promise<ReadVectors>;
}
