/**
 * A real server, killed -9 in the middle of a training: the next one goes on by itself from the last
 * checkpoint, and what it publishes has the bytes of a training that was never interrupted.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { toCompiledUrl } from '../../src/base/compiled.ts';
import { createRandom } from '../../src/base/rng.ts';
import { buildSimulatedShop, toShopSources, writeSimulatedShop } from '../../src/pipeline/simulated-shop.ts';
import { openWorkspace } from '../../src/pipeline/workspace.ts';
import { findLeaseForTest } from './lease-file.ts';
import { ask } from './rig.ts';

const CLI = fileURLToPath(toCompiledUrl(new URL('../../src/cli/run.ts', import.meta.url).href, './main.js'));
/** Machines that run tests are busy. */
const PATIENT = { timeout: 20_000 };
/** Jobs during which a server is killed, at a random moment of each; SHELFWALK_KILLS=200 for the long run. */
const KILLS = Number(process.env.SHELFWALK_KILLS ?? 5);
const PASSES = 10;
const RUN = {
  run: {
    walk: { walksPerNode: PASSES, walkLength: 160 }, // progress is told four times a second: a second to be seen in
    train: { embeddingDimension: 32, concurrency: 1 },
    evaluate: { maxCustomers: 200 },
  },
};

/** Of a training that nobody interrupted. */
let whole: { readonly result: { readonly version: string; readonly metrics: unknown } };
let dataDir: string;
let server: ChildProcess | undefined;
let url: string;
let token: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-kill-'));
  const folder = join(dataDir, 'shop');
  await writeSimulatedShop(folder, buildSimulatedShop({ seed: 20, customerCount: 400 }));
  const workspace = await openWorkspace(dataDir);
  await workspace.catalog.importFiles(toShopSources(folder), {}, {});
  await workspace.close();
  await start();
  whole = await ended(await startTraining());
  await kill();
}, 180_000);
afterAll(() => rm(dataDir, { recursive: true, force: true }));
afterEach(() => kill());

async function start(): Promise<void> {
  const args = [CLI, 'serve', '--port', '0', '--data-dir', dataDir, '--checkpoint-seconds', '0', '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  server = child;
  await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]); // it says its address once it listens
  ({ url, token } = await findLeaseForTest(dataDir));
}

async function kill(): Promise<void> {
  const child = server;
  server = undefined;
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function startTraining(evaluate = true): Promise<string> {
  const body = { ...RUN, evaluate, keep: 4 };
  const reply = await ask(url, '/v1/models', { method: 'POST', body, headers: { 'x-api-key': token } });
  expect(reply.status, reply.text).toBe(202);
  return reply.json.id;
}

const jobOf = async (id: string) => (await ask(url, `/v1/jobs/${id}`)).json;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function ended(id: string) {
  for (;;) {
    const job = await jobOf(id);
    if (job.endedAt !== undefined) return job;
    await wait(50);
  }
}

/** Resolves once a state of this part lies in the job's folder that is neither the first nor the last. */
async function halfWay(id: string, part: string): Promise<number> {
  for (;;) {
    const names = await readdir(join(dataDir, 'jobs', id, 'checkpoint')).catch(() => []);
    const passes = names.filter((name) => name.startsWith(part)).map((name) => Number(name.split('-')[1]));
    const reached = Math.max(0, ...passes);
    if (reached >= PASSES) throw new Error('the training was over before it could be cut off');
    if (reached >= 2) return reached;
    await wait(2);
  }
}

const sumsOf = async (version: string) => {
  const { files } = (await ask(url, `/v1/models/${version}`)).json;
  return [files['vectors.npy'], files['contexts.npy']];
};

test.each(['evaluation', 'everything'])(
  'kill -9 while it trains (%s): it goes on, to the same bytes',
  async (part) => {
    await start();
    const id = await startTraining(part === 'evaluation');
    const reached = await halfWay(id, part);
    await kill();
    await start();
    // Nothing was asked of the new server: it went on by itself, and not from the start.
    let first: number | undefined;
    const stage = part === 'evaluation' ? 'evaluation: walk + train' : 'walk + train';
    for (let job = await jobOf(id); job.endedAt === undefined; job = await jobOf(id)) {
      if (first === undefined && job.progress?.stage === stage)
        first = job.progress.done / job.progress.total;
      await wait(1);
    }
    expect(first).toBeGreaterThanOrEqual(reached / PASSES);
    const job = await jobOf(id);
    expect(job).toMatchObject({ state: 'succeeded', attempts: 2, crashes: 1, warnings: [] });
    await expect.poll(() => readdir(join(dataDir, 'jobs', id)), PATIENT).toEqual(['job.json']); // no checkpoint is left
    expect(await sumsOf(job.result.version)).toEqual(await sumsOf(whole.result.version));
    if (part === 'evaluation') expect(job.result.metrics).toEqual(whole.result.metrics);
  },
  180_000,
);

test('a job that took the process down twice has failed, and what was served before still is', async () => {
  await start();
  const served = (await ask(url, '/healthz')).json.model.version;
  const id = await startTraining();
  for (let crash = 1; crash <= 2; crash++) {
    for (let job = await jobOf(id); job.state !== 'running'; job = await jobOf(id)) await wait(2);
    await kill();
    await start();
  }
  expect(await jobOf(id)).toMatchObject({ state: 'failed', crashes: 2, error: { code: 'JOB_INTERRUPTED' } });
  expect((await ask(url, '/healthz')).json.model.version).toBe(served);
  const next = await startTraining();
  await ask(url, `/v1/jobs/${next}`, { method: 'DELETE', headers: { 'x-api-key': token } });
  expect((await ended(next)).state).toBe('cancelled');
}, 180_000);

test('stopped in order, it goes on where it was, and that is no crash', async () => {
  await start();
  const id = await startTraining();
  await halfWay(id, 'evaluation');
  const gone = once(server!, 'exit');
  server!.kill('SIGTERM');
  expect(await gone).toEqual([0, null]);
  await start();
  expect(await ended(id)).toMatchObject({ state: 'succeeded', attempts: 2, crashes: 0 });
}, 180_000);

/** Names of what was being written and has no name of its own yet, versions, jobs and checkpoints alike. */
const unfinished = async () =>
  (await readdir(dataDir, { recursive: true })).filter((name) =>
    /(^|\/)\.(writing|removing)-[^/]*$/.test(name),
  );

test(
  `kill -9 at random moments of ${KILLS} jobs: each is done in the end, and every version is whole`,
  async () => {
    const random = createRandom(6);
    const hit = { running: 0, writing: 0 };
    await start();
    const sums = await sumsOf(whole.result.version);
    const times: number[] = [];
    for (let i = 0; i < 2; i++) {
      const { startedAt, endedAt } = await ended(await startTraining(false));
      times.push(Date.parse(endedAt) - Date.parse(startedAt));
    }
    let kills = 0;
    // A job may be over before its moment comes: that kill is looked at as well, but it is not counted.
    while (hit.running < KILLS && kills < 4 * KILLS) {
      kills++;
      const id = await startTraining(false);
      await wait(random() * Math.min(...times)); // the machine may have been busy once
      if ((await jobOf(id)).endedAt === undefined) hit.running++;
      await kill();
      if ((await unfinished()).length > 0) hit.writing++;
      await start();
      const job = await ended(id);
      expect(job.state).toBe('succeeded');
      expect(await sumsOf(job.result.version)).toEqual(sums);
      const { results, damaged } = (await ask(url, '/v1/models')).json;
      expect(damaged).toEqual([]);
      const served = (await ask(url, '/healthz')).json.model.version;
      expect(results.map((version: { id: string }) => version.id)).toContain(served);
      expect(await sumsOf(served)).toEqual(sums);
    }
    expect(hit.running).toBe(KILLS);
    console.info(`${kills} kills, ${hit.running} while the job ran, ${hit.writing} in an unfinished write`);
  },
  60_000 + KILLS * 60_000,
);
