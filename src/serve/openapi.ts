/**
 * The OpenAPI 3.1 document, from the schemas that check the requests: zod prints JSON Schema draft
 * 2020-12, which is what 3.1 wants. Nothing in it is written by hand twice.
 */
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../base/errors.ts';
import { KEY_HEADER } from './idempotency-key.ts';
import { PROBLEM_TYPE, problemSchema } from './problem.ts';
import { type Route, toMediaTypes, toTemplate } from './route.ts';

type Json = Record<string, unknown>;

/** Any route may answer with these; `open` ones are asked for no key. */
const COMMON: readonly ErrorCode[] = [
  'REQUEST_INVALID',
  'FORBIDDEN',
  'METHOD_NOT_ALLOWED',
  'RATE_LIMITED',
  'INTERNAL',
  'OVERLOADED',
];
const WITH_KEY: readonly ErrorCode[] = ['UNAUTHORIZED'];
/** What every change of the catalog may be refused with. */
const WITH_CHANGE: readonly ErrorCode[] = ['BUSY', 'IDEMPOTENCY_KEY_REUSED', 'DISK_FULL', 'SHUTTING_DOWN'];
const IDEMPOTENCY_KEY: Json = {
  name: KEY_HEADER,
  in: 'header',
  required: false,
  description:
    'the same key and request within 24 hours get the same reply, and nothing is done twice; with another request it is refused',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};
const WITH_BODY: readonly ErrorCode[] = [
  'REQUEST_UNPROCESSABLE',
  'BODY_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'REQUEST_TIMEOUT',
];

export function toOpenApi(routes: readonly Route[], { version }: { readonly version: string }): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = toTemplate(route.path);
    paths[path] = { ...paths[path], [route.method]: toOperation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'shelfwalk',
      version,
      description:
        'Neighbours and recommendations from graph-based embeddings of customers, products and attributes.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map((r) => r.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: toSchema(problemSchema, 'output') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  };
}

/** Codes a route may answer with, its own first. */
function toErrorCodes(route: Route): ErrorCode[] {
  return [
    ...new Set([
      ...route.errors,
      ...COMMON,
      ...(route.scope === 'open' ? [] : WITH_KEY),
      ...(route.body ? WITH_BODY : []),
      ...(route.idempotent ? WITH_CHANGE : []),
    ]),
  ];
}

function toOperation(route: Route): Json {
  return {
    operationId: toOperationId(route),
    tags: [route.tag],
    summary: route.summary,
    parameters: [
      ...toParameters('path', route.params),
      ...toParameters('query', route.query),
      ...(route.idempotent ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(route.body && {
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: toSchema(route.body, 'input') },
          ...(route.lines && { 'application/x-ndjson': { schema: toSchema(route.lines, 'input') } }),
        },
      },
    }),
    responses: {
      [route.status ?? 200]: toSuccess(route),
      ...mapValues(route.otherStatuses, (description) => ({ description })),
      ...toProblems(toErrorCodes(route)),
    },
    security:
      route.scope === 'open' ? [] : [{ bearer: [] }, { apiKey: [] }, ...(route.scope === 'read' ? [{}] : [])],
    'x-scope': route.scope,
  };
}

function toSuccess(route: Route): Json {
  const schema = toSchema(route.response, 'output');
  const content = toMediaTypes(route).map((type) => [type.split(';')[0], { schema }]);
  const headers = mapValues(route.headers, (description) => ({ description, schema: { type: 'string' } }));
  return {
    description: 'done',
    ...(route.headers && { headers }),
    content: Object.fromEntries(content),
  };
}

const mapValues = <T>(record: Readonly<Record<string, string>> = {}, to: (value: string) => T): Json =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));

/** `get /v1/products/{id}/neighbors` → `getProductsByIdNeighbors`. */
function toOperationId({ method, path }: Route): string {
  const words = path
    .replace(/^\/v1/, '')
    .split(/[/\-.]/)
    .filter(Boolean);
  return method + words.map((w) => (/^[:*]/.test(w) ? `By${capital(w.slice(1))}` : capital(w))).join('');
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function toParameters(where: 'path' | 'query', schema: z.ZodObject): Json[] {
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => ({
    name,
    in: where,
    required: where === 'path' || !field.safeParse(undefined).success,
    // Of what the text is read into: an integer is an integer, though a query carries text.
    schema: toSchema(field, 'output'),
  }));
}

function toProblems(codes: readonly ErrorCode[]): Json {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes)
    byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  const content = { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [
      status,
      { description: of.map((c) => `${c}: ${ERRORS[c].text}`).join(' · '), content },
    ]),
  );
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
  });
  return json;
}
