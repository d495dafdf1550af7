/** Events of customers and products: more of them, others in their place, fewer, and what there is. */
import { z } from 'zod';
import type { Workspace } from '../../pipeline/workspace.ts';
import {
  documented,
  type Entries,
  MAX_ENTRIES,
  readEntries,
  refuseRejected,
  toReply,
  writeReply,
} from '../entries.ts';
import { Lines } from '../lines.ts';
import { defineRoute, type Route, type RouteInput } from '../route.ts';
import { cursorQuery, idParams, limitQuery, nodeId, noParams, since } from '../schemas.ts';

type Catalog = Workspace['catalog'];

const word = nodeId.max(512);

const interaction = z.strictObject({
  customerId: nodeId,
  productId: nodeId,
  type: word.optional().describe('default: purchase. return takes a purchase back'),
  timestamp: z
    .union([z.string().max(64), z.number()])
    .optional()
    .describe('ISO 8601, epoch seconds or milliseconds; default: now'),
  quantity: z.number().optional().describe('not 0; below 0: so many of this type are taken back'),
  value: z.number().optional().describe('what was paid'),
  basket: word.optional().describe('basket, order or session'),
});

const many = z.strictObject({ interactions: z.array(documented(interaction)).min(1).max(MAX_ENTRIES) });
const oneOrMany = z.union([interaction, many]);

type Body = z.infer<typeof oneOrMany> | Lines;

const toEntries = (body: Body): Entries<z.infer<typeof interaction>> =>
  readEntries(
    interaction,
    body instanceof Lines ? body : 'interactions' in body ? body.interactions : [body],
  );

const page = z.strictObject({
  results: z.array(
    z.strictObject({
      productId: z.string(),
      type: z.string(),
      timestamp: z.string().optional(),
      quantity: z.number().optional().describe('below 0: a return'),
      value: z.number().optional(),
      basket: z.string().optional(),
    }),
  ),
  nextCursor: z.string().optional().describe('absent on the last page'),
  tookMs: z.number().min(0),
});

const pageQuery = { limit: limitQuery, cursor: cursorQuery };

export const interactionRoutes = (catalog: Catalog): Route[] => [
  defineRoute({
    ...writeRoute('post', 'More events: each one counts, also those that came before'),
    handle: (input) => write((...given) => catalog.appendInteractions(...given), input),
  }),
  defineRoute({
    ...writeRoute(
      'put',
      'Events in the place of all of the same customer, product and type (and basket, where one is given)',
    ),
    handle: (input) => write((...given) => catalog.replaceInteractions(...given), input),
  }),
  defineRoute({
    method: 'delete',
    path: '/v1/interactions',
    tag: 'interactions',
    summary: 'Fewer events: those of a customer, of a product only and of a type only where these are given',
    scope: 'write',
    idempotent: true,
    params: noParams,
    query: z.strictObject({
      customerId: nodeId,
      productId: nodeId.optional(),
      type: word.optional().describe('return: returns only'),
    }),
    response: z.strictObject({ deleted: z.number().int(), watermark: z.number().int() }),
    errors: [],
    handle: ({ query, idempotency }) => catalog.deleteInteractions(query, { idempotency }),
  }),
  defineRoute({
    method: 'get',
    path: '/v1/interactions',
    tag: 'interactions',
    summary: 'Events of a customer, newest first, by a name that no path can carry',
    scope: 'read',
    params: noParams,
    query: z.strictObject({ customerId: nodeId, ...pageQuery }),
    response: page,
    errors: ['NODE_UNKNOWN'],
    handle: ({ query: { customerId, ...rest } }) => list(catalog, customerId, rest),
  }),
  defineRoute({
    method: 'get',
    path: '/v1/customers/:id/interactions',
    tag: 'interactions',
    summary: 'Events of a customer, newest first',
    scope: 'read',
    params: idParams('customers'),
    query: z.strictObject(pageQuery),
    response: page,
    errors: ['NODE_UNKNOWN'],
    handle: ({ params: { id }, query }) => list(catalog, id, query),
  }),
];

const writeRoute = (method: 'post' | 'put', summary: string) =>
  ({
    method,
    path: '/v1/interactions',
    tag: 'interactions',
    summary,
    scope: 'write',
    idempotent: true,
    params: noParams,
    query: noParams,
    body: oneOrMany,
    lines: interaction,
    response: writeReply,
    errors: ['NODE_UNKNOWN'],
  }) as const;

type Input = RouteInput<unknown, unknown, Body>;

async function write(
  send: Catalog['appendInteractions'],
  { body, idempotency }: Input,
): Promise<z.infer<typeof writeReply>> {
  const entries = toEntries(body);
  const written = await send(entries.good, { idempotency });
  if (!(body instanceof Lines) && !('interactions' in body)) refuseRejected(written);
  return toReply(entries, written);
}

async function list(
  catalog: Catalog,
  customerId: string,
  query: { limit: number; cursor?: string },
): Promise<z.infer<typeof page>> {
  const startedAt = performance.now();
  const { rows, nextCursor } = await catalog.listInteractions(customerId, query);
  return { results: [...rows], nextCursor, tookMs: since(startedAt) };
}
