/** Where a public data set lies, by SHELFWALK_DATASETS (docs/datasets.md). SHELFWALK_REQUIRE=datasets turns a missing one into a failure. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export function findDataset(name: string): string | undefined {
  const root = process.env['SHELFWALK_DATASETS'];
  const folder = root && join(root, name);
  if (folder && existsSync(folder)) return folder;
  const said = `data set ${name}: not found (SHELFWALK_DATASETS ${root ? `= ${root}` : 'is not set'}), see docs/datasets.md`;
  if (process.env['SHELFWALK_REQUIRE']?.split(',').includes('datasets')) throw new Error(said);
  console.warn(`not run — ${said}`);
  return undefined;
}
