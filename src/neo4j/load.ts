/**
 * The embedded catalog into Neo4j, in batches of one transaction each. A mark in the database says how far
 * the load is; it moves in the transaction of its batch, so a load that was stopped goes on where it was.
 * Everything is merged: loaded twice, the graph is the same. What has left the catalog is counted, and
 * deleted only if asked for.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import type { CopySource } from '../graph/types.ts';
import type { Neo4j } from './connection.ts';
import { createStages, type LoadRow, type Stage } from './load-rows.ts';
import { countLeftover, type Leftover, prune } from './prune.ts';
import { type Migration, migrate } from './schema.ts';
import type { Statements } from './statements.ts';

export interface LoadOptions extends TaskContext {
  /** Nodes or relationships in a transaction, roughly. */
  readonly batchSize: number;
  /** Begin anew although a load of the same catalog was stopped. */
  readonly restart: boolean;
  /** Take out what earlier loads made and the catalog no longer has; otherwise it is only counted. */
  readonly prune: boolean;
}

export interface LoadReport {
  /** Nodes and relationships that were written, by stage, those of an earlier try not counted. */
  readonly written: Readonly<Record<string, number>>;
  /** Where an earlier try was taken up. */
  readonly resumedAt?: { readonly stage: string; readonly done: number };
  /** Of earlier loads and no longer in the catalog: taken out if `pruned`, else what --prune would take out. */
  readonly leftover: Leftover;
  readonly pruned: boolean;
  readonly schema: Migration;
}

interface Mark {
  readonly revision: string;
  /** Number of the load. */
  readonly load: number;
  readonly stage: string;
  readonly done: number;
}

/**
 * @param source one moment of a catalog: ids, what refers to them and the revision belong together
 * @throws ShelfwalkError NEO4J_… · ABORTED — what was written stays, and the next load goes on from there
 */
export async function loadCatalog(
  source: CopySource,
  place: { readonly neo4j: Neo4j; readonly statements: Statements },
  options: LoadOptions,
): Promise<LoadReport> {
  const { neo4j, statements } = place;
  const schema = await migrate(neo4j, statements);
  const revision = await source.revision();
  const stages = await createStages(source);
  const mark = options.restart ? undefined : await readMark(neo4j, statements, revision);
  const load = mark?.load ?? (await beginLoad(neo4j, statements));
  const first = Math.max(
    0,
    stages.findIndex(({ name }) => name === mark?.stage),
  );
  const written: Record<string, number> = {};
  for (const stage of stages.slice(first)) {
    const skip = stage.name === mark?.stage ? mark.done : 0;
    const writer = { neo4j, statements, stage, revision, load, skip, options };
    written[stage.name] = await loadStage(writer);
  }
  const leftover = await (options.prune ? prune : countLeftover)(place, load, options.signal);
  await neo4j.write([{ statement: statements.get('load/unmark'), parameters: {} }]);
  const resumedAt = mark && { stage: mark.stage, done: mark.done };
  return { written, resumedAt, leftover, pruned: options.prune, schema };
}

async function beginLoad(neo4j: Neo4j, statements: Statements): Promise<number> {
  const step = { statement: statements.get('load/begin'), parameters: {} };
  const [row] = await neo4j.writeRows<{ load: number }>(step);
  return row!.load;
}

async function readMark(neo4j: Neo4j, statements: Statements, revision: string): Promise<Mark | undefined> {
  const [mark] = await neo4j.rows<Mark>({ statement: statements.get('load/read-mark'), parameters: {} });
  return mark?.revision === revision ? mark : undefined; // of a catalog that has changed since: from the start
}

interface StageWriter {
  readonly neo4j: Neo4j;
  readonly statements: Statements;
  readonly stage: Stage;
  readonly revision: string;
  readonly load: number;
  /** Nodes or relationships of the stage that are there already. */
  readonly skip: number;
  readonly options: LoadOptions;
}

/** While a batch is written the next one is read: one of each at a time, so memory does not grow with the graph. */
async function loadStage(writer: StageWriter): Promise<number> {
  const { stage, skip, options } = writer;
  let done = 0;
  let writing = Promise.resolve();
  const flush = async (batch: readonly LoadRow[], parameters: Batch['parameters'], end: number) => {
    await writing;
    throwIfAborted(options.signal);
    writing = writeBatch(writer, { batch, parameters, done: end });
    writing.catch(() => {}); // it is awaited by the next one
    options.onProgress?.({ stage: `load ${stage.name}`, done: end, unit: 'written' });
  };
  for await (const { parameters, rows } of stage.blocks()) {
    let batch: LoadRow[] = [];
    let size = 0;
    for await (const row of rows) {
      done += row.size;
      if (done <= skip) continue;
      batch.push(row);
      size += row.size;
      if (size < options.batchSize) continue;
      await flush(batch, parameters, done);
      batch = [];
      size = 0;
    }
    if (size > 0) await flush(batch, parameters, done);
  }
  await writing;
  return Math.max(0, done - skip);
}

interface Batch {
  readonly batch: readonly LoadRow[];
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Nodes or relationships of the stage once this is written. */
  readonly done: number;
}

async function writeBatch(writer: StageWriter, { batch, parameters, done }: Batch): Promise<void> {
  const { neo4j, statements, stage, revision, load, options } = writer;
  const statement = statements.get(`load/${stage.name}`);
  const steps = [
    { statement, parameters: { ...parameters, load, rows: batch.map(({ value }) => value) } },
    { statement: statements.get('load/mark'), parameters: { revision, load, stage: stage.name, done } },
  ];
  const expected = batch.reduce((sum, { size }) => sum + size, 0);
  await neo4j.write(steps, {
    signal: options.signal,
    check([[row]]) {
      if (row!['written'] === expected) return;
      throw new ShelfwalkError('NEO4J_ROW_INVALID', {
        server: neo4j.place.uri,
        statement: statement.name,
        found: `${String(row!['written'])} of ${expected} written`,
        hint: 'Nodes were deleted while it was loaded, or since: begin anew with --restart',
      });
    },
  });
}
