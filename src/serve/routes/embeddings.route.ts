/** The vectors themselves: of nodes that were trained, and of one that was not, from what it touches. */
import { z } from 'zod';
import type { LiveModel } from '../../pipeline/live-types.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  embeddingReply,
  idParams,
  inferReply,
  MAX_IDS,
  modelChoice,
  modelQuery,
  nodeId,
  nodeType,
  noParams,
  segments,
  toIdPath,
} from '../schemas.ts';

const inferBody = z
  .strictObject({
    type: z.enum(['product', 'customer']),
    edges: z
      .array(
        z.strictObject({
          type: nodeType,
          id: nodeId,
          weight: z.number().positive().max(1e6).default(1).describe('1 is one purchase'),
        }),
      )
      .max(MAX_IDS)
      .default([])
      .describe('what it touches: products of a customer, buyers of a product'),
    attributes: z
      .array(
        z.strictObject({
          kind: nodeId.refine((kind) => !kind.includes('/'), 'a kind holds no slash'),
          value: nodeId,
        }),
      )
      .max(MAX_IDS)
      .default([])
      .describe('of a product, or traits of a customer'),
    model: modelChoice,
  })
  .refine(({ edges, attributes }) => edges.length + attributes.length > 0, {
    path: ['edges'],
    message: 'name at least one edge or attribute',
  });

export const embeddingRoutes = (live: Pick<LiveModel, 'embedding' | 'infer'>): Route[] => [
  ...segments.map(([segment, type]) =>
    defineRoute({
      method: 'get',
      path: `/v1/embeddings/${segment}/${toIdPath(segment)}`,
      tag: 'embeddings',
      summary: `Both vectors of one ${type}`,
      scope: 'read',
      params: idParams(segment),
      query: modelQuery,
      response: embeddingReply,
      errors: ['NODE_UNKNOWN', 'NODE_NOT_EMBEDDED', 'NO_MODEL', 'ALIAS_UNKNOWN'],
      handle: ({ params: { id }, query }) => live.embedding({ type, id }, query),
    }),
  ),
  defineRoute({
    method: 'post',
    path: '/v1/embeddings/infer',
    tag: 'embeddings',
    summary:
      'Both vectors of a product or customer that was not trained, from what it touches; nothing is stored',
    scope: 'read',
    params: noParams,
    query: noParams,
    body: inferBody,
    response: inferReply,
    errors: ['FOLD_IN_IMPOSSIBLE', 'CONTEXTS_MISSING', 'REQUEST_UNPROCESSABLE', 'NO_MODEL', 'ALIAS_UNKNOWN'],
    handle: ({ body }) => live.infer(body),
  }),
];
