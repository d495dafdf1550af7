// @ts-check
/** Another bench as a process of its own, for those that gather what others claim. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @param {string} name of NAME.bench.mjs @param {string[]} args
 * @param {{ workDir: string, graphs: string }} folders its report goes to the first, its --graphs is the second
 * @returns {Promise<any>} its report; undefined where it failed
 */
export async function runBench(name, args, { workDir, graphs }) {
  const json = join(workDir, `${name}.json`);
  const path = fileURLToPath(new URL(`${name}.bench.mjs`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args, '--graphs', graphs, '--json', json], {
    stdio: 'inherit',
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return code === 0 ? JSON.parse(readFileSync(json, 'utf8')) : undefined;
}
