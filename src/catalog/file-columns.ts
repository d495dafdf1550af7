/**
 * The columns of a file, for whoever does not know them by heart: its first record and no more, and of
 * Parquet the schema. No catalog is opened for it.
 */
import { tmpdir } from 'node:os';
import { isShelfwalkError } from '../base/errors.ts';
import { type FileFormat, type FileProbe, probeFile } from './file-probe.ts';
import { openSourceFile, scratchName } from './reader.ts';
import { CsvScanner, LineScanner, type RecordSink } from './record-scanner.ts';
import { parseRecord } from './text-copy.ts';
import { scanText } from './text-scan.ts';

/**
 * Of NDJSON the keys of the first record; later ones may have more.
 * @param format instead of by the name
 * @returns in the order of the file; none of a file without names for them, as an edge list is
 * @throws ShelfwalkError IMPORT_FILE_MISSING · IMPORT_FILE_UNREADABLE
 */
export async function readFileColumns(path: string, format?: FileFormat): Promise<readonly string[]> {
  const probe = await probeFile(path, format);
  switch (probe.format) {
    case 'csv':
    case 'tsv': {
      const delimiter = probe.format === 'csv' ? ',' : '\t';
      const first = await readFirstRecord(probe, (sink) => new CsvScanner(delimiter, sink));
      return first === undefined ? [] : parseRecord(first, delimiter);
    }
    case 'ndjson':
      return toKeys(await readFirstRecord(probe, (sink) => new LineScanner(sink)));
    case 'parquet':
      return readSchema(probe);
    default:
      return [];
  }
}

/** Undefined: there is none that can be read. What lies behind the chunk that it ends in is not read. */
async function readFirstRecord(
  probe: FileProbe,
  toScanner: (sink: RecordSink) => CsvScanner | LineScanner,
): Promise<string | undefined> {
  const enough = new AbortController();
  let first: string | undefined;
  const sink: RecordSink = {
    record(buffer, { start, end }) {
      first ??= buffer.toString('utf8', start, end);
      enough.abort();
    },
    fault: () => enough.abort(),
  };
  try {
    await scanText(probe, toScanner(sink), { context: { signal: enough.signal } });
  } catch (error) {
    if (!isShelfwalkError(error, 'ABORTED')) throw error;
  }
  return first;
}

function toKeys(line: string | undefined): readonly string[] {
  try {
    const value: unknown = JSON.parse(line ?? 'null');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  } catch {
    return []; // no JSON: the import says which line, and what is wrong with it
  }
}

async function readSchema(probe: FileProbe): Promise<readonly string[]> {
  const { openMemorySession } = await import('./database.ts'); // loaded for Parquet alone
  const session = await openMemorySession();
  try {
    const scratchBase = scratchName(tmpdir(), process.pid);
    const file = await openSourceFile({ session, probe, scratchBase, context: {} });
    await file.close();
    return file.columns;
  } finally {
    session.close();
  }
}
