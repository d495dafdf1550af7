/** Jobs of the server that holds a data directory, asked for over HTTP with the token that it left there. */
import { ERRORS, type ErrorCode, ShelfwalkError } from '../base/errors.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { type Lease, readLease } from '../pipeline/lease.ts';
import { toRefusal } from '../pipeline/remote.ts';
import type { JobReply } from '../serve/job-reply.ts';

export interface RemoteJobs {
  /** Newest first; as many as a screen takes, if not all. */
  list(options: { readonly all: boolean }): Promise<JobReply[]>;
  /** @throws ShelfwalkError JOB_UNKNOWN */
  get(id: string): Promise<JobReply>;
  /** @throws ShelfwalkError JOB_UNKNOWN · JOB_ENDED */
  cancel(id: string): Promise<JobReply>;
  /** Resolves with the job as it ended. The job does not mind when nobody follows it any more. */
  follow(id: string): Promise<JobReply>;
}

const PAGE = 20;

/** @throws ShelfwalkError SERVER_UNREACHABLE — no server holds the directory: there is nothing that would run a job */
export async function openRemoteJobs(dataDir: string, context: TaskContext): Promise<RemoteJobs> {
  const lease = await readLease(dataDir);
  if (!lease) {
    const hint = 'Jobs are run by a server: shelfwalk serve';
    throw new ShelfwalkError('SERVER_UNREACHABLE', { dataDir, found: 'no server that holds it', hint });
  }
  const { signal, onProgress } = context;
  const ask = (path: string, method = 'GET'): Promise<Response> => call(lease, path, { method, signal });
  const toPath = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}`;
  return {
    async list({ all }) {
      const found: JobReply[] = [];
      let cursor = '';
      do {
        const page = await readJson<Page>(await ask(`/v1/jobs?limit=${PAGE}${cursor}`));
        found.push(...page.results);
        cursor = page.nextCursor === undefined ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`;
      } while (all && cursor !== '');
      return found;
    },
    get: async (id) => readJson<JobReply>(await ask(toPath(id))),
    cancel: async (id) => readJson<JobReply>(await ask(toPath(id), 'DELETE')),
    async follow(id) {
      const reply = await ask(`${toPath(id)}/events`);
      for await (const { event, job } of readEvents(reply, lease, signal)) {
        if (event === 'end') return job;
        if (job.progress) onProgress?.(job.progress);
      }
      return lost(lease, 'the events ended before the job did', signal);
    },
  };
}

interface Page {
  readonly results: JobReply[];
  readonly nextCursor?: string;
}

interface Call {
  readonly method: string;
  readonly signal: AbortSignal | undefined;
}

async function call({ url, token }: Lease, path: string, { method, signal }: Call): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  const reply = await fetch(new URL(path, url), { method, headers, signal }).catch((cause: unknown) =>
    lost({ url }, 'no answer', signal, cause),
  );
  if (!reply.ok) throw await toRefusal(reply);
  return reply;
}

const readJson = async <T>(reply: Response): Promise<T> => (await reply.json()) as T;

async function* readEvents(
  reply: Response,
  lease: Lease,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ event: string; job: JobReply }> {
  let rest = '';
  try {
    for await (const text of reply.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const event = /^event: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (event !== undefined && data !== undefined) yield { event, job: JSON.parse(data) as JobReply };
      }
    }
  } catch (cause) {
    lost(lease, 'the events broke off', signal, cause);
  }
}

/** @throws ShelfwalkError ABORTED — it was our wish · SERVER_UNREACHABLE */
function lost(
  { url }: Pick<Lease, 'url'>,
  found: string,
  signal: AbortSignal | undefined,
  cause?: unknown,
): never {
  throwIfAborted(signal);
  throw new ShelfwalkError('SERVER_UNREACHABLE', { url, found }, { cause });
}

/** What a job that did not succeed is on the command line: the failure that it was. */
export function toJobError({ id, state, error }: JobReply): ShelfwalkError {
  if (state === 'cancelled') return new ShelfwalkError('ABORTED', { job: id, found: 'cancelled' });
  if (!error) return new ShelfwalkError('JOB_INTERRUPTED', { job: id });
  const { code, details } = error;
  if (Object.hasOwn(ERRORS, code)) return new ShelfwalkError(code as ErrorCode, { ...details, job: id });
  return new ShelfwalkError('INTERNAL', { ...details, job: id, found: code });
}
