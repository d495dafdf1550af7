/**
 * Jobs, one after the other: trainings, and refreshes of what the writers have written. After a kill: a
 * whole version is served at once, the newest that a job said it had published or one newer still; the job
 * that was hit is there, and ends by itself: done, or given up after the second time, as docs/jobs.md says.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { OfflineVersion, put, type Question } from './answers.ts';
import type { Activity, Checked } from './kill-harness.ts';
import { endOf, type Reply, type Server } from './server.ts';
import { toSmallRun } from './shop.ts';

const KEEP = 3; // versions: a kill may come while an old one is being deleted
const REQUESTS = {
  localRefresh: { path: '/v1/refresh', body: { mode: 'local', force: true, keep: KEEP } },
  training: { path: '/v1/models', body: { run: toSmallRun(1), evaluate: false, keep: KEEP } },
  fullRefresh: { path: '/v1/refresh', body: { mode: 'full', force: true, keep: KEEP } },
};
type Kind = keyof typeof REQUESTS;
const TURNS: readonly Kind[] = ['localRefresh', 'training', 'localRefresh', 'fullRefresh'];

interface OpenJob {
  readonly id: string;
  readonly kind: Kind;
  crashes: number;
}

export interface RenewingOptions {
  readonly dataDir: string;
  /** A product that every version knows. */
  readonly product: string;
  readonly random: () => number;
}

export class Renewing implements Activity {
  readonly name = 'jobs';
  readonly #options: RenewingOptions;
  readonly #versionsDir: string;
  readonly #typicalMs = { localRefresh: 0, training: 0, fullRefresh: 0 };
  readonly #facts = {
    killsInATraining: 0,
    killsInARefresh: 0,
    killsInAnUnfinishedPublish: 0,
    jobsDone: 0,
    jobsDoneAfterAKill: 0,
    jobsGivenUpAfterTwo: 0,
  };
  #server: Server | undefined;
  #job: OpenJob | undefined;
  #turn = 0;
  /** The newest version that a job has said is published. */
  #published = '';

  constructor(options: RenewingOptions) {
    this.#options = options;
    this.#versionsDir = join(options.dataDir, 'models/versions');
  }

  /** One job of each kind with nobody killing: something to serve, and how long they take. */
  async prepare(server: Server): Promise<void> {
    for (const kind of ['training', 'localRefresh', 'fullRefresh'] as const) {
      const { state, error, startedAt, endedAt, result } = await endOf(server, await submit(server, kind));
      expect([state, error]).toEqual(['succeeded', undefined]);
      this.#typicalMs[kind] = Date.parse(endedAt) - Date.parse(startedAt);
      this.#published = toPublished(result) ?? this.#published;
    }
  }

  async begin(server: Server): Promise<void> {
    this.#server = server;
    if (this.#job) return; // the one that was hit before: the server has gone on with it
    const kind = TURNS[this.#turn++ % TURNS.length]!;
    this.#job = { id: await submit(server, kind), kind, crashes: 0 };
  }

  /** Some time within the job that runs. */
  async withinJob(): Promise<void> {
    await delay(this.#options.random() * this.#typicalMs[this.#job!.kind]);
  }

  /** Some time within the writing of a version, if the job that runs comes to that. */
  async withinPublish(): Promise<void> {
    for (let look = 1; !(await this.#isPublishing()); look++) {
      if (look % 50 === 0 && (await this.#hasEnded())) return;
      await delay(1);
    }
    await delay(this.#options.random() * 10);
  }

  struck(): void {} // whether it hit the job is for the next server to say: it counts crashes

  async inspect(): Promise<void> {
    if (await this.#isPublishing()) this.#facts.killsInAnUnfinishedPublish++;
  }

  async check(server: Server): Promise<Checked> {
    const broken = await this.#checkServed(server);
    const open = this.#job!;
    const { status, json } = await server.send('GET', `/v1/jobs/${open.id}`);
    if (status !== 200) return { promises: 2, broken: [...broken, `job ${open.id} is lost: ${status}`] };
    if (json.crashes > open.crashes) {
      if (open.kind === 'training') this.#facts.killsInATraining++;
      else this.#facts.killsInARefresh++;
    }
    open.crashes = json.crashes;
    // Every other one is left as it is, to be hit once more.
    if (json.endedAt === undefined && this.#options.random() < 0.5) return { promises: 2, broken };
    broken.push(...(await this.#checkEnd(server, await endOf(server, open.id))));
    return { promises: 3, broken };
  }

  async finish(server: Server): Promise<Checked> {
    if (!this.#job) return { promises: 0, broken: [] };
    return { promises: 1, broken: await this.#checkEnd(server, await endOf(server, this.#job.id)) };
  }

  facts(): Readonly<Record<string, number>> {
    return this.#facts;
  }

  async #isPublishing(): Promise<boolean> {
    return (await readdir(this.#versionsDir)).some((name) => name.startsWith('.writing-'));
  }

  async #hasEnded(): Promise<boolean> {
    return (await this.#server!.send('GET', `/v1/jobs/${this.#job!.id}`)).json.endedAt !== undefined;
  }

  async #checkServed(server: Server): Promise<string[]> {
    const question: Question = { kind: 'embeddings', node: { type: 'product', id: this.#options.product } };
    const { status, json } = await put(server, question, 'prod');
    if (status !== 200) return [`nothing is served: ${status} ${JSON.stringify(json)}`];
    const { version } = json.model;
    const broken: string[] = [];
    if (version < this.#published) broken.push(`${version} is served, ${this.#published} was published`);
    const wrong = (await OfflineVersion.read(this.#options.dataDir, version)).refute(question, json);
    if (wrong !== undefined) broken.push(`served as ${version}: ${wrong}`);
    const { damaged } = (await server.send('GET', '/v1/models')).json;
    if (damaged.length > 0) broken.push(`damaged: ${JSON.stringify(damaged)}`);
    return broken;
  }

  async #checkEnd(server: Server, { id, state, error, crashes, result }: Reply['json']): Promise<string[]> {
    this.#job = undefined;
    if (state === 'failed' && error.code === 'JOB_INTERRUPTED' && crashes === 2) {
      this.#facts.jobsGivenUpAfterTwo++;
      return [];
    }
    if (state !== 'succeeded') return [`job ${id}: ${state} ${JSON.stringify(error)}, ${crashes} crashes`];
    this.#facts.jobsDone++;
    if (crashes > 0) this.#facts.jobsDoneAfterAKill++;
    this.#published = toPublished(result) ?? this.#published;
    return this.#checkServed(server);
  }
}

async function submit(server: Server, kind: Kind): Promise<string> {
  const { path, body } = REQUESTS[kind];
  const { status, json } = await server.send('POST', path, body);
  expect([status, json.detail]).toEqual([202, undefined]);
  return json.id;
}

/** Of a training, and of a refresh that had something to do. */
const toPublished = (result: Reply['json']): string | undefined =>
  result.version ?? result.published?.version;
