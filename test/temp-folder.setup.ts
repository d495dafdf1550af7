/** One temporary folder for the whole run, removed with all that tests left in it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfwalk-tests-'));
  process.env['TMPDIR'] = folder; // what os.tmpdir() answers in the forks, and in what they start
  return () => rm(folder, { recursive: true, force: true });
}
