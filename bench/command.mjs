// @ts-check
/**
 * The command line as a bench runs it: each command a process of its own, with what it took (wall, CPU,
 * peak memory of the whole process) said by the process itself.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './harness.mjs';

/** @typedef {{ peakBytes: number, cpuSeconds: number, wallSeconds: number }} Usage */
/** @typedef {Usage & { stage: string, report: any }} Stage */

const MAIN = join(ROOT, 'dist/cli/main.js');
const HOOK = new URL('report-usage.mjs', import.meta.url).href;

/**
 * Starts one command; its usage lies in `usagePath` once it has ended.
 * @param {string} usagePath @param {string[]} args
 */
function spawnCommand(usagePath, args) {
  return spawn(process.execPath, ['--import', HOOK, MAIN, ...args], {
    env: { ...process.env, SHELFWALK_BENCH_USAGE: usagePath },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** @param {string} path @returns {Usage} */
const readUsage = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** @param {string} dataDir @param {string} stage */
const toUsagePath = (dataDir, stage) => join(dataDir, '..', `${stage.replaceAll(' ', '-')}.usage.json`);

/**
 * Runs one command to its end.
 * @param {string} stage @param {string} dataDir @param {string[]} args @returns {Promise<Stage>}
 */
export async function runCommand(stage, dataDir, args) {
  const usagePath = toUsagePath(dataDir, stage);
  const child = spawnCommand(usagePath, [...args, '--data-dir', dataDir, '--json', '--quiet']);
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    out += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${stage} ended with ${code}: ${out}`);
  const usage = readUsage(usagePath);
  console.log(`${stage}: ${usage.wallSeconds.toFixed(1)} s, ${(usage.peakBytes / 2 ** 20).toFixed(0)} MiB`);
  return { stage, ...usage, report: JSON.parse(out) };
}

/**
 * Starts a server on the data directory, has it asked, and stops it. `readySeconds`: from the start of the process
 * until it listens with the model loaded.
 * @template T @param {string} dataDir @param {(url: string) => Promise<T>} ask
 */
export async function withServer(dataDir, ask) {
  const usagePath = toUsagePath(dataDir, 'serve');
  const startedAt = performance.now();
  const child = spawnCommand(usagePath, [
    ...['serve', '--port', '0', '--log-level', 'silent', '--data-dir', dataDir, '--json'],
  ]);
  const ended = new Promise((resolve) => child.on('close', resolve));
  try {
    const { url } = await readDocument(child.stdout);
    const readySeconds = (performance.now() - startedAt) / 1000;
    const answer = await ask(url);
    child.kill('SIGTERM');
    await ended;
    return { ...readUsage(usagePath), readySeconds, answer };
  } finally {
    child.kill('SIGKILL'); // already gone where all went well
  }
}

/**
 * One question to a server that has just started; `answerSeconds`: the first answer, caches cold.
 * @param {string} dataDir @param {string} path
 */
export async function runServer(dataDir, path) {
  const { answer, ...usage } = await withServer(dataDir, async (url) => {
    const startedAt = performance.now();
    const reply = await fetch(new URL(path, url));
    const report = await reply.json();
    if (!reply.ok) throw new Error(`${path}: ${JSON.stringify(report)}`);
    return { answerSeconds: (performance.now() - startedAt) / 1000, report };
  });
  const [ready, first] = [usage.readySeconds.toFixed(1), answer.answerSeconds.toFixed(3)];
  console.log(`serve: ready after ${ready} s, first answer ${first} s`);
  return { stage: 'load and first answer', ...usage, ...answer };
}

/** The first JSON document on a stream that goes on. @param {import('node:stream').Readable} stream @returns {Promise<any>} */
async function readDocument(stream) {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk;
    try {
      return JSON.parse(text);
    } catch {
      // not whole yet
    }
  }
  throw new Error(`the server ended before it listened: ${text}`);
}
