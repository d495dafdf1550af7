/** What a long run found, kept in bench/results beside the machine it was found on. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';

const toLoad = (): number[] => loadavg().map((load) => Number(load.toFixed(2)));
const loadAtStart = toLoad();

export async function writeSoakReport(path: string, soak: string, found: object): Promise<void> {
  const machine = {
    cpu: cpus()[0]?.model,
    threads: availableParallelism(),
    node: process.version,
    load: loadAtStart,
    loadAtEnd: toLoad(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    at: new Date().toISOString(),
  };
  await writeFile(path, `${JSON.stringify({ soak, machine, ...found }, undefined, 1)}\n`);
}
