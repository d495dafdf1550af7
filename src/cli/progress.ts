/**
 * Progress on standard error: a bar per stage on a terminal, elsewhere a plain line every few seconds.
 * Work that is over within two seconds shows nothing.
 */
import { SingleBar } from 'cli-progress';
import type { Progress } from '../base/task.ts';
import type { CliIo } from './io.ts';

export interface ProgressView {
  readonly onProgress: (progress: Progress) => void;
  /** The work is done: the last bar is filled and ended. */
  finish(): void;
  /** Ends the bar as it stands, so that what is printed next has a line of its own. */
  close(): void;
}

const SILENT_MS = 2000;
/** A stage that is over sooner gets no bar: a dozen of them would scroll by unread. */
const BAR_AFTER_MS = 400;
const LINE_EVERY_MS = 5000;
const BAR_WIDTHS = { min: 6, max: 24 };

interface Stage {
  readonly name: string;
  readonly startedMs: number;
  readonly startedAt: number; // `done` of the first report
}

export function createProgressView(
  { errors, now }: Pick<CliIo, 'errors' | 'now'>,
  isQuiet: boolean,
): ProgressView {
  if (isQuiet) return { onProgress: () => {}, finish: () => {}, close: () => {} };
  const openedMs = now();
  let stage: Stage | undefined;
  const painter = errors.isTTY ? createBars(errors) : createLines(errors, now);
  return {
    onProgress(progress) {
      if (stage?.name !== progress.stage) {
        painter.finish(); // of one thing after the other, the one before is done
        stage = { name: progress.stage, startedMs: now(), startedAt: progress.done };
      }
      if (now() - openedMs < SILENT_MS || now() - stage.startedMs < painter.afterMs) return;
      painter.show(progress, toPace(progress, stage, now()));
    },
    finish: () => painter.finish(),
    close: () => painter.close(),
  };
}

/** Runs `work` with a view that ends with it: filled when it is done, as it stands when it has failed. */
export async function withProgress<T>(
  io: Pick<CliIo, 'errors' | 'now'>,
  isQuiet: boolean,
  work: (onProgress: ProgressView['onProgress']) => Promise<T>,
): Promise<T> {
  const view = createProgressView(io, isQuiet);
  try {
    const result = await work(view.onProgress);
    view.finish();
    return result;
  } finally {
    view.close();
  }
}

/** Rate since the stage began, and how long the rest takes at that rate. */
function toPace({ done, total }: Progress, { startedMs, startedAt }: Stage, nowMs: number): Pace {
  const seconds = (nowMs - startedMs) / 1000;
  const rate = seconds > 0 ? (done - startedAt) / seconds : 0;
  if (rate <= 0) return {};
  return { rate, etaSeconds: total === undefined ? undefined : Math.max(0, total - done) / rate };
}

interface Pace {
  readonly rate?: number; // units per second
  readonly etaSeconds?: number;
}

interface Painter {
  /** How long a stage must have lasted to be shown. */
  readonly afterMs: number;
  show(progress: Progress, pace: Pace): void;
  finish(): void;
  close(): void;
}

/** `walk + train  412,000 / 1,000,000 walks, 51,000/s, 12 s left` */
export function toProgressLine({ stage, done, total, unit }: Progress, { rate, etaSeconds }: Pace): string {
  const counted = total === undefined ? toCount(done) : `${toCount(done)} / ${toCount(total)}`;
  const facts = [`${counted} ${unit}`];
  if (rate !== undefined) facts.push(`${toCount(rate)}/s`);
  if (etaSeconds !== undefined) facts.push(`${toDuration(etaSeconds)} left`);
  return `${stage}  ${facts.join(', ')}`;
}

function createLines(stream: CliIo['errors'], now: () => number): Painter {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    afterMs: 0,
    show(progress, pace) {
      if (now() - lastMs < LINE_EVERY_MS) return;
      lastMs = now();
      stream.write(`${toProgressLine(progress, pace)}\n`);
    },
    finish: () => {},
    close: () => {},
  };
}

function createBars(stream: CliIo['errors']): Painter {
  let bar: SingleBar | undefined;
  let shown: Progress | undefined;
  let text = '';
  const close = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    afterMs: BAR_AFTER_MS,
    show(progress, pace) {
      shown = progress;
      text = toBarLine(progress, pace, stream.columns ?? 80);
      if (bar) return bar.update(progress.done);
      bar = new SingleBar({ stream, format: () => text, gracefulExit: false, linewrap: false, fps: 5 });
      bar.start(progress.total ?? 0, progress.done);
    },
    finish() {
      if (bar && shown)
        text = toBarLine({ ...shown, done: shown.total ?? shown.done }, {}, stream.columns ?? 80);
      close();
    },
    close,
  };
}

/** The bar takes what the words leave of the line. */
function toBarLine(progress: Progress, pace: Pace, columns: number): string {
  const { done, total } = progress;
  const line = toProgressLine(progress, pace);
  if (!total) return line;
  const width = Math.min(BAR_WIDTHS.max, Math.max(BAR_WIDTHS.min, columns - line.length - 2));
  const full = Math.round(width * Math.min(1, done / total));
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${line}`;
}

const toCount = (n: number): string =>
  n.toLocaleString('en-US', n < 10 ? { maximumFractionDigits: 1 } : { maximumFractionDigits: 0 });

/** 75 → `1 min 15 s` */
export function toDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
