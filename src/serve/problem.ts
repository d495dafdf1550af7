/**
 * Failures as RFC 9457 problem+json. Whatever was thrown on purpose keeps its code and says its details;
 * anything else is INTERNAL and says nothing but the number of the request, under which it is logged.
 */
import type { ErrorRequestHandler } from 'express';
import { z } from 'zod';
import { ERRORS, type ErrorCode, ShelfwalkError } from '../base/errors.ts';
import type { Log } from '../pipeline/live-types.ts';

export const problemSchema = z.strictObject({
  type: z.string().describe('URN of the code'),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).describe('branch on this'),
  detail: z.string(),
  instance: z.string().describe('number of the request, as in X-Request-Id and the log'),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })),
  details: z.record(z.string(), z.unknown()).optional().describe('field, found, expected, hint …'),
});

export type Problem = z.infer<typeof problemSchema>;

export const PROBLEM_TYPE = 'application/problem+json';

/** Seconds after which trying again makes sense. */
const RETRY_AFTER: Partial<Record<ErrorCode, number>> = {
  NO_MODEL: 30,
  OVERLOADED: 1,
  SHUTTING_DOWN: 5,
  RATE_LIMITED: 60,
  BUSY: 10,
  NEO4J_UNREACHABLE: 5,
  NEO4J_BUSY: 5,
  NEO4J_NOT_WRITTEN: 30,
};

export function toProblem(error: ShelfwalkError, instance: string): Problem {
  const { code, status } = error;
  const base = { type: `urn:shelfwalk:error:${code}`, title: ERRORS[code].text, status, code, instance };
  // A failure of ours may hold paths of this machine: they are for the log.
  if (status >= 500 && status !== 503)
    return { ...base, detail: 'The log of the server says more.', errors: [] };
  // Where another server is, is for the log too.
  const {
    errors = toErrors(error),
    server: _server,
    database: _database,
    ...details
  } = error.details as { errors?: Problem['errors'] } & Record<string, unknown>;
  const { detail } = { detail: new ShelfwalkError(code, details).message };
  return { ...base, detail, errors, details };
}

/** Even a single wrong field is listed, so that clients look in one place. */
function toErrors({ details, code }: ShelfwalkError): Problem['errors'] {
  const { field, expected, found } = details;
  if (typeof field !== 'string') return [];
  const said = [expected && `expected ${expected}`, found && `found ${found}`].filter(Boolean).join(', ');
  return [{ path: field, message: said || ERRORS[code].text }];
}

/** The last handler of the app. */
export function answerProblems(log: Log): ErrorRequestHandler {
  return (thrown, request, response, _next) => {
    const error = toShelfwalkError(thrown);
    const instance = String(response.locals['requestId'] ?? '');
    // A reply that breaks off says no code: the log is the only place that can.
    if (isForTheLog(error) || response.headersSent) {
      log.error(
        { err: thrown, requestId: instance, method: request.method, route: response.locals['route'] },
        'request failed',
      );
    }
    // Half a reply cannot be taken back: end the connection, so that the client sees it is broken.
    if (response.headersSent) return void response.destroy();
    const retryAfter = error.details['retryAfterSeconds'] ?? RETRY_AFTER[error.code];
    if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
    if (error.code === 'UNAUTHORIZED') response.setHeader('WWW-Authenticate', 'Bearer realm="shelfwalk"');
    response.status(error.status).setHeader('Content-Type', PROBLEM_TYPE);
    response.end(JSON.stringify(toProblem(error, instance)));
  };
}

/** That there is nothing to answer from yet is no failure; that a Neo4j has gone away is one. */
const isForTheLog = ({ status, code }: ShelfwalkError): boolean =>
  status >= 500 && (status !== 503 || code === 'NEO4J_UNREACHABLE');

/** What Express and its body parser throw, by `type` and `status`; all else is INTERNAL. */
function toShelfwalkError(thrown: unknown): ShelfwalkError {
  if (thrown instanceof ShelfwalkError) return thrown;
  const { type, status, limit } = (thrown ?? {}) as { type?: string; status?: number; limit?: number };
  const options = { cause: thrown };
  if (type === 'entity.too.large')
    return new ShelfwalkError('BODY_TOO_LARGE', { field: 'body', expected: `≤ ${limit} bytes` }, options);
  if (type === 'request.aborted') return new ShelfwalkError('ABORTED', {}, options);
  if (thrown instanceof URIError)
    return new ShelfwalkError(
      'REQUEST_INVALID',
      { field: 'path', expected: 'percent-encoded UTF-8' },
      options,
    );
  if (status !== undefined && status >= 400 && status < 500)
    return new ShelfwalkError(
      'REQUEST_INVALID',
      { field: 'body', expected: 'a body that can be read' },
      options,
    );
  return new ShelfwalkError('INTERNAL', {}, options);
}
