/**
 * File → temporary table `staged`: every readable row once, with its values read and the number of the
 * first rule it breaks (0: none). Nothing of the catalog is touched here.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Session } from './database.ts';
import { type SourceFile, toParquetError } from './reader.ts';
import type { Field } from './relation.ts';
import type { Rule } from './rules.ts';

export interface StagePlan {
  /** Cells to read; the i-th is `t<i>`, and `l<i>` if it is split. */
  readonly fields: readonly Field[];
  /** Joined to the file's rows, e.g. `LEFT JOIN orders ON …`. */
  readonly join?: string;
  /** Values that rules and outputs may name. */
  readonly computed: readonly NamedSql[];
  readonly rules: readonly Rule[];
  /** Columns of `staged` beside line, rule and found. */
  readonly outputs: readonly NamedSql[];
}

export interface NamedSql {
  readonly name: string;
  readonly sql: string;
}

/** Rules in the order of their numbers in `staged`, from 1. */
export async function stageFile(
  session: Session,
  file: SourceFile,
  plan: StagePlan,
): Promise<readonly Rule[]> {
  const rules = [...file.rules, ...plan.rules];
  const relation = await file.relation(plan.fields);
  const named = (all: readonly NamedSql[]): string =>
    all.map(({ name, sql }) => `, ${sql} AS ${name}`).join('');
  const checks = rules.map(({ when }, i) => `WHEN ${when} THEN ${i + 1}`).join(' ');
  const found = rules.map((rule, i) => `WHEN ${i + 1} THEN ${rule.found}`).join(' ');
  await session.run('DROP TABLE IF EXISTS staged');
  const create = session.run(`
    CREATE TEMP TABLE staged AS
    SELECT line, rule${named(plan.outputs)}, left(CASE rule ${found} END, 200) AS found
    FROM (
      SELECT *, (CASE ${checks} ELSE 0 END)::UTINYINT AS rule
      FROM (SELECT *${named(plan.computed)} FROM (${relation}) AS file ${plan.join ?? ''}))`);
  await create.catch((cause: unknown) => {
    throw file.faultsPath === undefined ? toParquetError(file.path, cause) : cause;
  });
  await checkCount(session, file);
  return rules;
}

/** Line numbers rest on both readers of a file seeing the same records. */
async function checkCount(session: Session, { path, rows }: SourceFile): Promise<void> {
  if (rows === undefined) return;
  const [staged] = await session.rows<{ rows: number }>('SELECT count(*)::DOUBLE AS rows FROM staged');
  if (staged!.rows === rows) return;
  throw new ShelfwalkError('INTERNAL', {
    file: path,
    found: `${staged!.rows} rows`,
    expected: `${rows} rows`,
  });
}

/** Cells of a plan as they are named in SQL. */
export class FieldList {
  readonly fields: Field[] = [];

  /** The text of a cell, with the column it came from. */
  add(column: string, split?: string): { column: string; sql: string; list: string } {
    this.fields.push(split === undefined ? { column } : { column, split });
    const i = this.fields.length - 1;
    return { column, sql: `t${i}`, list: `l${i}` };
  }
}
