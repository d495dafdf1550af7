/** The report of an evaluation as files: one for programs, one for people. */
import { writeNewFiles } from '../vectors/new-files.ts';
import { toRecipePage } from './report-pages.ts';
import type { RunContext } from './run-checkpoints.ts';
import type { RecipeReport } from './split-report.ts';

export const REPORT_FILES = ['report.json', 'report.html'] as const;

/**
 * @param paths of REPORT_FILES, in that order
 * @throws ShelfwalkError DISK_FULL · ABORTED; no file is changed then
 */
export async function writeReport(
  paths: readonly string[],
  report: RecipeReport,
  { signal }: Pick<RunContext, 'signal'>,
): Promise<void> {
  const texts = [`${JSON.stringify(report, null, 2)}\n`, toRecipePage(report)];
  await writeNewFiles(
    texts.map((text, i) => ({ path: paths[i]!, chunks: toChunks(text) })),
    signal,
  );
}

async function* toChunks(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
