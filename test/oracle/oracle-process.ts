/**
 * The Python that oracle tests ask, by SHELFWALK_ORACLE_PYTHON (test/oracle/README.md). A script stays up
 * and answers one JSON line with one JSON line, so that its imports are paid once a file of tests.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { reportMissing } from '../required.ts';

export interface Oracle {
  /** @throws with Python's traceback where the script fails */
  // biome-ignore lint/suspicious/noExplicitAny: plain JSON; each test knows what it asked for
  ask(question: { readonly do: string } & Record<string, unknown>): Promise<any>;
  close(): Promise<void>;
}

/** Undefined where none is named; a named one that is not there is an error, also without SHELFWALK_REQUIRE. */
export function findOraclePython(): string | undefined {
  const python = process.env['SHELFWALK_ORACLE_PYTHON'];
  if (!python)
    return reportMissing(
      'gensim',
      'oracles in Python: SHELFWALK_ORACLE_PYTHON is not set, see test/oracle/README.md',
    );
  if (!existsSync(python)) throw new Error(`SHELFWALK_ORACLE_PYTHON = ${python}: there is no such file`);
  return python;
}

/** @param script in test/oracle */
export async function openOracle(python: string, script: string): Promise<Oracle> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  // -B: no __pycache__ beside the tests; one thread, or the linear algebra takes every core of the machine.
  const child = spawn(python, ['-u', '-B', path], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${script} ended before it answered`);
    return JSON.parse(value);
  };
  await read(); // its first line says that it is ready
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const answer = await read();
      if (answer.error) throw new Error(`${script}: ${answer.error}`);
      return answer;
    },
    close: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}

/** Equal bits: NaN is like NaN and 0 unlike −0. */
export const toBits = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

export function fromBits(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
