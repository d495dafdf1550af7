/** One run of the command line, from arguments to exit code. Nothing here ends the process. */

import pico from 'picocolors';
import type { Operation } from '../pipeline/operation.ts';
import { OPERATIONS } from '../pipeline/operations.ts';
import { findHelpExit, toExitCode, toFailureJson, toFailureText, toShelfwalkError } from './failure.ts';
import type { CliIo } from './io.ts';
import { createProgram } from './program.ts';

/**
 * @param args without node and script
 * @returns exit code; docs/cli.md lists them
 */
export async function runCli(
  args: readonly string[],
  io: CliIo,
  operations: readonly Operation[] = OPERATIONS,
): Promise<number> {
  try {
    await createProgram({ io, typed: args, operations }).parseAsync(args, { from: 'user' });
    return 0;
  } catch (failure) {
    const helpExit = findHelpExit(failure);
    if (helpExit !== undefined) return helpExit;
    const error = toShelfwalkError(failure);
    // Read here, because arguments that cannot be parsed must be answered in the same form.
    if (args.includes('--json')) io.out(`${JSON.stringify(toFailureJson(error), null, 2)}\n`);
    const isPlain = !io.errors.isTTY || io.environment['NO_COLOR'];
    io.errors.write(
      toFailureText(error, { colors: pico.createColors(!isPlain), verbose: args.includes('--verbose') }),
    );
    return toExitCode(error, io.signal);
  }
}
