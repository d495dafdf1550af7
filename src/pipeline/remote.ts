/**
 * Runs an operation on the server that holds the data directory. To the caller it looks like running it
 * here: progress is reported, the signal stops it, failures arrive as the ShelfwalkError they were.
 */
import { ERRORS, type ErrorCode, ShelfwalkError } from '../base/errors.ts';
import { type Progress, type TaskContext, throwIfAborted } from '../base/task.ts';
import type { Lease } from './lease.ts';

/** A line of the stream; blank lines in between only keep the connection awake. */
export type OperationLine =
  | { readonly progress: Progress }
  | { readonly result: unknown; readonly warnings?: readonly string[] }
  | { readonly error: { readonly code: string; readonly details: Readonly<Record<string, unknown>> } };

/**
 * @throws ShelfwalkError whatever the operation throws there · ABORTED — `context.signal` has fired
 * @throws ShelfwalkError SERVER_UNREACHABLE — it cannot be reached, or went away before it was done
 */
export async function runRemotely(
  lease: Pick<Lease, 'url' | 'token'>,
  name: string,
  input: unknown,
  context: TaskContext = {},
): Promise<unknown> {
  const { signal, onProgress } = context;
  throwIfAborted(signal);
  try {
    const reply = await fetch(new URL(`/v1/operations/${encodeURIComponent(name)}`, lease.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${lease.token}` },
      body: JSON.stringify(input),
      signal,
    });
    if (!reply.ok) throw await toRefusal(reply);
    for await (const line of readLines(reply)) {
      if ('progress' in line) onProgress?.(line.progress);
      else if ('result' in line) return line.result;
      else throw toError(line.error.code, line.error.details);
    }
  } catch (error) {
    if (error instanceof ShelfwalkError) throw error;
    throwIfAborted(signal);
    throw new ShelfwalkError('SERVER_UNREACHABLE', { url: lease.url, operation: name }, { cause: error });
  }
  throw new ShelfwalkError('SERVER_UNREACHABLE', {
    url: lease.url,
    operation: name,
    found: 'the stream ended without a result',
  });
}

async function* readLines(reply: Response): AsyncGenerator<OperationLine> {
  let rest = '';
  for await (const text of reply.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line !== '') yield JSON.parse(line) as OperationLine;
  }
}

/** Refused before it began: problem+json. */
export async function toRefusal(reply: Response): Promise<ShelfwalkError> {
  const problem = (await reply.json()) as {
    code?: string;
    details?: Record<string, unknown>;
    detail?: string;
  };
  return toError(problem.code ?? '', problem.details ?? { status: reply.status, detail: problem.detail });
}

/** A code that this release does not know becomes INTERNAL and is named. */
function toError(code: string, details: Readonly<Record<string, unknown>>): ShelfwalkError {
  if (Object.hasOwn(ERRORS, code)) return new ShelfwalkError(code as ErrorCode, details);
  return new ShelfwalkError('INTERNAL', { ...details, found: code });
}
