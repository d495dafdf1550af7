/** What the command line touches of the process, in one place, so that tests can stand in for it. */

export interface CliIo {
  /** Standard output: results, and nothing else. */
  readonly out: (text: string) => void;
  /** Standard error: progress, notes, failures. Colours and bars only where it is a terminal. */
  readonly errors: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Fires on the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}
