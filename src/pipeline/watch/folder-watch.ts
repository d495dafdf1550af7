/**
 * Imports what arrives in a folder. Looked at again and again, not waited for: that works on any share. A
 * file is taken once it is the same in two looks, and moved away afterwards; one that was imported and not
 * moved, because the process was killed in between, is recognised by its content and only moved.
 */
import { isShelfwalkError, ShelfwalkError } from '../../base/errors.ts';
import type { FileReport, ImportSource } from '../../catalog/types.ts';
import type { Clock } from '../jobs/schedule.ts';
import type { WriterTurn } from '../jobs/writer-turn.ts';
import type { Log } from '../live-types.ts';
import type { Workspace } from '../workspace.ts';
import { type Arrival, DONE, FAILED, findMark, listArrivals, putAway } from './arrivals.ts';
import { MAPPING_FILE, readWatchMapping, type WatchMapping } from './watch-mapping.ts';

export type WatchOutcome = 'done' | 'skipped' | 'failed';

export interface WatchState {
  /** Files that were there at the last look and are not imported yet, and files that came to an end since the start. */
  readonly waiting: number;
  readonly outcomes: Readonly<Record<WatchOutcome, number>>;
  /** The last thing that went wrong; whether with a file or with the folder. */
  readonly lastError?: WatchError;
}

export interface WatchError {
  readonly at: string; // ISO 8601
  /** From the watched folder on; absent where it was not about one file. */
  readonly file?: string;
  readonly code: string;
}

export interface FolderWatchOptions {
  readonly folder: string;
  readonly everyMs: number;
  readonly catalog: Pick<Workspace['catalog'], 'importFiles'>;
  readonly turn: WriterTurn;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe: (name: string, outcome: string, seconds: number) => void;
}

export interface FolderWatch {
  state(): WatchState;
  start(): void;
  /** Stops an import half way, which then has changed nothing; resolves when none is running. */
  stop(): Promise<void>;
  /** One look. Never throws: what goes wrong is in the log and in the state. */
  look(): Promise<void>;
}

/** Of the operation that has the writer's turn, in BUSY and in the metrics. */
const OPERATION = 'import';

export function createFolderWatch(options: FolderWatchOptions): FolderWatch {
  const { folder, everyMs, catalog, turn, clock, log, observe } = options;
  const stopping = new AbortController();
  const outcomes = { done: 0, skipped: 0, failed: 0 };
  const toldPassedOver = new Set<string>();
  const toldErrors = new Set<string>();
  let seen: ReadonlyMap<string, string> = new Map();
  let waiting = 0;
  let lastError: WatchError | undefined;
  let looking: Promise<void> | undefined;
  let endLooks: (() => void) | undefined;

  /** A fault that stays is logged when it comes, not at every look. */
  function noteError(error: unknown, arrival?: Arrival): void {
    if (isShelfwalkError(error, 'ABORTED') && stopping.signal.aborted) return;
    const code = isShelfwalkError(error) ? error.code : 'INTERNAL';
    const file = arrival && `${arrival.kind}/${arrival.name}`;
    lastError = { at: new Date(clock.now()).toISOString(), ...(file !== undefined && { file }), code };
    if (isNew(toldErrors, `${code} ${file} ${String(error)}`))
      log.error({ err: error, folder, file }, 'the watched folder could not be imported from');
  }

  async function look(): Promise<void> {
    const { files, passedOver } = await listArrivals(folder);
    for (const { path, found } of passedOver) {
      if (isNew(toldPassedOver, path)) log.warn({ path, found }, 'passed over in the watched folder');
    }
    const complete = files.filter(({ path, mark }) => seen.get(path) === mark);
    seen = new Map(files.map(({ path, mark }) => [path, mark]));
    waiting = files.length;
    if (complete.length === 0) return;
    const mapping = await readWatchMapping(folder);
    for (const arrival of complete) {
      if (stopping.signal.aborted || !(await take(arrival, mapping))) return;
    }
    if (waiting === 0) toldErrors.clear(); // all went well: should a fault come back, it is worth a line again
  }

  /** @returns false where the others would fare no better */
  async function take(arrival: Arrival, mapping: WatchMapping): Promise<boolean> {
    let release: () => void;
    try {
      release = turn.take(OPERATION);
    } catch {
      return false; // somebody else writes; the file is there at the next look too
    }
    const startedAt = performance.now();
    let outcome = 'ok';
    try {
      outcome = await importAndPutAway(arrival, mapping);
      waiting--;
      return true;
    } catch (error) {
      outcome = isShelfwalkError(error) ? error.code : 'INTERNAL';
      noteError(error, arrival);
      return !isOfEveryFile(error);
    } finally {
      observe(OPERATION, outcome, (performance.now() - startedAt) / 1000);
      release();
    }
  }

  /** @returns how the import ended: `ok`, or the code of what was wrong with the file */
  async function importAndPutAway(arrival: Arrival, mapping: WatchMapping): Promise<string> {
    const { source, options: asMapped } = toImport(arrival, mapping);
    let report: FileReport;
    try {
      const { files } = await catalog.importFiles([source], asMapped, { signal: stopping.signal });
      report = files[0]!;
    } catch (error) {
      if (!isOfTheFile(error)) throw error;
      await putFailedAway(arrival, error);
      return error.code;
    }
    if ((await findMark(arrival.path)) !== arrival.mark) {
      // Imported as it was when it was read. What it is now has other bytes, so it is taken as another file.
      log.warn({ file: arrival.path }, 'changed while it was imported; it stays, and is imported again');
      return 'ok';
    }
    const outcome = report.skipped ? 'skipped' : 'done';
    const at = await putAway(folder, arrival, { where: DONE });
    outcomes[outcome]++;
    const { rowsAccepted, rowsRejected, rejectsFile, warnings, skipped } = report;
    const facts = { file: at, rowsAccepted, rowsRejected, rejectsFile, warnings, skipped };
    log.info(facts, skipped ? 'imported before, put away' : 'imported from the watched folder');
    return 'ok';
  }

  async function putFailedAway(arrival: Arrival, error: ShelfwalkError): Promise<void> {
    const { code, message, details } = error;
    const verdict = { at: new Date(clock.now()).toISOString(), code, message, ...details };
    const at = await putAway(folder, arrival, { where: FAILED, verdict });
    outcomes.failed++;
    lastError = { at: verdict.at, file: `${arrival.kind}/${arrival.name}`, code };
    log.warn({ err: error, file: at }, 'could not be imported from the watched folder, put away');
  }

  function lookAlone(): Promise<void> {
    looking ??= look()
      .catch((error: unknown) => noteError(error))
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  return {
    state: () => ({ waiting, outcomes: { ...outcomes }, ...(lastError && { lastError }) }),
    look: lookAlone,
    start() {
      endLooks = clock.every(everyMs, () => void lookAlone());
    },
    async stop() {
      endLooks?.();
      stopping.abort();
      await looking;
    },
  };
}

const MAX_TOLD = 1000;

function isNew(told: Set<string>, key: string): boolean {
  if (told.has(key)) return false;
  if (told.size >= MAX_TOLD) told.clear();
  told.add(key);
  return true;
}

interface Import {
  readonly source: ImportSource;
  readonly options: Parameters<Workspace['catalog']['importFiles']>[1];
}

/** @throws ShelfwalkError CONFIG_INVALID — nothing says how files of this kind are read */
function toImport({ kind, path }: Arrival, mappings: WatchMapping): Import {
  const given = mappings[kind];
  if (!given) {
    throw new ShelfwalkError('CONFIG_INVALID', {
      file: MAPPING_FILE,
      field: kind,
      found: `no mapping, and ${JSON.stringify(path)}`,
      expected: 'which columns are what',
    });
  }
  const { mapping, ...options } = given;
  return { source: { kind, path, mapping } as ImportSource, options };
}

/** One that only this file meets (no mapping for its kind, or a mistake of ours) is no reason to keep others waiting. */
const isOfEveryFile = (error: unknown): boolean =>
  isShelfwalkError(error) && ['DISK_FULL', 'ABORTED', 'SHUTTING_DOWN', 'BUSY'].includes(error.code);

/** It would fail again; anything else (no room, stopped) may pass. One that is gone is nobody's fault. */
const isOfTheFile = (error: unknown): error is ShelfwalkError =>
  isShelfwalkError(error) && error.code.startsWith('IMPORT_') && error.code !== 'IMPORT_FILE_MISSING';
