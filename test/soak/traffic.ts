/**
 * A client that asks so many times a second, on a fixed number of connections: a question that is due while
 * all of them wait for answers is put late and none is left out. Latencies count from when it was due, so
 * that a server that stands still for a second is not asked once, but two hundred times.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { put, type Question } from './answers.ts';
import type { Reply, Server } from './server.ts';

const CONNECTIONS = 64;

export interface Answer {
  readonly question: Question;
  readonly alias: string;
  readonly ms: number;
  /** 0: no answer came. */
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: as of Reply; of a failure, what it was
  readonly json: any;
}

export interface Traffic {
  /** In the order in which they came. */
  readonly answers: readonly Answer[];
  /** Until an answer names the version: what was swapped in has been served. */
  served(version: string): Promise<void>;
  /** No more questions; resolves with the last answer, to the answers a second. */
  stop(): Promise<number>;
}

export function startTraffic(
  server: Server,
  perSecond: number,
  draw: () => { readonly question: Question; readonly alias: string },
): Traffic {
  const answers: Answer[] = [];
  const versions = new Set<string>();
  const startedAt = performance.now();
  let asked = 0;
  let isOver = false;

  async function ask(due: number): Promise<void> {
    const { question, alias } = draw();
    const { status, json } = await put(server, question, alias).catch(
      (error: Error): Reply => ({ status: 0, json: `${error.message} ${String(error.cause ?? '')}` }),
    );
    answers.push({ question, alias, ms: performance.now() - due, status, json });
    if (status === 200) versions.add(json.model.version);
  }

  async function askOnOneConnection(): Promise<void> {
    while (!isOver) {
      const due = startedAt + (asked++ * 1000) / perSecond;
      const early = due - performance.now();
      if (early > 0) await delay(early);
      await ask(due);
    }
  }
  const asking = Array.from({ length: CONNECTIONS }, askOnOneConnection);

  return {
    answers,
    async served(version) {
      while (!versions.has(version)) await delay(5);
    },
    async stop() {
      isOver = true;
      await Promise.all(asking);
      return answers.length / ((performance.now() - startedAt) / 1000);
    },
  };
}
