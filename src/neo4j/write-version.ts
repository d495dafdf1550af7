/**
 * A version's vectors onto the nodes of a database: rows in batches, then indexes, then the switch, then
 * what is too old goes. Each batch says in its own transaction how far it came, so a write that was cut
 * short goes on there, and writing the same version twice leaves the same database.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ShelfwalkError } from '../base/errors.ts';
import { NODE_TYPES, type NodeType, parseAttributeId } from '../base/ids.ts';
import { toNorm } from '../base/matrix.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import type { LoadedVersion } from '../vectors/types.ts';
import type { Neo4j, Parameters } from './connection.ts';
import { quoteIdentifier } from './names.ts';
import { removeVersion } from './remove-version.ts';
import type { Statements } from './statements.ts';
import { toInteger } from './values.ts';
import { readWrittenVersions, toVersionNames, type VersionNames } from './written-version.ts';

export interface WriteOptions extends TaskContext {
  /** Rows of one transaction. */
  readonly batchSize: number;
  /** Versions that stay, the new one included; what was live longest ago goes. ≥ 1. */
  readonly keep: number;
}

export interface WrittenType {
  /** Rows of the version that have a vector. */
  readonly vectors: number;
  /** Rows that have none: isolated, or left out on purpose. */
  readonly withoutVector: number;
  /** Nodes of this label in the database. */
  readonly nodes: number;
  /** Of these, those with a vector of this version now. */
  readonly embedded: number;
}

export interface WriteReport {
  readonly version: string;
  readonly spaceId: string;
  readonly dimension: number;
  /** Under which the vectors lie. */
  readonly property: string;
  /** Vector indexes, by type of node. */
  readonly indexes: Readonly<Record<NodeType, string>>;
  readonly types: Readonly<Record<NodeType, WrittenType>>;
  /** Vectors whose node is not in the database. */
  readonly missing: number;
  /** The first few of them, as type:id. */
  readonly missingFirst: readonly string[];
  /** Rows that an earlier write, cut short, had been through; 0: all were written by this one. */
  readonly resumedAt: number;
  /** Of this write, without the building of indexes. */
  readonly vectorsPerSecond: number;
  readonly seconds: { readonly write: number; readonly index: number };
  /** Versions that were taken out for being too old. */
  readonly removed: readonly string[];
}

interface Writing extends WriteOptions {
  readonly neo4j: Neo4j;
  readonly statements: Statements;
  readonly version: LoadedVersion;
  readonly names: VersionNames;
}

/**
 * @throws ShelfwalkError NEO4J_INDEX_FAILED — the server could not build one
 * @throws ShelfwalkError NEO4J_VERSION_GONE — somebody took the version out while it was written
 * @throws ShelfwalkError ABORTED — what was written stays, not live; the next write goes on from there
 */
export async function writeVersion(
  neo4j: Neo4j,
  statements: Statements,
  version: LoadedVersion,
  options: WriteOptions,
): Promise<WriteReport> {
  const names = toVersionNames(version.manifest.id);
  const writing: Writing = { ...options, neo4j, statements, version, names };
  const { id, spaceId, counts } = version.manifest;
  const resumedAt = await begin(writing);
  const startedAt = performance.now();
  const written = await writeRows(writing, resumedAt);
  const writtenAt = performance.now();
  await createIndexes(writing);
  const indexedAt = performance.now();
  const types = await countTypes(writing);
  await neo4j.write([toStep(writing, 'switch-version', { version: id })], { signal: options.signal });
  return {
    version: id,
    spaceId,
    dimension: counts.dimension,
    property: names.property,
    indexes: names.indexes,
    types,
    ...(await readMissing(writing)),
    resumedAt,
    vectorsPerSecond: Math.round((written / Math.max(1, writtenAt - startedAt)) * 1000),
    seconds: { write: (writtenAt - startedAt) / 1000, index: (indexedAt - writtenAt) / 1000 },
    removed: await removeOld(writing),
  };
}

const toStep = ({ statements }: Pick<Writing, 'statements'>, name: string, parameters: Parameters) => ({
  statement: statements.get(`write-back/${name}`),
  parameters,
});

/** The row to begin with. */
async function begin(writing: Writing): Promise<number> {
  const { neo4j, statements, version, names, signal } = writing;
  const { id, spaceId, counts } = version.manifest;
  await neo4j.runAlone(toStep(writing, 'version-constraint', {}), signal);
  const earlier = (await readWrittenVersions(neo4j, statements, signal)).find((v) => v.id === id);
  // Half taken out: whatever is left of it is not to be counted on.
  if (earlier?.state === 'removing') await removeVersion(neo4j, statements, id, signal);
  const parameters = {
    version: id,
    space: spaceId,
    dimension: toInteger(counts.dimension),
    property: names.property,
    customerIndex: names.indexes.customer,
    productIndex: names.indexes.product,
    attributeIndex: names.indexes.attribute,
  };
  const [row] = await neo4j.writeRows<{ rowsDone: number }>(
    toStep(writing, 'begin-version', parameters),
    signal,
  );
  return row!.rowsDone;
}

/** Vectors written by this call. */
async function writeRows(writing: Writing, from: number): Promise<number> {
  const { neo4j, version, names, batchSize, signal, onProgress } = writing;
  const { nodes, manifest } = version;
  let written = 0;
  for (const { type, start, end } of nodes.ranges) {
    for (let at = Math.max(start, from); at < end; at += batchSize) {
      throwIfAborted(signal);
      onProgress?.({ stage: 'write vectors', done: at, total: nodes.count, unit: 'rows' });
      const until = Math.min(end, at + batchSize);
      const rows = toRows(version, type, at, until);
      const facts = { version: manifest.id, property: names.property, spaceProperty: names.spaceProperty };
      const parameters = { ...facts, space: manifest.spaceId, rows, rowsDone: toInteger(until) };
      const answer = await neo4j.writeRows(toStep(writing, `write-${type}-vectors`, parameters), signal);
      if (answer.length === 0) throw new ShelfwalkError('NEO4J_VERSION_GONE', { version: manifest.id });
      written += rows.length;
    }
  }
  onProgress?.({ stage: 'write vectors', done: nodes.count, total: nodes.count, unit: 'rows' });
  return written;
}

interface Row {
  readonly id: string;
  readonly kind?: string;
  readonly value?: string;
  readonly vector: number[]; // [dimension]
}

/** Those of rows [start, end) that have a vector. */
function toRows({ nodes, vectors }: LoadedVersion, type: NodeType, start: number, end: number): Row[] {
  const rows: Row[] = [];
  for (let i = start; i < end; i++) {
    const vector = vectors.row(i);
    if (toNorm(vector) === 0) continue;
    const id = nodes.ids[i]!;
    rows.push({ id, ...(type === 'attribute' && parseAttributeId(id)), vector: Array.from(vector) });
  }
  return rows;
}

const POLL_MS = 250;

async function createIndexes(writing: Writing): Promise<void> {
  const { neo4j, version, names, signal, onProgress } = writing;
  const indexConfig = {
    'vector.dimensions': toInteger(version.manifest.counts.dimension),
    'vector.similarity_function': 'cosine',
    // An index of bytes would rank near vectors in another order than the vectors do.
    'vector.quantization.enabled': false,
  };
  for (const type of NODE_TYPES) {
    const { statement, parameters } = toStep(writing, `create-${type}-index`, {
      name: names.indexes[type],
      options: { indexConfig },
    });
    // An index takes no parameter for the property; this one is a name of ours, made from the version's id.
    const text = statement.text.replaceAll('shelfwalk_vectors', quoteIdentifier(names.property));
    await neo4j.runAlone({ statement: { ...statement, text }, parameters }, signal);
  }
  for (;;) {
    const step = toStep(writing, 'index-states', { prefix: names.property });
    const states = await neo4j.rows<{ name: string; state: string; populationPercent: number }>(step, signal);
    const failed = states.find(({ state }) => state === 'FAILED');
    if (failed) throw new ShelfwalkError('NEO4J_INDEX_FAILED', { index: failed.name });
    const done =
      states.reduce((sum, { populationPercent }) => sum + populationPercent, 0) / NODE_TYPES.length;
    onProgress?.({ stage: 'build indexes', done: Math.floor(done), total: 100, unit: '%' });
    if (states.filter(({ state }) => state === 'ONLINE').length === NODE_TYPES.length) return;
    throwIfAborted(signal);
    await delay(POLL_MS);
  }
}

async function countTypes(writing: Writing): Promise<WriteReport['types']> {
  const { neo4j, version, names, signal } = writing;
  const counts: [NodeType, WrittenType][] = [];
  for (const type of NODE_TYPES) {
    const { start, end } = version.nodes.ranges.find((range) => range.type === type) ?? { start: 0, end: 0 };
    let vectors = 0;
    for (let i = start; i < end; i++) if (toNorm(version.vectors.row(i)) > 0) vectors++;
    const step = toStep(writing, `count-${type}-vectors`, { property: names.property });
    const [row] = await neo4j.rows<Pick<WrittenType, 'nodes' | 'embedded'>>(step, signal);
    counts.push([type, { vectors, withoutVector: end - start - vectors, ...row! }]);
  }
  return Object.fromEntries(counts) as Record<NodeType, WrittenType>;
}

async function readMissing(writing: Writing): Promise<Pick<WriteReport, 'missing' | 'missingFirst'>> {
  const rows = await writing.neo4j.rows<{ id: string; missing: number; missingFirst: string[] }>(
    toStep(writing, 'versions', {}),
    writing.signal,
  );
  const { missing, missingFirst } = rows.find(({ id }) => id === writing.version.manifest.id)!;
  return { missing, missingFirst };
}

/** A reader that asked for the live version a moment ago still reads the one before: with `keep` of 2 or more it stays. */
async function removeOld({ neo4j, statements, keep, signal }: Writing): Promise<string[]> {
  const old = (await readWrittenVersions(neo4j, statements, signal)).slice(keep);
  for (const { id } of old) await removeVersion(neo4j, statements, id, signal);
  return old.map(({ id }) => id);
}
