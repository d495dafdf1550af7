/** When the schedule starts a job, on a clock that the test turns. */
import { expect, test } from 'vitest';
import { CHECK_EVERY_MS, type ScheduleOptions, startSchedule } from '../../src/pipeline/jobs/schedule.ts';
import type { Job, JobState } from '../../src/pipeline/jobs/types.ts';
import { silent } from '../serve/fakes.ts';

const MINUTE_MS = 60_000;
const NOON = Date.parse('2026-01-01T12:00:00.000Z');

interface Rig {
  /** Jobs that were asked for. */
  readonly started: number[]; // minutes after noon
  changes: number | Error;
  isBusy: boolean;
  obstacle: string | undefined;
  /** Reasons why nothing was started. */
  readonly said: string[];
  /** Turns the clock, check by check. */
  pass(minutes: number): Promise<void>;
  /** The last job has ended so. */
  end(state: JobState): void;
  stop(): void;
}

function rig(settings: Pick<ScheduleOptions, 'everyMs' | 'afterChanges'>, jobs: Job[] = []): Rig {
  let now = NOON;
  let work: (() => void) | undefined;
  const started: number[] = [];
  const said: string[] = [];
  const stop = startSchedule({
    ...settings,
    operation: 'refresh',
    jobs: { list: () => [...jobs] },
    log: {
      ...silent,
      warn: (facts, message) => {
        if (message.includes('in vain')) said.push((facts as { because: string }).because);
      },
    },
    clock: {
      now: () => now,
      every(ms, given) {
        expect(ms).toBe(CHECK_EVERY_MS);
        work = given;
        return () => {
          work = undefined;
        };
      },
    },
    async countChanges() {
      if (self.changes instanceof Error) throw self.changes;
      return self.changes;
    },
    async findObstacle() {
      return self.obstacle;
    },
    async submit() {
      if (self.isBusy) throw new Error('busy');
      started.push((now - NOON) / MINUTE_MS);
      jobs.unshift(toJob('refresh', 'queued'));
    },
  });
  const self: Rig = {
    started,
    changes: 0,
    isBusy: false,
    obstacle: undefined,
    said,
    async pass(minutes) {
      for (const end = now + minutes * MINUTE_MS; now < end; ) {
        now += CHECK_EVERY_MS;
        work?.();
        for (let i = 0; i < 8; i++) await Promise.resolve();
      }
    },
    end(state) {
      jobs[0] = toJob('refresh', state, new Date(now).toISOString());
    },
    stop,
  };
  return self;
}

const toJob = (operation: string, state: JobState, endedAt?: string): Job => {
  const createdAt = '2026-01-01T00:00:00.000Z';
  const id = '20260101T000000Z-0000';
  return { id, operation, state, endedAt, input: {}, createdAt, attempts: 1, crashes: 0, warnings: [] };
};

test('every 10 minutes, counted from the end of the last one', async () => {
  const r = rig({ everyMs: 10 * MINUTE_MS });
  await r.pass(9);
  expect(r.started).toEqual([]);
  await r.pass(1);
  expect(r.started).toEqual([10]);
  await r.pass(30); // it still runs: no second one
  expect(r.started).toEqual([10]);
  r.end('failed');
  await r.pass(9);
  expect(r.started).toEqual([10]);
  await r.pass(1);
  expect(r.started).toEqual([10, 50]);
});

test('the last one of the server before counts, jobs of another kind do not', async () => {
  const before = new Date(NOON - 7 * MINUTE_MS).toISOString();
  const jobs = [toJob('train', 'running'), toJob('refresh', 'succeeded', before)];
  const r = rig({ everyMs: 10 * MINUTE_MS }, jobs);
  await r.pass(5);
  expect(r.started).toEqual([3]);
});

test('after 100 changes; those that a job was started for start no other one, be it that it failed', async () => {
  const r = rig({ afterChanges: 100 });
  r.changes = 99;
  await r.pass(5);
  expect(r.started).toEqual([]);
  r.changes = 130;
  await r.pass(1);
  expect(r.started).toHaveLength(1);
  r.end('failed');
  r.changes = 229;
  await r.pass(60);
  expect(r.started).toHaveLength(1);
  r.changes = 230;
  await r.pass(1);
  expect(r.started).toHaveLength(2);
  r.end('succeeded');
  r.changes = 20; // 20 came while it ran
  await r.pass(60);
  expect(r.started).toHaveLength(2);
  r.changes = 100;
  await r.pass(1);
  expect(r.started).toHaveLength(3);
});

test('none while it would be in vain, which is said once; and again where it is for another reason', async () => {
  const r = rig({ everyMs: 10 * MINUTE_MS, afterChanges: 100 });
  r.obstacle = 'a roll-up';
  r.changes = 100;
  await r.pass(60);
  expect([r.started, r.said]).toEqual([[], ['a roll-up']]);
  r.obstacle = 'imported';
  await r.pass(1);
  expect(r.said).toEqual(['a roll-up', 'imported']);
  r.obstacle = undefined;
  await r.pass(1);
  expect(r.started).toHaveLength(1);
});

test('both: whichever comes first', async () => {
  const r = rig({ everyMs: 10 * MINUTE_MS, afterChanges: 100 });
  r.changes = 100;
  await r.pass(1);
  expect(r.started).toHaveLength(1);
  r.end('succeeded');
  r.changes = 0;
  await r.pass(10);
  expect(r.started).toHaveLength(2);
});

test('what fails is tried again at the next look; after its end it does nothing', async () => {
  const r = rig({ afterChanges: 1 });
  r.changes = new Error('no catalog');
  await r.pass(1);
  r.changes = 1;
  r.isBusy = true;
  await r.pass(1);
  expect(r.started).toEqual([]);
  r.isBusy = false;
  r.stop();
  await r.pass(1);
  expect(r.started).toEqual([]);
});

test('a failure is over once the reason is', async () => {
  const r = rig({ afterChanges: 1 });
  r.changes = 1;
  r.isBusy = true;
  await r.pass(1);
  r.isBusy = false;
  await r.pass(1);
  expect(r.started).toHaveLength(1);
});
