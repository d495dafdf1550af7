/**
 * Nearest nodes of several nodes together, or of a vector of the caller's own. Ids are in the body, so
 * that any id can be asked for, also those that no path can carry (`.` and `..`).
 */
import { z } from 'zod';
import type { LiveModel } from '../../pipeline/live-types.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  excludeField,
  MAX_IDS,
  MAX_LIMIT,
  matchReply,
  modelChoice,
  nodeId,
  nodeType,
  noParams,
} from '../schemas.ts';

const ref = z.strictObject({ type: nodeType, id: nodeId });

const nearest = z
  .union([
    z.strictObject({
      refs: z.array(ref).min(1).max(MAX_IDS).describe('one node or several, averaged as unit vectors'),
    }),
    z.strictObject({
      vector: z.array(z.number()).min(1).max(4096).describe('as long as the vectors of the model'),
      spaceId: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe('the space the vector is from; refused where the model is of another'),
    }),
  ])
  .describe('refs or vector');

const queryBody = z.strictObject({
  query: z.strictObject({ nearest }),
  targetType: nodeType
    .optional()
    .describe('type of the nodes to find; default: that of the refs. A vector needs it'),
  limit: z.number().int().min(1).max(MAX_LIMIT).default(10),
  exclude: excludeField,
  withAttributes: z.boolean().default(false),
  model: modelChoice,
});

export const queryRoute = (live: Pick<LiveModel, 'query'>): Route =>
  defineRoute({
    method: 'post',
    path: '/v1/query',
    tag: 'query',
    summary: 'Nodes nearest to one or several nodes, or to a raw vector, by cosine of input vectors',
    scope: 'read',
    params: noParams,
    query: noParams,
    body: queryBody,
    response: matchReply,
    errors: [
      'NODE_UNKNOWN',
      'NODE_NOT_EMBEDDED',
      'VECTOR_INVALID',
      'REQUEST_UNPROCESSABLE',
      'SPACE_MISMATCH',
      'NO_MODEL',
      'ALIAS_UNKNOWN',
    ],
    handle: ({ body: { query, ...rest } }) => live.query({ ...query.nearest, ...rest }),
  });
