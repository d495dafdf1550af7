/**
 * The use case: a version out of vectors from elsewhere. It opens a space of its own, for nothing says that
 * they are comparable with what was trained here. Without context vectors it answers what needs none, and
 * refuses the rest.
 */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { ShelfwalkError } from '../base/errors.ts';
import { compareIds, NODE_TYPES, type NodeType } from '../base/ids.ts';
import type { Matrix } from '../base/matrix.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { type FileSource, openFileSource } from '../vectors/formats/file-source.ts';
import { FORMATS, type FormatName, toPaths } from '../vectors/formats/formats.ts';
import { orderRows } from '../vectors/formats/order-rows.ts';
import { MISSING_REASONS, type MissingReasons } from '../vectors/missing-reasons.ts';
import { findVectors } from '../vectors/rollup.ts';
import type { NodeTable } from '../vectors/types.ts';
import type { Workspace } from './workspace.ts';

export interface ImportVectorsRequest {
  /** Absolute; of a format with two files the first one. */
  readonly file: string;
  readonly format: FormatName;
  /** Of all rows, where the file does not say it. */
  readonly type?: NodeType;
  /** Context vectors of the same nodes, in another file of the same format. Absolute. */
  readonly contexts?: string;
  /** Will point at the new version; no alias moves if not given. */
  readonly alias?: string;
}

export interface ImportedType {
  readonly rows: number;
  readonly withVector: number;
  /** Rows that the catalog has a node for. */
  readonly inCatalog: number;
}

export interface ImportVectorsResult {
  readonly version: string;
  readonly alias?: string;
  readonly previous?: string;
  readonly spaceId: string;
  readonly dimension: number;
  readonly contexts: boolean;
  readonly nodes: Readonly<Record<NodeType, ImportedType>>;
}

/**
 * @throws ShelfwalkError IMPORT_FILE_MISSING · IMPORT_FILE_UNREADABLE · LIMIT_EXCEEDED
 * @throws ShelfwalkError REQUEST_UNPROCESSABLE — the keys have a type in them that was given as well, or no row is a vector
 * @throws ShelfwalkError ABORTED · DISK_FULL; nothing is published then
 */
export async function importVersion(
  { catalog, versions }: Workspace,
  request: ImportVectorsRequest,
  context: TaskContext,
): Promise<ImportVectorsResult> {
  const { file, format, contexts: contextsFile, alias } = request;
  const { nodes: read, matrix: vectors } = await readMatrix(file, request, context);
  const contexts = contextsFile === undefined ? undefined : await readMatrix(contextsFile, request, context);
  if (contexts) refuseOthers(contexts, { file: contextsFile!, nodes: read, cols: vectors.cols });
  const { nodes, inCatalog } = await withCatalogNames(read, catalog);
  const counts = toCounts(nodes, vectors, inCatalog);
  refuseIfEmpty(counts, file);
  throwIfAborted(context.signal);

  const made = { format, file: basename(file), ...(contextsFile && { contexts: basename(contextsFile) }) };
  const report = { import: { ...made, nodes: counts }, [MISSING_REASONS]: toReasons(basename(file)) };
  const manifest = await versions.write(
    { nodes, vectors, contexts: contexts?.matrix, report },
    { spaceId: randomUUID(), configuration: { algorithm: 'imported', ...made }, metrics: {} },
  );
  const moved = alias === undefined ? {} : { alias, ...(await versions.promote(alias, manifest.id)) };
  const { id: version, spaceId } = manifest;
  return {
    version,
    ...moved,
    spaceId,
    dimension: vectors.cols,
    contexts: contexts !== undefined,
    nodes: counts,
  };
}

interface ReadMatrix {
  readonly nodes: NodeTable;
  readonly matrix: Matrix;
}

async function readMatrix(
  path: string,
  { format: name, type }: ImportVectorsRequest,
  context: TaskContext,
): Promise<ReadMatrix> {
  const format = FORMATS[name];
  const sources = await Promise.all(toPaths(format, path).map(openFileSource));
  const read = await format.read(
    sources.map((source) => watch(source, context)),
    { type },
  );
  if (type !== undefined && read.ids.every((id) => id.startsWith(`${type}:`))) {
    const hint = 'Leave --type out: the keys say it themselves';
    throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
      file: path,
      field: 'type',
      found: read.ids[0],
      hint,
    });
  }
  return { nodes: orderRows(read), matrix: read.vectors };
}

/** The same bytes; the caller is told how far they have been read, and may stop. */
function watch(source: FileSource, { signal, onProgress }: TaskContext): FileSource {
  const stage = `read ${basename(source.file)}`;
  return {
    ...source,
    async *chunks(...range) {
      let done = range[0] ?? 0;
      for await (const chunk of source.chunks(...range)) {
        throwIfAborted(signal);
        yield chunk;
        done += chunk.length;
        onProgress?.({ stage, done, total: source.bytes, unit: 'bytes' });
      }
    },
  };
}

/** @throws ShelfwalkError IMPORT_FILE_UNREADABLE — contexts of other nodes, or of another dimension */
function refuseOthers(
  { nodes: found, matrix }: ReadMatrix,
  { file, nodes: expected, cols }: { file: string; nodes: NodeTable; cols: number },
): void {
  const refuse = (facts: { found: string; expected: string }) =>
    new ShelfwalkError('IMPORT_FILE_UNREADABLE', { file, ...facts });
  if (matrix.cols !== cols) {
    throw refuse({ found: `dimension ${matrix.cols}`, expected: `${cols}, as of the vectors` });
  }
  const nameOf = ({ ranges, ids }: NodeTable, row: number): string => {
    const type = ranges.find(({ start, end }) => row >= start && row < end)?.type;
    return type === undefined ? 'no row more' : `${type}:${ids[row]}`;
  };
  for (let row = 0; row < Math.max(found.count, expected.count); row++) {
    const [a, b] = [nameOf(found, row), nameOf(expected, row)];
    if (a !== b) throw refuse({ found: a, expected: `the nodes of the vectors: ${b}` });
  }
}

/** Both sides ascend by the bytes of their ids, so one pass finds what they share. */
async function withCatalogNames(
  nodes: NodeTable,
  catalog: Workspace['catalog'],
): Promise<{ nodes: NodeTable; inCatalog: Record<NodeType, number> }> {
  const names = [...nodes.names];
  const inCatalog: Record<NodeType, number> = { customer: 0, product: 0, attribute: 0 };
  for (const { type, start, end } of nodes.ranges) {
    if (end === start) continue;
    const [known, knownNames] = await catalog.atOneMoment(async (moment) => [
      await moment.nodeIds(type),
      await moment.nodeNames(type),
    ]);
    let at = 0;
    for (let row = start; row < end; row++) {
      const id = nodes.ids[row]!;
      while (at < known.length && compareIds(known[at]!, id) < 0) at++;
      if (known[at] !== id) continue;
      inCatalog[type]++;
      if (names[row] === '') names[row] = knownNames[at]!; // the file's own name goes first
    }
  }
  return { nodes: { ...nodes, names }, inCatalog };
}

function toCounts(
  { ranges }: NodeTable,
  vectors: Matrix,
  inCatalog: Readonly<Record<NodeType, number>>,
): Record<NodeType, ImportedType> {
  const entries = ranges.map(({ type, start, end }): [NodeType, ImportedType] => {
    const withVector = findVectors(vectors, start, end).reduce((sum, has) => sum + has, 0);
    return [type, { rows: end - start, withVector, inCatalog: inCatalog[type] }];
  });
  return Object.fromEntries(entries) as Record<NodeType, ImportedType>;
}

/** @throws ShelfwalkError REQUEST_UNPROCESSABLE — a model of nothing must not be published */
function refuseIfEmpty(counts: ImportVectorsResult['nodes'], file: string): void {
  if (Object.values(counts).some(({ withVector }) => withVector > 0)) return;
  throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { file, found: 'rows of zeros only' });
}

/** What a node without a vector is told. */
function toReasons(file: string): MissingReasons {
  const zeros = `its row in ${file}, from which this version was imported, is all zeros`;
  const reasons = {
    isolated: zeros,
    empty: zeros,
    unlisted: `not in ${file}, from which this version was imported`,
  };
  return Object.fromEntries(NODE_TYPES.map((type) => [type, reasons]));
}
