/**
 * Rows that were not taken in: counted by reason, and written to a CSV file a person can open, with
 * file, line (row for Parquet), column, reason, what was found and what was expected.
 */
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { makeFolder } from '../base/folder.ts';
import type { Session } from './database.ts';
import type { SourceFile } from './reader.ts';
import { readCsv } from './relation.ts';
import type { Rule } from './rules.ts';
import { quoteLiteral } from './sql.ts';

export interface StagedCounts {
  readonly read: number;
  readonly accepted: number;
  readonly rejectedByReason: Readonly<Record<string, number>>;
}

/** Fills the temporary table `rejects` from `staged` and from the records that could not be read at all. */
export async function collectRejects(
  session: Session,
  file: SourceFile,
  rules: readonly Rule[],
): Promise<StagedCounts> {
  await session.run(`CREATE OR REPLACE TEMP TABLE rejects
    (file VARCHAR, line BIGINT, "column" VARCHAR, reason VARCHAR, found VARCHAR, expected VARCHAR, raw VARCHAR)`);
  const path = quoteLiteral(file.path);
  const table = rules.map(
    ({ column, reason, expected }, i) =>
      `(${i + 1}, ${quoteLiteral(column)}, ${quoteLiteral(reason)}, ${quoteLiteral(expected)})`,
  );
  await session.run(`INSERT INTO rejects
    SELECT ${path}, line, nullif(rules.col, ''), rules.reason, found, rules.expected, NULL
    FROM (SELECT line, rule, found FROM staged WHERE rule > 0)
    JOIN (VALUES ${table.join(', ')}) AS rules (rule, col, reason, expected) USING (rule)`);
  if (file.faults > 0 && file.faultsPath !== undefined) {
    const columns = ['reason', 'found', 'expected', 'raw'];
    await session.run(`INSERT INTO rejects SELECT ${path}, line, NULL, reason, found, expected, raw
      FROM ${readCsv(file.faultsPath, { delimiter: ',', quote: true, columns })}`);
  }
  const [staged] = await session.rows<{ read: number; accepted: number }>(
    'SELECT count(*)::DOUBLE AS read, (count(*) FILTER (rule = 0))::DOUBLE AS accepted FROM staged',
  );
  const reasons = await session.rows<{ reason: string; rows: number }>(
    'SELECT reason, count(*)::DOUBLE AS rows FROM rejects GROUP BY reason ORDER BY rows DESC, reason',
  );
  return {
    read: staged!.read + file.faults,
    accepted: staged!.accepted,
    rejectedByReason: Object.fromEntries(reasons.map(({ reason, rows }) => [reason, rows])),
  };
}

/** The first few, for an error message. */
export async function readExamples(session: Session): Promise<Record<string, unknown>[]> {
  return session.rows(
    'SELECT line::DOUBLE AS line, "column", reason, found, expected FROM rejects ORDER BY line LIMIT 3',
  );
}

export interface RejectsFile {
  readonly path: string;
  /** Written beside; it takes its name when the import is committed. */
  readonly partial: string;
}

/** Writes the rejects of one file, ordered by line. The name depends on the file alone: importing again overwrites. */
export async function writeRejects(
  session: Session,
  rejectsDir: string,
  sourcePath: string,
): Promise<RejectsFile> {
  await makeFolder(rejectsDir);
  const path = join(rejectsDir, toRejectsName(sourcePath));
  const partial = `${path}.partial`;
  await session.run(
    `COPY (SELECT * FROM rejects ORDER BY line) TO ${quoteLiteral(partial)} (FORMAT csv, HEADER)`,
  );
  return { path, partial };
}

/** Two folders may hold files of one name, hence a few letters of the hash of the whole path. */
const toRejectsName = (path: string): string =>
  `${basename(path)}.${createHash('sha256').update(path).digest('hex').slice(0, 8)}.rejects.csv`;
