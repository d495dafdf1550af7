/**
 * Files into the catalog, all of one command in one transaction: a failure, or a stop half way, leaves
 * everything as it was. A file is recognised by its bytes and taken in once unless told otherwise.
 */
import { rename, rm } from 'node:fs/promises';
import { ShelfwalkError } from '../base/errors.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { readCounts } from './counts.ts';
import type { Database, Session } from './database.ts';
import { type FileProbe, hashFile, probeFile } from './file-probe.ts';
import { toPresetSteps } from './presets.ts';
import { openSourceFile, scratchName } from './reader.ts';
import { collectRejects, type RejectsFile, readExamples, writeRejects } from './rejects.ts';
import { stageFile } from './stage.ts';
import { type Step, toEdgeStep, toEntityStep, toInteractionStep } from './step.ts';
import type { FileReport, ImportOptions, ImportReport, ImportSource } from './types.ts';
import { passBulk } from './watermark.ts';

export interface ImportRequest {
  readonly database: Database;
  readonly rejectsDir: string;
  readonly sources: readonly ImportSource[];
  readonly options: ImportOptions;
  readonly context: TaskContext;
}

interface KnownImport {
  readonly id: number;
  readonly importedAt: Date;
  readonly mapping: string;
  readonly [name: string]: unknown;
}

interface Task {
  readonly step: Step;
  readonly probe: FileProbe;
  readonly sha256: string;
  readonly known?: KnownImport;
}

/** Of one command: what every file of it needs. */
interface Run extends ImportRequest {
  readonly session: Session;
  readonly rejects: RejectsFile[];
}

/** @throws ShelfwalkError IMPORT_* · CONFIG_INVALID · DISK_FULL · ABORTED — in every case nothing was changed */
export async function importFiles(request: ImportRequest): Promise<ImportReport> {
  const started = performance.now();
  const { database, sources, options, context } = request;
  const tasks = await recognise(database, await toSteps(sources, options), context);
  const session = await database.connect();
  const rejects: RejectsFile[] = [];
  const interrupt = (): void => session.interrupt();
  context.signal?.addEventListener('abort', interrupt);
  try {
    await session.run('BEGIN TRANSACTION');
    const files = await runTasks({ ...request, session, rejects }, tasks);
    if (files.some(({ skipped }) => !skipped)) await passBulk(session);
    const catalog = await readCounts(session);
    throwIfAborted(context.signal);
    await session.run(options.dryRun ? 'ROLLBACK' : 'COMMIT');
    for (const { path, partial } of rejects) await rename(partial, path);
    return {
      dryRun: options.dryRun ?? false,
      files,
      catalog,
      tookMs: Math.round(performance.now() - started),
    };
  } catch (cause) {
    await session.run('ROLLBACK').catch(() => undefined); // the first failure is the one to report
    for (const { partial } of rejects) await rm(partial, { force: true });
    throwIfAborted(context.signal);
    throw cause;
  } finally {
    context.signal?.removeEventListener('abort', interrupt);
    session.close();
  }
}

async function toSteps(
  sources: readonly ImportSource[],
  { format, replace }: ImportOptions,
): Promise<Step[]> {
  const steps: Step[] = [];
  for (const source of sources) {
    if (replace && source.kind !== 'interactions') throw refuseReplace(source);
    if (source.kind === 'preset') steps.push(...(await toPresetSteps(source)));
    else if (source.kind === 'interactions')
      steps.push(toInteractionStep({ path: source.path, format, replace }, source.mapping));
    else if (source.kind === 'edges') steps.push(toEdgeStep({ path: source.path, format }, source.mapping));
    else {
      const { kind: table, path, mapping } = source;
      steps.push(toEntityStep({ path, format, table, mapping: () => mapping, note: mapping }));
    }
  }
  return steps;
}

const refuseReplace = ({ kind, path }: ImportSource): ShelfwalkError =>
  new ShelfwalkError('CONFIG_INVALID', {
    field: 'replace',
    file: path,
    found: kind,
    expected: 'interactions',
    hint: 'Products and customers are known by id: a later file replaces what it maps by itself',
  });

/** Looks at every file before any of them changes anything. */
async function recognise(database: Database, steps: readonly Step[], context: TaskContext): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const step of steps) {
    const probe = await probeFile(step.path, step.format);
    const sha256 = await hashFile(step.path, context.signal);
    const [known] = await database.rows<KnownImport>(
      'SELECT id, imported_at AS "importedAt", mapping FROM imports WHERE sha256 = $1 AND kind = $2 ORDER BY id DESC LIMIT 1',
      [sha256, step.kind],
    );
    tasks.push({ step, probe, sha256, known });
  }
  return tasks;
}

async function runTasks(run: Run, tasks: readonly Task[]): Promise<FileReport[]> {
  const again = run.options.again ?? false;
  const skipped = new Set<Step>();
  const seen = new Set<string>();
  for (const { step, sha256, known } of tasks) {
    const identity = `${step.kind} ${sha256}`;
    if ((known && !again && !step.lookupFor) || seen.has(identity)) skipped.add(step);
    seen.add(identity);
  }
  for (const { step, known } of tasks) {
    if (known && step.lookupFor?.every((other) => skipped.has(other))) skipped.add(step);
  }
  const files: FileReport[] = [];
  for (const task of tasks) {
    throwIfAborted(run.context.signal);
    files.push(skipped.has(task.step) ? toSkippedReport(task) : await runTask(run, task, files.length));
  }
  return files;
}

async function runTask(run: Run, { step, probe, sha256 }: Task, number: number): Promise<FileReport> {
  const { session, context, options, database } = run;
  const scratchBase = scratchName(database.tempDir, number);
  const file = await openSourceFile({ session, probe, scratchBase, context });
  try {
    const rules = await stageFile(session, file, step.plan(file));
    throwIfAborted(context.signal);
    const { read, accepted, rejectedByReason } = await collectRejects(session, file, rules);
    if (accepted === 0) throw await toAllRejected(session, { file: step.path, rows: read, rejectedByReason });
    const progress = { stage: 'store rows', total: accepted, unit: 'rows' };
    context.onProgress?.({ ...progress, done: 0 });
    const importId = await recordImport(session, { step, sha256, read, rejected: read - accepted });
    const warnings = await step.apply(session, importId);
    throwIfAborted(context.signal);
    context.onProgress?.({ ...progress, done: accepted });
    const report = { path: step.path, kind: step.kind, sha256, rowsRead: read, rowsAccepted: accepted };
    const rejected = { rowsRejected: read - accepted, rejectedByReason, warnings };
    if (read === accepted || options.dryRun) return { ...report, ...rejected };
    const rejects = await writeRejects(session, run.rejectsDir, step.path);
    run.rejects.push(rejects);
    return { ...report, ...rejected, rejectsFile: rejects.path };
  } finally {
    await file.close();
  }
}

interface ImportFacts {
  readonly step: Step;
  readonly sha256: string;
  readonly read: number;
  readonly rejected: number;
}

async function recordImport(
  session: Session,
  { step, sha256, read, rejected }: ImportFacts,
): Promise<number> {
  const [row] = await session.rows<{ id: number }>(
    `INSERT INTO imports (id, sha256, kind, path, mapping, rows, rejected)
     SELECT (coalesce(max(id), 0) + 1)::INTEGER, $1, $2, $3, $4, $5::BIGINT, $6::BIGINT FROM imports RETURNING id`,
    [sha256, step.kind, step.path, JSON.stringify(step.mapping), read, rejected],
  );
  return row!.id;
}

async function toAllRejected(
  session: Session,
  details: { file: string; rows: number; rejectedByReason: Readonly<Record<string, number>> },
): Promise<ShelfwalkError> {
  return new ShelfwalkError('IMPORT_ALL_REJECTED', { ...details, examples: await readExamples(session) });
}

function toSkippedReport({ step, sha256, known }: Task): FileReport {
  const warnings: string[] = [];
  if (!known) warnings.push('another file of this command has the same content');
  else if (known.mapping !== JSON.stringify(step.mapping)) {
    warnings.push('this content was imported before with another mapping; --again imports it once more');
  }
  return {
    path: step.path,
    kind: step.kind,
    sha256,
    rowsRead: 0,
    rowsAccepted: 0,
    rowsRejected: 0,
    rejectedByReason: {},
    warnings,
    skipped: known ? { importedAt: known.importedAt.toISOString(), importId: String(known.id) } : undefined,
  };
}
