/**
 * `npm start` as a newcomer types it, in a process group of its own: waits for the three curl lines,
 * runs each, stops the server, starts it again and checks that the second start trains nothing.
 *
 *     node test/start-and-stop.mjs <data directory>
 */
import { execFileSync, spawn } from 'node:child_process';

const dataDir = process.argv[2];
const FIRST_START_MS = 240_000;
const SECOND_START_MS = 120_000; // npm start builds, too

/** Resolves with all that was printed once `pattern` has been seen three times. */
function start(limitMs) {
  const child = spawn('npm', ['start', '--', '--data-dir', dataDir, '--port', '18080'], { detached: true });
  let output = '';
  const ready = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in ${limitMs} ms:\n${output}`)), limitMs);
    const read = (chunk) => {
      output += chunk;
      if ([...output.matchAll(CURL)].length >= 3) {
        clearTimeout(timer);
        resolve(output);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => reject(new Error(`ended with ${code}:\n${output}`)));
  });
  const stop = () =>
    new Promise((resolve) => {
      child.removeAllListeners('exit').on('exit', resolve);
      process.kill(-child.pid, 'SIGTERM');
    });
  return { ready, stop };
}

const CURL = /^\s*curl '[^']*'$/gm;

async function round(limitMs) {
  const server = start(limitMs);
  try {
    const startedAt = performance.now();
    const output = await server.ready;
    const tookMs = performance.now() - startedAt;
    for (const [line] of output.matchAll(CURL)) {
      const body = JSON.parse(
        execFileSync('bash', ['-c', `${line.trim().replace(/^curl /, 'curl -sSf ')}`], { encoding: 'utf8' }),
      );
      if (!Array.isArray(body.results) || body.results.length === 0)
        throw new Error(`no results from: ${line}`);
    }
    return { output, tookMs };
  } finally {
    await server.stop();
  }
}

const first = await round(FIRST_START_MS);
const second = await round(SECOND_START_MS);
if (/walk \+ train/.test(second.output)) throw new Error(`the second start trained again:\n${second.output}`);
console.log(
  `first start ${Math.round(first.tookMs / 1000)} s, second ${(second.tookMs / 1000).toFixed(1)} s, three curl lines each answered`,
);
