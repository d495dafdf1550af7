/**
 * How a job goes on, as server-sent events. Each event is the whole job, so a client that was away, or is
 * slow, gets the newest and misses nothing: of what it has not taken only the last is kept for it.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import type { ServerResponse } from 'node:http';
import { ShelfwalkError } from '../base/errors.ts';
import type { JobRunner } from '../pipeline/jobs/job-runner.ts';
import { isEnded, type Job, type JobState } from '../pipeline/jobs/types.ts';
import { toJobReply } from './job-reply.ts';

export interface JobEvents {
  /**
   * Events of a job until it ends, the client leaves or the server stops. 204 to a client that comes back
   * with the last event of all: that is how its browser learns that it need not come again.
   * @throws ShelfwalkError JOB_UNKNOWN · OVERLOADED — before anything is written to `reply`
   */
  send(id: string, reply: ServerResponse): void;
  /** Ends all of them. */
  close(): void;
}

export interface JobEventsOptions {
  readonly jobs: Pick<JobRunner, 'get' | 'watch'>;
  /** Streams at once. */
  readonly limit: number;
  /** Of the server: another one counts the changes of a job anew. */
  readonly instanceId: string;
  /** A comment so often keeps proxies from dropping the connection; a client that takes none of two is cut off. */
  readonly heartbeatMs?: number;
}

const RETRY_AFTER_SECONDS = 10;

export const EVENTS_TYPE = 'text/event-stream';
const HEADERS = {
  'Content-Type': `${EVENTS_TYPE}; charset=utf-8`,
  'Cache-Control': 'no-store, no-transform', // compressed, events would wait in the compressor for company
  'X-Accel-Buffering': 'no', // as in nginx
};

export function createJobEvents({
  jobs,
  limit,
  instanceId,
  heartbeatMs = 15_000,
}: JobEventsOptions): JobEvents {
  const open = new Set<ServerResponse>();
  return {
    send(id, reply) {
      const job = jobs.get(id);
      const { method, headers } = reply.req;
      if (method === 'HEAD') return void reply.writeHead(200, HEADERS).end();
      if (open.size >= limit) {
        const expected = `≤ ${limit} event streams at once`;
        throw new ShelfwalkError('OVERLOADED', { expected, retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      const seen = headers['last-event-id'];
      const toEventId = (change: number) => `${instanceId}-${change}`;
      const stream = createStream(reply, { heartbeatMs, isSeen: (eventId) => eventId === seen });
      const leave = jobs.watch(id, (now, change) => stream.put(now, toEventId(change)));
      if (isEnded(job)) return leave(); // one event, or none, and it is over
      open.add(reply);
      reply.once('close', () => {
        leave();
        open.delete(reply);
      });
    },
    close() {
      for (const reply of open) reply.end();
    },
  };
}

interface StreamOptions {
  readonly heartbeatMs: number;
  /** The client has had this event before. */
  readonly isSeen: (eventId: string) => boolean;
}

interface Stream {
  put(job: Job, eventId: string): void;
}

function createStream(reply: ServerResponse, { heartbeatMs, isSeen }: StreamOptions): Stream {
  let pending: { readonly job: Job; readonly eventId: string } | undefined;
  let lastState: JobState | undefined;
  let isFull = false;
  let missed = 0;

  function write(text: string): void {
    isFull = !reply.write(text);
    if (!isFull) return;
    reply.once('drain', () => {
      isFull = false;
      missed = 0;
      flush();
    });
  }

  function flush(): void {
    if (!pending || isFull || reply.writableEnded) return;
    const { job, eventId } = pending;
    pending = undefined;
    const name = isEnded(job) ? 'end' : job.state === lastState ? 'progress' : 'state';
    lastState = job.state;
    write(`id: ${eventId}\nevent: ${name}\ndata: ${JSON.stringify(toJobReply(job))}\n\n`);
    if (isEnded(job)) reply.end();
  }

  function begin(): void {
    reply.writeHead(200, HEADERS).flushHeaders();
    const heart = setInterval(() => {
      if (!isFull) write(':\n\n');
      else if (++missed >= 2) reply.destroy();
    }, heartbeatMs);
    reply.once('close', () => clearInterval(heart));
  }

  return {
    put(job, eventId) {
      if (!reply.headersSent && isEnded(job) && isSeen(eventId)) return void reply.writeHead(204).end();
      if (!reply.headersSent) begin();
      if (lastState === undefined && isSeen(eventId)) {
        lastState = job.state;
        return;
      }
      pending = { job, eventId };
      flush();
    },
  };
}
