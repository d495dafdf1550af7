/** Products and customers, one by one or many at once: put, patched, deleted. */
import { z } from 'zod';
import { isShelfwalkError } from '../../base/errors.ts';
import type { NodeRef } from '../../base/ids.ts';
import type { LiveModel } from '../../pipeline/live-types.ts';
import type { EntityChange, Workspace } from '../../pipeline/workspace.ts';
import { documented, MAX_ENTRIES, readEntries, refuseRejected, toReply, writeReply } from '../entries.ts';
import { Lines } from '../lines.ts';
import { defineRoute, type Route } from '../route.ts';
import { coldStart, idParams, nodeId, noParams } from '../schemas.ts';
import { deleteOne, type ForgetRouteDeps, forgetRoutes } from './forget.route.ts';

type Catalog = Workspace['catalog'];

const SEGMENTS = { products: 'product', customers: 'customer' } as const;
type Segment = keyof typeof SEGMENTS;

const text = z.string().max(4096);

const attribute = z.strictObject({
  kind: text.describe('without / and :'),
  value: z
    .union([text, z.number(), z.null()])
    .describe(
      'a number is put into the bin of its kind, if the kind was imported in bins; null, in a patch, takes the kind away',
    ),
  name: text.optional().describe('display name of the value; default: as it is'),
});

const named = { name: text.optional(), attributes: z.array(attribute).max(200).optional() };
const states = {
  hidden: z.boolean().optional().describe('never to be shown'),
  inStock: z.boolean().optional(),
};
const FIELDS = { products: { ...named, ...states }, customers: named } as const;

const toChangeSchema = (segment: Segment): z.ZodType<EntityChange> =>
  z.union([
    z.strictObject({
      op: z
        .enum(['put', 'patch'], { error: 'Invalid option: expected one of "put"|"patch"|"delete"' })
        .default('put')
        .describe('put: what is not given is none; patch: it stays'),
      id: nodeId,
      ...FIELDS[segment],
    }),
    z.strictObject({ op: z.literal('delete'), id: nodeId }),
  ]);

const done = z.strictObject({
  type: z.enum(['product', 'customer']),
  id: z.string(),
  watermark: z.number().int().describe('grows with every change of the catalog'),
});

/** What is served of it from now on. */
const written = done.extend({
  embedded: z.boolean().describe('has a vector in the model that answers by default'),
  reason: z.string().optional().describe('why it has none'),
  ...coldStart,
});

export interface ChangeDeps extends ForgetRouteDeps {
  readonly live: Pick<LiveModel, 'embeddingState'>;
}

export const changeRoutes = (deps: ChangeDeps): Route[] => [
  ...(['products', 'customers'] as const).flatMap((segment) => [
    changeRoute(deps, { segment, method: 'put', op: 'put' }),
    changeRoute(deps, { segment, method: 'patch', op: 'patch' }),
    batchRoute(deps.catalog, segment),
  ]),
  deleteProductRoute(deps.catalog),
  ...forgetRoutes(deps),
];

const SUMMARIES = {
  put: 'as given: made if there is none, and what is not given is none',
  patch: 'changed: what is not given stays, and so do kinds of attributes that are not given',
} as const;

function changeRoute(
  { catalog, live }: ChangeDeps,
  { segment, method, op }: { segment: Segment; method: 'put' | 'patch'; op: 'put' | 'patch' },
): Route {
  const type = SEGMENTS[segment];
  return defineRoute({
    method,
    path: `/v1/${segment}/:id`,
    tag: segment,
    summary: `One ${type} ${SUMMARIES[op]}`,
    scope: 'write',
    idempotent: true,
    params: idParams(segment),
    query: noParams,
    body: z.strictObject(FIELDS[segment]),
    response: written,
    errors: op === 'patch' ? ['NODE_UNKNOWN'] : [],
    async handle({ params: { id }, body, idempotency }) {
      const reply = await catalog.changeEntities(type, [{ op, id, ...body }], { idempotency });
      refuseRejected(reply, { type, id });
      return { type, id, watermark: reply.watermark, ...(await readState(live, { type, id })) };
    },
  });
}

/** It is written and must be acknowledged, whatever is wrong with what is served. */
async function readState(
  live: ChangeDeps['live'],
  ref: NodeRef,
): Promise<Omit<z.infer<typeof written>, keyof z.infer<typeof done>>> {
  try {
    const { model: _, ...state } = await live.embeddingState(ref);
    return state;
  } catch (error) {
    if (!isShelfwalkError(error)) throw error;
    return { embedded: false, reason: error.message };
  }
}

const deleteProductRoute = (catalog: Catalog): Route =>
  defineRoute({
    method: 'delete',
    path: '/v1/products/:id',
    tag: 'products',
    summary: 'One product less, with its interactions, edges and attributes; events do not bring it back',
    scope: 'write',
    idempotent: true,
    params: idParams('products'),
    query: noParams,
    response: done,
    errors: ['NODE_UNKNOWN', 'REQUEST_UNPROCESSABLE'],
    handle: ({ params: { id }, idempotency }) => deleteOne(catalog, { type: 'product', id }, idempotency),
  });

function batchRoute(catalog: Catalog, segment: Segment): Route {
  const type = SEGMENTS[segment];
  const change = toChangeSchema(segment);
  return defineRoute({
    method: 'post',
    path: `/v1/${segment}/batch`,
    tag: segment,
    summary: `Many ${segment} put, patched or deleted, in this order; ids may be any, also those no path can carry`,
    scope: 'write',
    idempotent: true,
    params: noParams,
    query: noParams,
    body: z.strictObject({ [segment]: z.array(documented(change)).min(1).max(MAX_ENTRIES) }),
    lines: change,
    response: writeReply,
    errors: ['NODE_UNKNOWN'],
    async handle({ body, idempotency }) {
      const entries = readEntries(change, body instanceof Lines ? body : body[segment]!);
      return toReply(entries, await catalog.changeEntities(type, entries.good, { idempotency }));
    },
  });
}
