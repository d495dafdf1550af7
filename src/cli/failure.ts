/** How a failure leaves the command line: a line for people, JSON for machines, and an exit code. */
import { CommanderError } from 'commander';
import type { Colors } from 'picocolors/types.js';
import { ERRORS, isShelfwalkError, ShelfwalkError } from '../base/errors.ts';

/** What shells expect of a process that a signal has ended: 128 + its number. */
const SIGNAL_EXITS: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Exit code if commander has printed what there is to say: help or the version that was asked for, or
 * help in place of a command that is missing.
 */
export function findHelpExit(error: unknown): number | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  if (error.exitCode === 0) return 0;
  return error.code === 'commander.help' ? ERRORS.USAGE_INVALID.exit : undefined;
}

export function toShelfwalkError(error: unknown): ShelfwalkError {
  if (error instanceof ShelfwalkError) return error;
  if (error instanceof CommanderError)
    return new ShelfwalkError('USAGE_INVALID', { found: toReason(error) }, { cause: error });
  const found = error instanceof Error ? error.message : String(error);
  return new ShelfwalkError(
    'INTERNAL',
    { found, hint: 'Run it again with --verbose to see where' },
    { cause: error },
  );
}

export function toExitCode(error: ShelfwalkError, signal: AbortSignal): number {
  const wasStopped = isShelfwalkError(error, 'ABORTED') && signal.aborted;
  return (wasStopped ? SIGNAL_EXITS[String(signal.reason)] : undefined) ?? error.exitCode;
}

/** `error CODE: what is wrong: fact=…`, then the hint on a line of its own. */
export function toFailureText(
  error: ShelfwalkError,
  { colors, verbose }: { colors: Colors; verbose: boolean },
): string {
  const { hint } = error.details;
  const message = typeof hint === 'string' ? error.message.slice(0, -`. ${hint}`.length) : error.message;
  const lines = [`${colors.red('error')} ${colors.bold(error.code)}: ${message}`];
  if (typeof hint === 'string') lines.push(`  ${hint}`);
  if (verbose) for (let e: unknown = error; e instanceof Error; e = e.cause) lines.push(e.stack ?? e.message);
  return `${lines.join('\n')}\n`;
}

export const toFailureJson = ({ code, message, details }: ShelfwalkError): object => ({
  error: { code, message, details },
});

/** Commander's `error: unknown option '--walk-lenght'\n(Did you mean --walk-length?)`, on one line. */
const toReason = ({ message }: CommanderError): string =>
  message.replace(/^error: /, '').replaceAll('\n', ' ');
