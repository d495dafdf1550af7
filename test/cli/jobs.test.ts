/** `shelfwalk jobs` against a running server: what is printed, and how it ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ShelfwalkError } from '../../src/base/errors.ts';
import { holdable } from '../pipeline/job-rig.ts';
import { rigForTest } from '../serve/rig.ts';
import { invoke } from './invocation.ts';

/** Machines that run tests are busy. */
const PATIENT = { timeout: 20_000 };

async function serve() {
  const { runs, make } = holdable();
  const rig = await rigForTest({
    operations: [make('train')],
    config: { limits: { queuedJobs: 100 } },
  });
  const { dataDir } = rig.shop.workspace;
  const headers = { 'x-api-key': rig.token };
  return {
    runs,
    start: async () => (await rig.ask('/v1/models', { method: 'POST', body: {}, headers })).json.id as string,
    jobs: (args: string[], signal?: AbortSignal) =>
      invoke(['jobs', ...args, '--data-dir', dataDir], { signal }),
  };
}

test('list and show: states, progress, and all of it as JSON', async () => {
  const { runs, start, jobs } = await serve();
  expect((await jobs(['list'])).out).toMatch(/^no job yet/);
  const ids = [await start(), await start()];
  await expect.poll(() => runs.length, PATIENT).toBe(1);
  runs[0]!.context.onProgress!({ stage: 'walk', done: 1, total: 4, unit: 'walks' });
  await expect.poll(async () => (await jobs(['list'])).out, PATIENT).toContain('walk 25 %');
  const { out } = await jobs(['list']);
  const lines = out.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(new RegExp(`^${ids[1]}  train +queued`));
  expect(lines[2]).toMatch(new RegExp(`^${ids[0]}  train +running .* walk 25 %$`));
  expect(JSON.parse((await jobs(['list', '--json'])).out).map((job: { id: string }) => job.id)).toEqual(
    ids.reverse(),
  );
  expect((await jobs(['show', ids[1]!])).out).toMatch(/^progress\.percent +25$/m);
  const unknown = await jobs(['show', '../x']);
  expect([unknown.code, unknown.errors]).toEqual([3, expect.stringContaining('JOB_UNKNOWN')]);
});

test('list --all goes through all pages', async () => {
  const { start, jobs } = await serve();
  const ids: string[] = [];
  for (let i = 0; i < 45; i++) ids.unshift(await start());
  const listed = async (...flags: string[]) =>
    JSON.parse((await jobs(['list', ...flags, '--json'])).out).map((job: { id: string }) => job.id);
  expect(await listed()).toEqual(ids.slice(0, 20));
  expect(await listed('--all')).toEqual(ids);
});

test('follow ends as the job does: done, failed, cancelled', async () => {
  const { runs, start, jobs } = await serve();
  const ids = [await start(), await start(), await start()];
  const followed = ids.map((id) => jobs(['follow', id]));
  await expect.poll(() => runs.length, PATIENT).toBe(1);
  runs[0]!.context.onWarning!('started anew');
  runs[0]!.finish({ version: 'v2' });
  const done = await followed[0]!;
  expect([done.code, done.out]).toEqual([0, expect.stringMatching(/^result\.version +v2$/m)]);
  expect(done.errors).toContain('warning: started anew');
  await expect.poll(() => runs.length, PATIENT).toBe(2);
  runs[1]!.fail(new ShelfwalkError('GRAPH_EMPTY', { nodeCount: 3, hint: 'Import more' }));
  const failed = await followed[1]!;
  expect([failed.code, failed.out]).toEqual([3, '']);
  expect(failed.errors).toMatch(/GRAPH_EMPTY: .*nodeCount=3/);
  await expect.poll(() => runs.length, PATIENT).toBe(3);
  expect((await jobs(['cancel', ids[2]!])).code).toBe(0);
  const cancelled = await followed[2]!;
  expect([cancelled.code, cancelled.errors]).toEqual([1, expect.stringContaining('ABORTED')]);
  const again = await jobs(['cancel', ids[0]!]);
  expect([again.code, again.errors]).toEqual([4, expect.stringContaining('JOB_ENDED')]);
});

test('Ctrl-C ends the following, not the job', async () => {
  const { runs, start, jobs } = await serve();
  const id = await start();
  await expect.poll(() => runs.length, PATIENT).toBe(1);
  const controller = new AbortController();
  const followed = jobs(['follow', id], controller.signal);
  setTimeout(() => controller.abort('SIGINT'), 200);
  expect((await followed).code).toBe(130);
  expect((await jobs(['show', id])).out).toMatch(/^state +running$/m);
});

test('without a server there is nobody to ask', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-no-server-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  const { code, errors } = await invoke(['jobs', 'list', '--data-dir', dataDir]);
  expect([code, errors]).toEqual([1, expect.stringMatching(/SERVER_UNREACHABLE[\s\S]*shelfwalk serve/)]);
});
