/** Where a public data set lies, by SHELFWALK_DATASETS (docs/datasets.md). SHELFWALK_REQUIRE=datasets turns a missing one into a failure. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { reportMissing } from '../required.ts';

export function findDataset(name: string): string | undefined {
  const root = process.env['SHELFWALK_DATASETS'];
  const folder = root && join(root, name);
  if (folder && existsSync(folder)) return folder;
  const where = `SHELFWALK_DATASETS ${root ? `= ${root}` : 'is not set'}`;
  return reportMissing('datasets', `data set ${name}: not found (${where}), see docs/datasets.md`);
}
