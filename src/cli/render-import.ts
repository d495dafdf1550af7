/** What an import did, file by file, and what the catalog holds now. */
import type { CatalogCounts, FileReport, ImportReport } from '../pipeline/operations/import.operation.ts';
import { toLine, toNumberText } from './render-table.ts';

export function toImportText({ files, catalog, dryRun, tookMs }: ImportReport): string {
  const took = `${dryRun ? 'dry run, nothing changed' : 'done'} in ${(tookMs / 1000).toFixed(1)} s`;
  return [...files.flatMap(toFileLines), toCatalogLine(catalog), took].map((line) => `${line}\n`).join('');
}

function toFileLines({ path, kind, skipped, ...rows }: FileReport): string[] {
  const name = `${kind}  ${toLine(path)}`;
  if (skipped)
    return [
      `${name}: imported before, on ${skipped.importedAt}; nothing changed (--again imports it anyway)`,
    ];
  const lines = [`${name}: ${toNumberText(rows.rowsAccepted)} of ${toNumberText(rows.rowsRead)} rows`];
  if (rows.rowsRejected > 0) {
    const reasons = Object.entries(rows.rejectedByReason).map(
      ([reason, n]) => `${toNumberText(n)} ${reason}`,
    );
    const where = rows.rejectsFile ? `; see ${toLine(rows.rejectsFile)}` : '';
    lines.push(`  rejected ${toNumberText(rows.rowsRejected)}: ${reasons.join(', ')}${where}`);
  }
  return [...lines, ...rows.warnings.map((warning) => `  note: ${toLine(warning)}`)];
}

function toCatalogLine({ edges, ...rest }: CatalogCounts): string {
  const { customers, products, attributes, interactions, returns, baskets } = rest;
  const given = { ...(returns > 0 && { returns }), ...(edges > 0 && { edges }) };
  const counts = Object.entries({ customers, products, attributes, interactions, baskets, ...given });
  return `catalog: ${counts.map(([name, n]) => `${toNumberText(n)} ${name}`).join(', ')}`;
}
