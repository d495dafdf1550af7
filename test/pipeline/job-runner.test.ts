/** One at a time and in order, cancelled, failed, cut off and gone on with; and what of it is on the disk. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ShelfwalkError } from '../../src/base/errors.ts';
import { openJobStore } from '../../src/pipeline/jobs/job-store.ts';
import { toRecovered } from '../../src/pipeline/jobs/recover.ts';
import { isEnded, type Job } from '../../src/pipeline/jobs/types.ts';
import { dataDirForTest, holdable, startJobs } from './job-rig.ts';

/** Machines that run tests are busy. */
const PATIENT = { timeout: 20_000 };

/** Read past the store: opening a second one would tidy up what the first is writing. */
async function onDisk(dataDir: string): Promise<Job[]> {
  const folder = join(dataDir, 'jobs');
  const texts = (await readdir(folder)).sort().map((id) => readFile(join(folder, id, 'job.json'), 'utf8'));
  return (await Promise.all(texts)).map((text) => JSON.parse(text));
}
const statesOnDisk = async (dataDir: string) => (await onDisk(dataDir)).map(({ state }) => state);

describe('one after the other', () => {
  test('the second waits for the first, and each is on the disk as it is', async () => {
    const { runs, make } = holdable();
    const dataDir = await dataDirForTest();
    const rig = await startJobs(dataDir, [make('train'), make('load')]);
    const a = await rig.submit('train', { text: 'ä🦆' });
    const b = await rig.submit('load');
    expect(b.id > a.id).toBe(true);
    await expect.poll(() => runs.length, PATIENT).toBe(1);
    expect(rig.jobs.list().map(({ id, state }) => [id, state])).toEqual([
      [b.id, 'queued'],
      [a.id, 'running'],
    ]);
    expect(await statesOnDisk(dataDir)).toEqual(['running', 'queued']);
    expect(rig.jobs.running()).toEqual(['train']);
    runs[0]!.finish();
    const ended = await rig.ended(a.id);
    expect(ended).toMatchObject({
      state: 'succeeded',
      attempts: 1,
      crashes: 0,
      result: { given: { text: 'ä🦆' } },
    });
    expect(Date.parse(ended.endedAt!)).toBeGreaterThanOrEqual(Date.parse(ended.startedAt!));
    await expect.poll(() => runs.length, PATIENT).toBe(2);
    expect(runs[1]!.name).toBe('load');
    runs[1]!.finish();
    await rig.ended(b.id);
    await expect.poll(() => statesOnDisk(dataDir), PATIENT).toEqual(['succeeded', 'succeeded']);
  });

  test('as many wait as may, and the next is refused; room is made by one that ends', async () => {
    const { runs, make } = holdable();
    const rig = await startJobs(await dataDirForTest(), [make('train')], { limits: { queuedJobs: 2 } });
    await rig.submit('train');
    await expect.poll(() => runs.length, PATIENT).toBe(1);
    await rig.submit('train');
    const last = await rig.submit('train');
    await expect(rig.submit('train')).rejects.toMatchObject({
      code: 'BUSY',
      details: { operation: 'train', queued: 2 },
    });
    await rig.jobs.cancel(last.id);
    await rig.submit('train');
    await expect(rig.submit('train')).rejects.toMatchObject({ code: 'BUSY' });
  });

  test('with no place to wait, one runs and a second is refused', async () => {
    const { runs, make } = holdable();
    const rig = await startJobs(await dataDirForTest(), [make('train')], { limits: { queuedJobs: 0 } });
    const { id } = await rig.submit('train');
    await expect(rig.submit('train')).rejects.toMatchObject({ code: 'BUSY' });
    await expect.poll(() => runs.length, PATIENT).toBe(1);
    runs[0]!.finish();
    await rig.ended(id);
    await expect.poll(() => rig.turn.holder(), PATIENT).toBeUndefined();
    await rig.submit('train');
  });

  test('a writer of the command line and a job keep each other out', async () => {
    const { runs, make } = holdable();
    const rig = await startJobs(await dataDirForTest(), [make('train')]);
    const release = rig.turn.take('import');
    const { id } = await rig.submit('train');
    expect(rig.jobs.get(id).state).toBe('queued');
    expect(runs).toHaveLength(0);
    release();
    await expect.poll(() => runs.length, PATIENT).toBe(1);
    expect(() => rig.turn.take('import')).toThrow(expect.objectContaining({ code: 'BUSY' }));
    runs[0]!.finish();
    await rig.ended(id);
    await expect.poll(() => rig.turn.holder(), PATIENT).toBeUndefined();
  });

  test('only the newest that have ended are kept; those that have not are not counted', async () => {
    const { runs, make } = holdable();
    const dataDir = await dataDirForTest();
    const rig = await startJobs(dataDir, [make('train')], { limits: { endedJobs: 2 } });
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) {
      const { id } = await rig.submit('train');
      ids.push(id);
      await expect.poll(() => runs.length, PATIENT).toBe(i + 1);
      runs[i]!.finish();
      await rig.ended(id);
    }
    const open = await rig.submit('train');
    await expect.poll(() => readdir(join(dataDir, 'jobs')), PATIENT).toEqual([ids[2], ids[3], open.id]);
    expect(rig.jobs.list().map(({ id }) => id)).toEqual([open.id, ids[3], ids[2]]);
    expect(() => rig.jobs.get(ids[0]!)).toThrow(expect.objectContaining({ code: 'JOB_UNKNOWN' }));
  });
});

describe('cancelling', () => {
  test('one that waits never runs; one that runs is aborted, and the next one runs', async () => {
    const { runs, make } = holdable();
    const rig = await startJobs(await dataDirForTest(), [make('train')]);
    const [a, b, c] = [await rig.submit('train'), await rig.submit('train'), await rig.submit('train')];
    await expect.poll(() => runs.length, PATIENT).toBe(1);
    expect(await rig.jobs.cancel(b.id)).toMatchObject({ state: 'cancelled', attempts: 0 });
    expect(await rig.jobs.cancel(a.id)).toMatchObject({ cancelRequestedAt: expect.any(String) });
    expect(await rig.ended(a.id)).toMatchObject({ state: 'cancelled', attempts: 1 });
    expect(await rig.jobs.cancel(a.id)).toMatchObject({ state: 'cancelled' }); // said twice
    await expect.poll(() => runs.length, PATIENT).toBe(2);
    runs[1]!.finish();
    expect((await rig.ended(c.id)).state).toBe('succeeded');
    await expect(rig.jobs.cancel(c.id)).rejects.toMatchObject({ code: 'JOB_ENDED' });
    await expect(rig.jobs.cancel('../x')).rejects.toMatchObject({ code: 'JOB_UNKNOWN' });
  });

  test('one that is done before it hears of it has succeeded', async () => {
    const { make } = holdable();
    const deaf = make('train', {
      run: async (_workspace, _input, { signal }) => {
        while (!signal!.aborted) await new Promise((resolve) => setTimeout(resolve, 1));
        return 'published';
      },
    });
    const rig = await startJobs(await dataDirForTest(), [deaf]);
    const { id } = await rig.submit('train');
    await rig.jobs.cancel(id);
    // Cancelled while it still waited, or published: never both.
    const ended = await rig.ended(id);
    expect(ended.state === 'cancelled' ? ended.result === undefined : ended.result === 'published').toBe(
      true,
    );
  });
});

describe('failures are the job’s alone', () => {
  test.each([
    [new ShelfwalkError('GRAPH_EMPTY', { nodeCount: 3 }), { code: 'GRAPH_EMPTY', details: { nodeCount: 3 } }],
    [
      new TypeError('secret internals'),
      { code: 'INTERNAL', details: { hint: 'The log of the server says more' } },
    ],
    [undefined, { code: 'INTERNAL', details: { hint: 'The log of the server says more' } }],
  ])('%s', async (thrown, error) => {
    const { runs, make } = holdable();
    const rig = await startJobs(await dataDirForTest(), [make('train')]);
    const [a, b] = [await rig.submit('train'), await rig.submit('train')];
    await expect.poll(() => runs.length, PATIENT).toBe(1);
    runs[0]!.fail(thrown);
    expect(await rig.ended(a.id)).toMatchObject({ state: 'failed', error });
    await expect.poll(() => runs.length, PATIENT).toBe(2);
    runs[1]!.finish();
    expect((await rig.ended(b.id)).state).toBe('succeeded');
  });

  test('a full disk: refused where the job could not be promised, known in memory where it has ended', async () => {
    const { runs, make } = holdable();
    const dataDir = await dataDirForTest();
    let isFull = true;
    const toStore = (store: Awaited<ReturnType<typeof openJobStore>>) => ({
      ...store,
      write: async (job: Job) => {
        if (isFull) throw new ShelfwalkError('DISK_FULL', {});
        await store.write(job);
      },
    });
    const rig = await startJobs(dataDir, [make('train')], { toStore });
    await expect(rig.submit('train')).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(rig.jobs.list()).toEqual([]);
    isFull = false;
    const [a, b] = [await rig.submit('train'), await rig.submit('train')];
    await expect.poll(() => runs.length, PATIENT).toBe(1);
    isFull = true;
    runs[0]!.finish();
    expect((await rig.ended(a.id)).state).toBe('succeeded');
    // The next cannot even be written down as running, so it is not run.
    expect(await rig.ended(b.id)).toMatchObject({ state: 'failed', error: { code: 'DISK_FULL' } });
    expect(runs).toHaveLength(1);
  });

  test('a result that is too long is left out, with a warning; a summary is what is kept', async () => {
    const { make } = holdable();
    const long = make('long', { run: async () => 'x'.repeat(70_000) });
    const short = make('short', { run: async () => 'x'.repeat(70_000), summarize: () => ({ version: 'v' }) });
    const rig = await startJobs(await dataDirForTest(), [long, short]);
    const ended = await rig.ended((await rig.submit('long')).id);
    expect(ended).toMatchObject({
      state: 'succeeded',
      warnings: [expect.stringContaining('70002 characters')],
    });
    expect(ended.result).toBeUndefined();
    expect((await rig.ended((await rig.submit('short')).id)).result).toEqual({ version: 'v' });
  });

  test('warnings of the operation and of what follows it are kept', async () => {
    const { runs, make } = holdable();
    const afterWriting = async () => 'the old version is still served';
    const rig = await startJobs(await dataDirForTest(), [make('train')], { afterWriting });
    const { id } = await rig.submit('train');
    await expect.poll(() => runs.length, PATIENT).toBe(1);
    runs[0]!.context.onWarning!('started anew');
    runs[0]!.finish();
    expect((await rig.ended(id)).warnings).toEqual(['started anew', 'the old version is still served']);
  });
});

test('progress has percent where the total is known, and is told a few times a second, the last for sure', async () => {
  const { runs, make } = holdable();
  const rig = await startJobs(await dataDirForTest(), [make('train')]);
  const { id } = await rig.submit('train');
  await expect.poll(() => runs.length, PATIENT).toBe(1);
  const seen: Job['progress'][] = [];
  rig.jobs.watch(id, ({ progress }) => void (progress !== seen.at(-1) && seen.push(progress)));
  const { onProgress } = runs[0]!.context;
  for (let done = 1; done <= 10_000; done++)
    onProgress!({ stage: 'walk', done, total: 30_000, unit: 'walks' });
  onProgress!({ stage: 'write', done: 7, unit: 'rows' });
  runs[0]!.finish();
  await rig.ended(id);
  expect(seen.length).toBeLessThan(5);
  expect(seen[0]).toEqual({ stage: 'walk', done: 1, total: 30_000, unit: 'walks', percent: 0 });
  expect(seen.at(-1)).toEqual({ stage: 'write', done: 7, unit: 'rows' });
});

describe('after the server has ended', () => {
  /** Leaves jobs behind as a process that is gone would: nothing is told, nothing is tidied. */
  async function leave(dataDir: string, ...jobs: Partial<Job>[]): Promise<string[]> {
    const store = await openJobStore(dataDir);
    const ids = jobs.map((_, i) => `20260101T00000${i}Z-000${i}`);
    for (const [i, job] of jobs.entries()) {
      const createdAt = '2026-01-01T00:00:00.000Z';
      const base = {
        id: ids[i]!,
        operation: 'train',
        input: {},
        createdAt,
        attempts: 1,
        crashes: 0,
        warnings: [],
      };
      await store.write({ ...base, state: 'running', ...job });
    }
    return ids;
  }

  test('what ran is run again first, then what waited, in order', async () => {
    const { runs, make } = holdable();
    const dataDir = await dataDirForTest();
    await leave(
      dataDir,
      { state: 'queued', operation: 'first', attempts: 0 },
      { state: 'queued', operation: 'second', attempts: 0 },
      { state: 'running', operation: 'train' },
    );
    const operations = [make('first'), make('second'), make('train', { resumes: true })];
    const rig = await startJobs(dataDir, operations);
    for (const name of ['train', 'first', 'second']) {
      await expect.poll(() => runs.at(-1)?.name, PATIENT).toBe(name);
      runs.at(-1)!.finish();
    }
    await expect.poll(() => rig.jobs.list().every(isEnded), PATIENT).toBe(true);
    expect(rig.jobs.list()[0]).toMatchObject({ attempts: 2, crashes: 1, state: 'succeeded' });
  });

  test.each<[why: string, left: Partial<Job>, then: Partial<Job>]>([
    [
      'crashed twice',
      { crashes: 1, attempts: 2 },
      {
        state: 'failed',
        crashes: 2,
        error: { code: 'JOB_INTERRUPTED', details: expect.objectContaining({ crashes: 2 }) },
      },
    ],
    ['cannot go on', { operation: 'import' }, { state: 'interrupted', crashes: 1 }],
    ['was to be cancelled', { cancelRequestedAt: '2026-01-01T00:00:00.000Z' }, { state: 'cancelled' }],
    [
      'of no operation there is',
      { operation: 'nope', state: 'queued' },
      {
        state: 'failed',
        error: { code: 'REQUEST_UNPROCESSABLE', details: expect.objectContaining({ found: 'nope' }) },
      },
    ],
    [
      'with input that is refused now',
      { input: { text: 5 }, state: 'queued' },
      {
        state: 'failed',
        error: { code: 'REQUEST_UNPROCESSABLE', details: expect.objectContaining({ field: 'text' }) },
      },
    ],
  ])('%s: not run', async (_why, left, then) => {
    const { runs, make } = holdable();
    const dataDir = await dataDirForTest();
    const [id] = await leave(dataDir, left);
    const rig = await startJobs(dataDir, [make('train', { resumes: true }), make('import')]);
    expect(await rig.ended(id!)).toMatchObject(then);
    expect(runs).toHaveLength(0);
    await expect.poll(() => onDisk(dataDir), PATIENT).toMatchObject([then]);
  });

  test('a stop in order is no crash: however often, the job goes on', async () => {
    const { runs, make } = holdable();
    const dataDir = await dataDirForTest();
    const operations = [make('train', { resumes: true })];
    const first = await startJobs(dataDir, operations);
    const { id } = await first.submit('train');
    const waits = await first.submit('train');
    for (let stop = 1; stop <= 3; stop++) {
      const rig = stop === 1 ? first : await startJobs(dataDir, operations);
      await expect.poll(() => runs.length, PATIENT).toBe(stop);
      await rig.jobs.stop();
      await expect(rig.submit('train')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
      expect(rig.jobs.get(id)).toMatchObject({ state: 'interrupted', attempts: stop, crashes: 0 });
      expect(isEnded(rig.jobs.get(id))).toBe(false);
      expect(rig.jobs.get(waits.id).state).toBe('queued');
    }
    const last = await startJobs(dataDir, operations);
    await expect.poll(() => runs.length, PATIENT).toBe(4);
    runs[3]!.finish();
    expect(await last.ended(id)).toMatchObject({ state: 'succeeded', attempts: 4 });
  });

  test('one that does not heed the stop was stopped all the same', async () => {
    const { make } = holdable();
    let release = (_result: unknown) => {};
    const deaf = make('train', {
      resumes: true,
      run: () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    });
    const dataDir = await dataDirForTest();
    const rig = await startJobs(dataDir, [deaf]);
    const { id } = await rig.submit('train');
    await expect.poll(() => rig.jobs.get(id).state, PATIENT).toBe('running');
    const stopped = rig.jobs.stop();
    await expect.poll(() => statesOnDisk(dataDir), PATIENT).toEqual(['interrupted']);
    const found = (await onDisk(dataDir))[0]!;
    expect(toRecovered(found, deaf, '2026-01-01T00:00:00.000Z')).toMatchObject({
      crashes: 0,
      state: 'interrupted',
    });
    release('published'); // and if it does end in time, that is what counts
    await stopped;
    expect(await onDisk(dataDir)).toMatchObject([{ state: 'succeeded', result: 'published' }]);
  });

  test('one that finds the catalog closed by the stop was stopped; one that does before any stop has failed', async () => {
    const { make } = holdable();
    const closed = () =>
      Promise.reject(new ShelfwalkError('SHUTTING_DOWN', { found: 'the catalog is closed' }));
    const late = make('train', {
      resumes: true,
      run: (_workspace, _input, { signal }) =>
        new Promise((_resolve, reject) => {
          signal!.addEventListener('abort', () => closed().catch(reject), { once: true });
        }),
    });
    const rig = await startJobs(await dataDirForTest(), [late, make('load', { run: closed })]);
    const early = await rig.submit('load');
    expect(await rig.ended(early.id)).toMatchObject({ state: 'failed', error: { code: 'SHUTTING_DOWN' } });
    const { id } = await rig.submit('train');
    await expect.poll(() => rig.jobs.get(id).state, PATIENT).toBe('running');
    await rig.jobs.stop();
    expect(rig.jobs.get(id)).toMatchObject({ state: 'interrupted', attempts: 1 });
  });

  test('a full disk keeps nobody from starting', async () => {
    const { runs, make } = holdable();
    const dataDir = await dataDirForTest();
    const [id] = await leave(dataDir, { state: 'running' });
    const toStore = (store: Awaited<ReturnType<typeof openJobStore>>) => ({
      ...store,
      write: async () => {
        throw new ShelfwalkError('DISK_FULL', {});
      },
    });
    const rig = await startJobs(dataDir, [make('train', { resumes: true })], { toStore });
    expect(await rig.ended(id!)).toMatchObject({ state: 'failed', crashes: 1, error: { code: 'DISK_FULL' } });
    expect(runs).toHaveLength(0);
  });

  test('what it has left half done is passed over, or cleaned away', async () => {
    const dataDir = await dataDirForTest();
    const [good, bad] = await leave(dataDir, { state: 'queued', operation: 'nope' }, { state: 'queued' });
    const jobs = join(dataDir, 'jobs');
    const file = join(jobs, bad!, 'job.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"queued"', '"failed"'));
    for (const name of ['.removing-20260101T000009Z-0009', '20260101T000008Z-0008', 'notes']) {
      await mkdir(join(jobs, name));
    }
    await writeFile(join(jobs, good!, '.writing-0123456789ab'), '{"id": "2026');
    const { make } = holdable();
    const rig = await startJobs(dataDir, [make('train')]);
    expect(rig.jobs.list().map(({ id }) => id)).toEqual([good]);
    expect((await readdir(jobs)).sort()).toEqual([good, bad, 'notes'].sort());
    await rig.ended(good!);
    await expect.poll(() => readdir(join(jobs, good!)), PATIENT).toEqual(['job.json']);
  });
});

test('whatever is asked, in whatever order: never two at once, and each ends once', async () => {
  const step = fc.oneof(
    fc.constant('submit' as const),
    fc.constant('finish' as const),
    fc.constant('fail' as const),
    fc.constant('take' as const),
    fc.record({ cancel: fc.nat(20) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { runs, make } = holdable();
      const rig = await startJobs(await dataDirForTest(), [make('train')], { limits: { queuedJobs: 5 } });
      const ends = new Map<string, number>();
      let release: (() => void) | undefined;
      const open = new Set<unknown>();
      const tick = async () => {
        for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
        for (const run of runs) if (!run.context.signal!.aborted && !open.has(run)) open.add(run);
        expect(
          rig.jobs.list().filter(({ state }) => state === 'running').length + (release ? 1 : 0),
        ).toBeLessThan(2);
      };
      for (const one of steps) {
        if (one === 'submit') {
          const job = await rig.submit('train').catch(() => undefined);
          if (job)
            rig.jobs.watch(
              job.id,
              (now) => void (isEnded(now) && ends.set(now.id, (ends.get(now.id) ?? 0) + 1)),
            );
        } else if (one === 'finish') runs.at(-1)?.finish();
        else if (one === 'fail') runs.at(-1)?.fail(new Error('no'));
        else if (one === 'take') {
          if (release) {
            release();
            release = undefined;
          } else if (rig.turn.holder() === undefined) release = rig.turn.take('import');
        } else {
          const all = rig.jobs.list();
          const job = all[one.cancel % Math.max(1, all.length)];
          if (job) await rig.jobs.cancel(job.id).catch(() => {});
        }
        await tick();
      }
      release?.();
      for (let i = 0; i < 200 && !rig.jobs.list().every(isEnded); i++) {
        runs.at(-1)?.finish();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      expect(rig.jobs.list().filter((job) => !isEnded(job))).toEqual([]);
      expect([...ends.values()].every((count) => count === 1)).toBe(true);
      expect(ends.size).toBe(rig.jobs.list().length);
    }),
    { numRuns: 25 },
  );
}, 120_000);
