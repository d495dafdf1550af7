/** What a command is given: where the data is, how to run an operation on it, how to print what comes back. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Operation } from '../pipeline/operation.ts';
import type { CliIo } from './io.ts';
import { withProgress } from './progress.ts';
import { withSession } from './session.ts';

export interface Cli {
  /** The command line without node and script, as it was typed. */
  readonly typed: readonly string[];
  readonly io: CliIo;
  readonly operations: readonly Operation[];
}

/** Options that every command takes. */
export interface GlobalFlags {
  readonly dataDir?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export interface Task {
  readonly io: CliIo;
  /** The command line without node and script, as it was typed. */
  readonly typed: readonly string[];
  readonly global: GlobalFlags;
  /** Absolute. */
  readonly dataDir: string;
  readonly operations: readonly Operation[];
  /** @param create make the data directory if it is not there; otherwise that is refused */
  run<O>(name: string, input: unknown, options?: { readonly create?: boolean }): Promise<O>;
  /** The result: as JSON with `--json`, else as `toText` puts it. */
  print<O>(value: O, toText: (value: O) => string): void;
  /** A remark for people, on standard error; not with `--quiet` or `--json`. */
  note(text: string): void;
}

export function openTask(command: Command, { io, typed, operations }: Cli): Task {
  const global = command.optsWithGlobals<GlobalFlags>();
  const dataDir = toDataDir(global, io);
  const note = (text: string) => {
    if (!global.quiet && !global.json) io.errors.write(`${text}\n`);
  };
  return {
    io,
    typed,
    global,
    dataDir,
    operations,
    note,
    run: <O>(name: string, input: unknown, { create = false }: { create?: boolean } = {}) =>
      withSession({ dataDir, operations, create }, async (session) => {
        if (session.server) note(`through the server at ${session.server}`);
        return withProgress(io, global.quiet ?? false, async (onProgress) => {
          return (await session.run(name, input, { signal: io.signal, onProgress })) as O;
        });
      }),
    print(value, toText) {
      io.out(global.json ? `${JSON.stringify(value, null, 2)}\n` : toText(value));
    },
  };
}

const DEFAULT_DATA_DIR = '.shelfwalk';

/** `--data-dir`, else what SHELFWALK_DATA_DIR names, else `./.shelfwalk`. */
export const toDataDir = ({ dataDir }: GlobalFlags, { environment, cwd }: CliIo): string =>
  resolve(cwd, dataDir ?? (environment['SHELFWALK_DATA_DIR'] || DEFAULT_DATA_DIR));
