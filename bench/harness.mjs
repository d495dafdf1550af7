// @ts-check
/**
 * What every bench needs: flags, a clock of CPU seconds, the machine it ran on, spreads, claims, and
 * the report at the end. The rules it serves are in bench/README.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** @typedef {NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>} Flags */
/** @typedef {Record<string, string> & { check?: any }} Values text, except for the flags that take none */
/** @typedef {{ median: number, min: number, max: number, rounds: number }} Spread */
/**
 * A figure with a floor or a ceiling; `measured` undefined: it could not be taken, and `text` of the
 * report says why.
 * `spread` is what `measured` is the median of, where there were rounds.
 * @typedef {{ text: string, measured: number | undefined, spread?: Spread, atLeast?: number, atMost?: number }} Claim
 */

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The flags of all benches, and those of this one. Ends the process with a sentence where a flag is unknown.
 * @param {string} usage printed for --help, and when a flag is wrong
 * @param {Flags} [own]
 */
export function readFlags(usage, own = {}) {
  /** @type {Flags} */
  const options = {
    json: { type: 'string' },
    check: { type: 'boolean', default: false },
    graphs: { type: 'string', default: join(tmpdir(), 'shelfwalk-bench') },
    python: { type: 'string', default: process.env['SHELFWALK_PEERS_PYTHON'] ?? '' },
    rounds: { type: 'string' },
    help: { type: 'boolean', default: false },
    ...own,
  };
  try {
    const values = /** @type {Values} */ (/** @type {unknown} */ (parseArgs({ options }).values));
    if (!values['help']) return values;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n${usage}`);
    process.exit(2);
  }
}

/**
 * CPU seconds of the calling thread, so that another process on the machine does not count. Linux
 * says it for a thread; elsewhere it is the process's, which adds its collector and compiler.
 */
export function toThreadClock() {
  try {
    readFileSync('/proc/thread-self/schedstat');
    return () => {
      process.cpuUsage(); // getrusage brings the running thread's account up to date; the file alone is a tick old
      return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e9;
    };
  } catch {
    return () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    };
  }
}

export function toMachine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    threads: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg().map((l) => +l.toFixed(2)),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    commit: readCommit(),
    at: new Date().toISOString(),
  };
}

function readCommit() {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', 'src') ? ' with changes' : ''}`;
  } catch {
    return 'not committed';
  }
}

/** @param {number[]} values @returns {Spread} */
export function toSpread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: /** @type {number} */ (sorted.at(-1)), rounds: sorted.length };
}

/**
 * A round's ratio is taken within the round, where both sides saw the same load.
 * @param {number[]} ours @param {number[]} theirs parallel
 */
export const toRatios = (ours, theirs) => toSpread(ours.map((x, round) => x / theirs[round]));

/** @param {Spread} s @param {number} [unit] @param {number} [digits] */
export const say = (s, unit = 1, digits = 2) => {
  const text = (/** @type {number} */ x) => (x / unit).toFixed(digits);
  return `${text(s.median)} [${text(s.min)}–${text(s.max)}]`;
};

/** @param {Claim} claim */
export function isMet({ measured, atLeast, atMost }) {
  if (measured === undefined) return undefined;
  return (
    measured >= (atLeast ?? Number.NEGATIVE_INFINITY) && measured <= (atMost ?? Number.POSITIVE_INFINITY)
  );
}

/** A claim, what it asks for and whether it is met, in a line. @param {Claim} claim */
export function toVerdict(claim) {
  const met = isMet(claim);
  const { text, measured, atLeast, atMost } = claim;
  const bound = atLeast !== undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  const verdict = met === undefined ? 'NOT MEASURED' : met ? 'met' : 'MISSED';
  return `${verdict}: ${text}: ${measured?.toFixed(3) ?? '–'} (${bound})`;
}

/** @param {string} path @param {object} report */
export function writeReport(path, report) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, undefined, 1)}\n`);
}

/**
 * Prints claims, writes `--json`, and with `--check` ends with 1 where a claim is missed or was not measured.
 * @param {{ bench: string, claims: Claim[], notes?: string[] } & Record<string, unknown>} report
 * @param {Values} flags
 * @param {ReturnType<typeof toMachine>} startedOn
 */
export function finish({ bench, claims, notes = [], ...body }, flags, startedOn) {
  const machine = { ...startedOn, loadAtEnd: loadavg().map((l) => +l.toFixed(2)) };
  for (const note of notes) console.log(`note: ${note}`);
  for (const claim of claims) console.log(toVerdict(claim));
  if (machine.load[0] > 1)
    console.log(`note: load was ${machine.load[0]} before the start: quote ratios, not rates`);
  const { json, check } = flags;
  if (json) {
    const stated = claims.map((claim) => ({ ...claim, met: isMet(claim) }));
    writeReport(json, { bench, machine, claims: stated, notes, ...body });
    console.log(`written: ${json}`);
  }
  if (check && claims.some((claim) => isMet(claim) !== true)) process.exitCode = 1;
}
