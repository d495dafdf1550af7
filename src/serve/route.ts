/**
 * A route is data: its schemas check what comes in, type what the handler gets and returns, and are
 * printed as the OpenAPI document (openapi.ts). `mount` hangs a list of them into Express.
 */
import type { ServerResponse } from 'node:http';
import type { Application, Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { type ErrorCode, ShelfwalkError } from '../base/errors.ts';
import type { Scope } from '../pipeline/server-config.ts';
import { readIdempotency } from './idempotency-key.ts';
import { Lines } from './lines.ts';
import { toIssueError } from './validation.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Of a request that carries an Idempotency-Key: the key, and a hash of what it asks for. */
  readonly idempotency?: { readonly key: string; readonly request: string };
}

export interface RouteDefinition<P, Q, B, R> {
  readonly method: Method;
  /** Express's: `:id` is one segment, `*id` one or more, joined again with `/`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** `open`: answered without a key even where keys are set. */
  readonly scope: Scope | 'open';
  /** Strict objects: an unknown query parameter is refused by name. */
  readonly params: z.ZodObject & z.ZodType<P>;
  readonly query: z.ZodObject & z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** One line of NDJSON, where the body may be that too; the handler gets `Lines` then, and checks each. */
  readonly lines?: z.ZodType;
  /** Takes an Idempotency-Key. What it does is sent again with it by the handler: see RouteInput. */
  readonly idempotent?: boolean;
  /** Of a reply that is no failure; 200 if not given. */
  readonly status?: 201 | 202;
  /** Of that reply; checked by tests, not at run time. */
  readonly response: z.ZodType<R>;
  /** Default: application/json. Text is sent as the handler returns it. Of several, the handler writes the one it chose. */
  readonly mediaType?: string | readonly string[];
  /** Of the 200 reply: name → what it says. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses without a body that are no failures: what each says. */
  readonly otherStatuses?: Readonly<Record<number, string>>;
  /** What it can refuse with, besides what every route can. */
  readonly errors: readonly ErrorCode[];
  /** Writes the reply itself to `reply` if it returns undefined. */
  handle(input: RouteInput<P, Q, B>, reply: ServerResponse): Promise<R | undefined> | R;
}

/** A definition with its types folded into `run`. */
export interface Route
  extends Omit<RouteDefinition<unknown, unknown, unknown, unknown>, 'handle' | 'params' | 'query'> {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** Checks the raw parts and handles them. @throws ShelfwalkError REQUEST_INVALID · REQUEST_UNPROCESSABLE */
  run(raw: RouteInput<unknown, unknown, unknown>, reply: ServerResponse): Promise<unknown>;
}

export function defineRoute<P, Q, B, R>(definition: RouteDefinition<P, Q, B, R>): Route {
  const { handle, ...rest } = definition;
  return {
    ...rest,
    async run(raw, reply) {
      const params = check(definition.params, raw.params, 'REQUEST_INVALID');
      const query = check(definition.query, raw.query, 'REQUEST_INVALID');
      // A body that is JSON but not what was asked for is 422; a body that is no JSON is 400, in body.ts.
      const body =
        definition.body && !(raw.body instanceof Lines)
          ? check(definition.body, raw.body, 'REQUEST_UNPROCESSABLE')
          : (raw.body as B);
      return handle({ params, query, body, idempotency: raw.idempotency }, reply);
    },
  };
}

function check<T>(schema: z.ZodType<T>, value: unknown, code: ErrorCode): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw toIssueError(code, parsed.error.issues, schema);
}

export interface MountHooks {
  /** Throws when the request may not use a route of this scope. */
  authorize(request: Request, scope: Scope | 'open'): void;
  readonly readBody: RequestHandler;
  /** Also NDJSON. */
  readonly readLines: RequestHandler;
}

/** Routes in order: of two whose paths overlap, the earlier one answers. Other methods of a known path get 405. */
export function mount(
  app: Application,
  routes: readonly Route[],
  { authorize, readBody, readLines }: MountHooks,
): void {
  for (const route of routes) {
    const template = toTemplate(route.path);
    const begin: RequestHandler = (request, response, next) => {
      response.locals['route'] = template;
      authorize(request, route.scope);
      next();
    };
    const answer: RequestHandler = async (request, response) => {
      const params = joinWildcards(request.params);
      const { query, body } = request;
      const idempotency = route.idempotent ? readIdempotency(request) : undefined;
      const result = await route.run({ params, query, body, idempotency }, response);
      if (result === undefined) return;
      response.status(route.status ?? 200);
      send(response, result, toMediaTypes(route)[0]);
    };
    const read = route.lines ? readLines : readBody;
    app[route.method](route.path, ...(route.body ? [begin, read, answer] : [begin, answer]));
  }
  for (const path of new Set(routes.map((r) => r.path))) {
    const methods = routes.filter((r) => r.path === path).map((r) => r.method.toUpperCase());
    app.all(path, refuseMethod(path, methods.includes('GET') ? [...methods, 'HEAD'] : methods));
  }
}

function refuseMethod(path: string, methods: readonly string[]): RequestHandler {
  const allow = methods.join(', ');
  return (request, response) => {
    response.locals['route'] = toTemplate(path);
    response.setHeader('Allow', allow);
    if (request.method === 'OPTIONS') return void response.status(204).end();
    throw new ShelfwalkError('METHOD_NOT_ALLOWED', { found: request.method, expected: allow });
  };
}

/** What the 200 reply may be, the usual one first. */
export const toMediaTypes = ({ mediaType = 'application/json' }: Route): readonly [string, ...string[]] =>
  [mediaType].flat() as [string, ...string[]];

function send(response: Response, result: unknown, mediaType: string): void {
  const text = typeof result === 'string' ? result : JSON.stringify(result);
  response.setHeader('Content-Type', mediaType.includes(';') ? mediaType : `${mediaType}; charset=utf-8`);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

/** A wildcard comes as its segments, each decoded: `aisle/24` and `aisle%2F24` are the same id. */
function joinWildcards(params: Readonly<Record<string, string | string[]>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([k, v]) => [k, typeof v === 'string' ? v : v.join('/')]),
  );
}

/** `/v1/attributes/*id` → `/v1/attributes/{id}`, as OpenAPI and the metrics name it. */
export const toTemplate = (path: string): string => path.replace(/[:*](\w+)/g, '{$1}');
