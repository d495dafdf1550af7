/** Runs the command line within the test: no process, streams kept as text. */
import { runCli } from '../../src/cli/run.ts';
import type { Operation } from '../../src/pipeline/operation.ts';
import { createSink } from './sink.ts';

export interface Invocation {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

export interface InvocationOptions {
  readonly operations?: readonly Operation[];
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export async function invoke(args: readonly string[], options: InvocationOptions = {}): Promise<Invocation> {
  const sink = createSink();
  let out = '';
  const code = await runCli(
    args,
    {
      out: (text) => {
        out += text;
      },
      errors: sink.stream,
      environment: options.environment ?? {},
      cwd: options.cwd ?? '/nowhere',
      signal: options.signal ?? new AbortController().signal,
      now: () => performance.now(),
    },
    options.operations,
  );
  return { code, out, errors: sink.text() };
}
