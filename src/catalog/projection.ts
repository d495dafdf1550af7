/**
 * Interactions → edges between products that occur together, into a file or into the catalog. Pairs grow
 * with the square of a basket, so they are counted before anything is joined, and too many are refused.
 */
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ShelfwalkError } from '../base/errors.ts';
import { makeFolder } from '../base/folder.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import type { Database, Session } from './database.ts';
import {
  refuseManyPairs,
  toCountsSql,
  toScoredSql,
  toTogetherSql,
  toUnitsSql,
  type UnitCounts,
} from './projection-sql.ts';
import { STANDING } from './returns.ts';
import { quoteLiteral } from './sql.ts';
import type { ProjectionOptions, ProjectionReport, ProjectionTarget } from './types.ts';
import { passBulk } from './watermark.ts';

export interface ProjectionRequest {
  readonly database: Database;
  readonly target: ProjectionTarget;
  readonly options: ProjectionOptions;
  readonly context: TaskContext;
}

/** @throws ShelfwalkError CATALOG_EMPTY · LIMIT_EXCEEDED · FOLDER_UNUSABLE · DISK_FULL · ABORTED — in every case nothing was changed */
export async function project({
  database,
  target,
  options,
  context,
}: ProjectionRequest): Promise<ProjectionReport> {
  const started = performance.now();
  const session = await database.connect();
  const interrupt = (): void => session.interrupt();
  context.signal?.addEventListener('abort', interrupt);
  const progress = { stage: 'count pairs', total: 2, unit: 'steps' };
  try {
    await session.run('BEGIN TRANSACTION');
    const counted = await countUnits(session, options);
    context.onProgress?.({ ...progress, done: 0 });
    await session.run(`CREATE TEMP TABLE together AS ${toTogetherSql('units', options)}`);
    context.onProgress?.({ ...progress, done: 1 });
    await session.run(`CREATE TEMP TABLE scored AS ${toScoredSql('units', 'together', options)}`);
    const facts = await readFacts(session);
    await ('file' in target ? writeFile(session, target.file) : storeEdges(session, target.name, options));
    throwIfAborted(context.signal);
    await session.run('COMMIT');
    if ('file' in target) await rename(toPartial(target.file), target.file);
    context.onProgress?.({ ...progress, done: 2 });
    return { target, ...counted, ...facts, tookMs: Math.round(performance.now() - started) };
  } catch (cause) {
    await session.run('ROLLBACK').catch(() => undefined); // the first failure is the one to report
    if ('file' in target) await rm(toPartial(target.file), { force: true });
    throwIfAborted(context.signal);
    throw cause;
  } finally {
    context.signal?.removeEventListener('abort', interrupt);
    session.close();
  }
}

/** Fills `units`. @throws ShelfwalkError CATALOG_EMPTY · LIMIT_EXCEEDED */
async function countUnits(
  session: Session,
  options: ProjectionOptions,
): Promise<Pick<ProjectionReport, 'units' | 'unitsLeftOut' | 'products'>> {
  const { within, minValue, maxProducts } = options;
  await session.run(
    `CREATE TEMP TABLE units AS ${toUnitsSql(STANDING, { ...options, maxProducts: undefined })}`,
  );
  const before = await readUnitCounts(session, within);
  if (before.units === 0) {
    const hint =
      minValue === undefined
        ? `Import interactions${within === 'basket' ? ' with --basket' : ''}: shelfwalk import --help`
        : 'Lower --min-value, or import interactions with --value';
    throw new ShelfwalkError('CATALOG_EMPTY', {
      found: `no ${within} with such an interaction`,
      minValue,
      hint,
    });
  }
  if (maxProducts !== undefined) {
    await session.run(
      `CREATE OR REPLACE TEMP TABLE units AS ${toUnitsSql('SELECT *, 0 AS value FROM units', { ...options, minValue: undefined })}`,
    );
  }
  const counts = await readUnitCounts(session, within);
  const { units, products } = counts;
  const other = within === 'customer' ? ', count --within basket' : '';
  refuseManyPairs(counts, options, {
    hint: `Leave the largest out with --max-products${other}, or raise --max-pairs`,
  });
  return { units, unitsLeftOut: before.units - units, products };
}

async function readUnitCounts(session: Session, within: ProjectionOptions['within']): Promise<UnitCounts> {
  const [counts] = await session.rows<UnitCounts>(toCountsSql('units', { within }));
  return counts!;
}

async function readFacts(session: Session): Promise<Pick<ProjectionReport, 'pairs' | 'edges' | 'nodes'>> {
  const [facts] = await session.rows<{ pairs: number; edges: number; nodes: number }>(`
    SELECT (SELECT count(*) FROM together)::DOUBLE AS pairs, (SELECT count(*) FROM scored)::DOUBLE AS edges,
      (SELECT count(*) FROM (SELECT from_key FROM scored UNION SELECT to_key FROM scored))::DOUBLE AS nodes`);
  return facts!;
}

const toPartial = (file: string): string => `${file}.partial`;

/** `from,to,weight`, what `import edges` reads; ends of a row, and rows, ascend. */
async function writeFile(session: Session, file: string): Promise<void> {
  await makeFolder(dirname(file));
  const format = file.endsWith('.parquet') ? 'FORMAT parquet' : 'FORMAT csv, HEADER';
  await session.run(`COPY (
    SELECT least(a.id, b.id) AS "from", greatest(a.id, b.id) AS "to", weight FROM scored
    JOIN products AS a ON a.key = from_key JOIN products AS b ON b.key = to_key ORDER BY ALL
  ) TO ${quoteLiteral(toPartial(file))} (${format})`);
}

async function storeEdges(session: Session, name: string, options: ProjectionOptions): Promise<void> {
  await session.run('DELETE FROM edges WHERE projection = $1', [name]);
  await session.run('DELETE FROM projections WHERE name = $1', [name]);
  await session.run(
    `INSERT INTO edges SELECT 'product', from_key, 'product', to_key, false, weight, NULL, $1, NULL FROM scored`,
    [name],
  );
  await session.run('INSERT INTO projections (name, options) VALUES ($1, $2)', [
    name,
    JSON.stringify(options),
  ]);
  await passBulk(session);
}
