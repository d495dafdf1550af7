/**
 * The files of one version: written into a folder that nobody looks into yet, and read back with every
 * byte checked. What is wrong with a file is said by its name.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';
import { createBreather } from '../base/task.ts';
import { type Fingerprint, findChunks, writeDurable } from './durable-file.ts';
import { fromNodesParquet, toNodesParquet } from './nodes-parquet.ts';
import { fromNpyChunks, toNpyChunks } from './npy.ts';
import { fromNpyF32, fromNpyU32, toNpyColumnChunks } from './npy-column.ts';
import { fromSealedJson, toSealedJson } from './sealed-json.ts';
import type { LoadedVersion, Manifest, NodeTable, TrainedGraph, VersionContent } from './types.ts';

/** Of the layout of a version; a release that changes it reads the older ones or refuses them by this number. */
export const FORMAT = 1;

const MANIFEST = 'manifest.json';
type Part = 'nodes.parquet' | 'vectors.npy' | 'contexts.npy' | 'report.json' | GraphPart;

export type VersionFacts = Pick<
  Manifest,
  | 'id'
  | 'createdAt'
  | 'spaceId'
  | 'parent'
  | 'trainedUntil'
  | 'watermark'
  | 'graphMark'
  | 'configuration'
  | 'metrics'
>;

/**
 * Every file is on the disk when this returns; the manifest is the last.
 * @throws ShelfwalkError EMBEDDING_SHAPE_MISMATCH · VECTOR_INVALID · NODE_KEY_INVALID · DISK_FULL
 */
export async function writeVersionFiles(
  folder: string,
  content: VersionContent,
  facts: VersionFacts,
): Promise<Manifest> {
  const { nodes, vectors, contexts, graph, report } = content;
  checkGraph(content);
  await checkMatrices(content);
  const files: Partial<Record<Part, Fingerprint>> = {
    'nodes.parquet': await writeDurable(join(folder, 'nodes.parquet'), [
      new Uint8Array(await toNodesParquet(nodes)),
    ]),
    'vectors.npy': await writeDurable(join(folder, 'vectors.npy'), toNpyChunks(vectors)),
    ...(contexts && {
      'contexts.npy': await writeDurable(join(folder, 'contexts.npy'), toNpyChunks(contexts)),
    }),
    ...(graph && (await writeGraphFiles(folder, graph))),
    'report.json': await writeDurable(join(folder, 'report.json'), [
      Buffer.from(`${JSON.stringify(report, null, 2)}\n`),
    ]),
  };
  const manifest: Manifest = { format: FORMAT, ...facts, counts: toCounts(content), files };
  await writeDurable(join(folder, MANIFEST), [toSealedJson({ ...manifest })]);
  return manifest;
}

/** @throws ShelfwalkError VERSION_CORRUPT · VERSION_FORMAT_UNKNOWN */
export async function readManifest(folder: string, id: string): Promise<Manifest> {
  const bytes = await openPart(folder, { id, file: MANIFEST }).then(({ chunks, bytes: size }) =>
    collect(chunks, size),
  );
  const manifest = fromSealedJson(new Uint8Array(bytes));
  if (!manifest) throw corrupt({ id, file: MANIFEST }, { expected: 'the checksum in its last line' });
  if (manifest.format !== FORMAT) {
    const hint = 'Read it with the release that wrote it, or train again';
    throw new ShelfwalkError('VERSION_FORMAT_UNKNOWN', {
      version: id,
      file: MANIFEST,
      found: manifest.format,
      expected: FORMAT,
      hint,
    });
  }
  if (manifest.id !== id)
    throw corrupt({ id, file: MANIFEST }, { field: 'id', found: manifest.id, expected: id });
  return manifest as unknown as Manifest;
}

/** @throws ShelfwalkError VERSION_CORRUPT */
export async function readReport(folder: string, manifest: Manifest): Promise<Record<string, unknown>> {
  const bytes = await readPart(folder, manifest, { part: 'report.json', read: collect });
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
}

/** @throws ShelfwalkError VERSION_CORRUPT */
export async function readNodes(folder: string, manifest: Manifest): Promise<NodeTable> {
  const bytes = await readPart(folder, manifest, { part: 'nodes.parquet', read: collect });
  return fromNodesParquet(bytes, 'nodes.parquet');
}

/** The matrices lie in shared memory, each once. @throws ShelfwalkError VERSION_CORRUPT */
export async function readVersionFiles(folder: string, manifest: Manifest): Promise<LoadedVersion> {
  const report = await readReport(folder, manifest);
  const nodes = await readNodes(folder, manifest);
  const vectors = await readMatrix(folder, manifest, 'vectors.npy');
  // The manifest is sealed: a version without contexts is one that was written without.
  const hasContexts = manifest.files['contexts.npy'] !== undefined;
  const contexts = hasContexts ? await readMatrix(folder, manifest, 'contexts.npy') : undefined;
  return { manifest, nodes, vectors, contexts, report };
}

const readMatrix = (folder: string, manifest: Manifest, part: Part): Promise<Matrix<SharedArrayBuffer>> =>
  readPart(folder, manifest, { part, read: (chunks, bytes) => fromNpyChunks(chunks, { file: part, bytes }) });

/** @throws ShelfwalkError VERSION_CORRUPT */
export async function readGraphFiles(folder: string, manifest: Manifest): Promise<TrainedGraph | undefined> {
  if (manifest.files['arc-offsets.npy'] === undefined) return undefined;
  const u32 = (part: GraphPart) =>
    readPart(folder, manifest, { part, read: (chunks, bytes) => fromNpyU32(chunks, { file: part, bytes }) });
  const f32 = (part: GraphPart) =>
    readPart(folder, manifest, { part, read: (chunks, bytes) => fromNpyF32(chunks, { file: part, bytes }) });
  return {
    offsets: await u32('arc-offsets.npy'),
    targets: await u32('arc-targets.npy'),
    weights: await f32('arc-weights.npy'),
    visits: await u32('visits.npy'),
    pending: await f32('pending.npy'),
  };
}

type Read<T> = (chunks: AsyncIterable<Uint8Array>, bytes: number) => Promise<T>;

/** Hands the bytes to `read` while the checksum is taken: one pass over the file, and no value unless it holds. */
async function readPart<T>(
  folder: string,
  manifest: Manifest,
  { part, read }: { part: Part; read: Read<T> },
): Promise<T> {
  const at = { id: manifest.id, file: part };
  const expected = manifest.files[part];
  if (!expected) throw corrupt({ id: manifest.id, file: MANIFEST }, { field: 'files', expected: part });
  const { bytes, chunks } = await openPart(folder, at);
  const hash = createHash('sha256');
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  }
  if (bytes !== expected.bytes) throw corrupt(at, { field: 'bytes', found: bytes, expected: expected.bytes });
  const value = await read(hashed(), bytes).catch((cause: unknown) => {
    throw isShelfwalkError(cause, 'IMPORT_FILE_UNREADABLE') ? corrupt(at, cause.details, cause) : cause;
  });
  const found = hash.digest('hex');
  if (found !== expected.sha256) throw corrupt(at, { field: 'sha256', found, expected: expected.sha256 });
  return value;
}

type GraphPart = 'arc-offsets.npy' | 'arc-targets.npy' | 'arc-weights.npy' | 'visits.npy' | 'pending.npy';

async function writeGraphFiles(
  folder: string,
  { offsets, targets, weights, visits, pending }: TrainedGraph,
): Promise<Record<GraphPart, Fingerprint>> {
  const write = (part: GraphPart, column: Uint32Array | Float32Array) =>
    writeDurable(join(folder, part), toNpyColumnChunks(column));
  return {
    'arc-offsets.npy': await write('arc-offsets.npy', offsets),
    'arc-targets.npy': await write('arc-targets.npy', targets),
    'arc-weights.npy': await write('arc-weights.npy', weights),
    'visits.npy': await write('visits.npy', visits),
    'pending.npy': await write('pending.npy', pending),
  };
}

type Opened = NonNullable<Awaited<ReturnType<typeof findChunks>>>;

async function openPart(folder: string, at: { id: string; file: string }): Promise<Opened> {
  const found = await findChunks(join(folder, at.file));
  if (!found) throw corrupt(at, { found: 'no such file' });
  return found;
}

async function collect(chunks: AsyncIterable<Uint8Array>, bytes: number): Promise<ArrayBuffer> {
  const all = new Uint8Array(bytes);
  let at = 0;
  for await (const chunk of chunks) {
    all.set(chunk.subarray(0, bytes - at), at);
    at += chunk.length;
  }
  return all.buffer;
}

/** What could not be compared with a graph of today must not be written. */
function checkGraph({ nodes, graph }: VersionContent): void {
  if (!graph) return;
  const { offsets, targets, weights, visits, pending } = graph;
  const expected = [nodes.count + 1, offsets.at(-1) ?? 0, offsets.at(-1) ?? 0, nodes.count, nodes.count];
  const found = [offsets.length, targets.length, weights.length, visits.length, pending.length];
  if (found.some((length, i) => length !== expected[i]))
    throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', { field: 'graph', found, expected });
}

/** A version that could not be served must not get a name. */
async function checkMatrices({ nodes, vectors, contexts }: VersionContent): Promise<void> {
  const breathe = createBreather();
  for (const [field, matrix] of Object.entries({ vectors, contexts })) {
    if (!matrix) continue;
    if (matrix.rows !== nodes.count || matrix.cols !== vectors.cols) {
      const expected = [nodes.count, vectors.cols];
      throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', {
        field,
        found: [matrix.rows, matrix.cols],
        expected,
      });
    }
    for (let row = 0; row < matrix.rows; row++) {
      const column = findNotFinite(matrix, row);
      if (column !== undefined) {
        throw new ShelfwalkError('VECTOR_INVALID', {
          field,
          row,
          column,
          found: String(matrix.row(row)[column]),
        });
      }
      if (row % 1024 === 0) await breathe();
    }
  }
}

function findNotFinite({ data, cols, stride }: Matrix, row: number): number | undefined {
  for (let c = 0; c < cols; c++) if (!Number.isFinite(data[row * stride + c])) return c;
  return undefined;
}

function toCounts({ nodes, vectors }: VersionContent): Manifest['counts'] {
  const size = (type: string): number =>
    nodes.ranges.reduce((sum, r) => sum + (r.type === type ? r.end - r.start : 0), 0);
  return {
    nodes: nodes.count,
    dimension: vectors.cols,
    customers: size('customer'),
    products: size('product'),
    attributes: size('attribute'),
  };
}

const corrupt = (
  { id, file }: { id: string; file: string },
  details: Record<string, unknown>,
  cause?: unknown,
): ShelfwalkError =>
  new ShelfwalkError(
    'VERSION_CORRUPT',
    { ...details, version: id, file, hint: 'Serve another version: this one cannot be trusted' },
    { cause },
  );
