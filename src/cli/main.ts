#!/usr/bin/env node
/** The executable: binds the command line to this process, its streams and its signals. */
import { runCli } from './run.ts';

const controller = new AbortController();
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** The first one asks the work to stop, the second one does not ask. */
function onSignal(signal: keyof typeof EXIT_CODES): void {
  if (controller.signal.aborted) process.exit(EXIT_CODES[signal]);
  controller.abort(signal);
}
process.on('SIGINT', onSignal).on('SIGTERM', onSignal);

// `shelfwalk … | head` closes our output early: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  errors: process.stderr,
  environment: process.env,
  cwd: process.cwd(),
  signal: controller.signal,
  now: () => performance.now(),
});
process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
