/** Pages for people: of an evaluation, and of a version with the evaluation that it was published with. */
import { toEmptyPage, toReportPage } from '../analyze/report-page.ts';
import type { Split } from '../graph/types.ts';
import type { Manifest } from '../vectors/types.ts';
import type { Measured, RecipeReport, SplitReport } from './split-report.ts';
import type { NotEvaluated } from './train-version.ts';

export function toRecipePage(report: RecipeReport): string {
  const { split, measured, against } = report;
  return toReportPage(report, {
    facts: {
      ...(measured && { measured: toMeasuredText(measured) }),
      ...(against && { 'compared with': toMeasuredText(against) }),
      'held out': toSplitText(split),
    },
    settings: {
      ...(measured && { 'What was measured': measured.recipe }),
      ...(against && { 'What it was compared with': against.recipe }),
    },
  });
}

const toMeasuredText = ({ version, asIs }: Measured): string =>
  version === undefined
    ? 'the settings below, trained on the part before the split'
    : asIs
      ? `the vectors of version ${version} as they are`
      : `the recipe of version ${version}, trained on the part before the split`;

/** @param report report.json of the version, of this release or an older one */
export function toVersionPage(
  { id, createdAt, trainedUntil, configuration }: Manifest,
  { evaluation, note }: Readonly<Record<string, unknown>>,
): string {
  const title = `Version ${id}`;
  const known = evaluation as SplitReport | NotEvaluated | undefined;
  if (!known) return toEmptyPage(title, 'its report holds no evaluation');
  if ('notEvaluated' in known) return toEmptyPage(title, known.notEvaluated);
  return toReportPage(known, {
    title,
    facts: {
      made: createdAt,
      ...(trainedUntil !== undefined && { 'trained on events until': trainedUntil }),
      'held out': toSplitText(known.split),
      ...(typeof note === 'string' && { note }),
    },
    settings: { 'What it was trained with': configuration },
  });
}

/** What is held out, in words. */
export function toSplitText(split: Split): string {
  const own = toOwnText(split);
  return split.within ? `${own}; for validation, of what is left beside: ${toSplitText(split.within)}` : own;
}

function toOwnText(split: Split): string {
  switch (split.protocol) {
    case 'time':
      return `events from ${new Date(split.cutoffMs).toISOString()} on`;
    case 'last-basket':
      return 'the last basket of each customer with two';
    case 'last-item':
      return 'the last interaction of each customer with two';
    case 'files':
      return `what was imported from ${split.files.join(', ')}`;
    case 'random':
      return `${split.share * 100} % of the pairs of customer and product, drawn with seed ${split.seed}`;
  }
}
