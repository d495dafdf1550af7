// @ts-check
/**
 * A peer is a Python program that stays up and answers one JSON line with one JSON line, so that its
 * rounds can stand between ours. Its threads are held to one by the environment.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ONE_THREAD = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'NUMBA_NUM_THREADS'];

/** What holds NumPy's and Numba's threads to one. @returns {Record<string, string>} */
export const oneThread = () => Object.fromEntries(ONE_THREAD.map((name) => [name, '1']));

/** @typedef {{ ask: (question: object) => Promise<any>, close: () => void }} Peer */

/**
 * @param {string} python of the environment that bench/peers/setup.sh makes; '' : there is none
 * @param {string} script in bench/peers
 * @returns {Promise<Peer | undefined>} undefined where no Python was named; a named one that fails is an error
 */
export async function openPeer(python, script) {
  if (!python) return undefined;
  if (!existsSync(python))
    throw new Error(`--python ${python}: there is no such file (see bench/peers/README.md)`);
  const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
  const env = { ...process.env, ...oneThread() };
  const child = spawn(python, ['-u', path], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${script} ended before it answered`);
    return JSON.parse(value);
  };
  await read(); // its first line says that it is ready
  return {
    ask: async (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const answer = await read();
      if (answer.error) throw new Error(`${script}: ${answer.error}`);
      return answer;
    },
    close: () => child.stdin.end(),
  };
}

export const NO_PEER = 'no Python was named (--python or SHELFWALK_PEERS_PYTHON): the peer was not run';
