/** "a is to b as c is to …": nodes near to some examples and far from others. */
import { z } from 'zod';
import type { LiveModel } from '../../pipeline/live-types.ts';
import { ANALOGY_METHODS } from '../../pipeline/recommend-types.ts';
import { filterField } from '../recommend-schemas.ts';
import { defineRoute, type Route } from '../route.ts';
import { excludeField, MAX_LIMIT, matchReply, modelChoice, nodeId, nodeType, noParams } from '../schemas.ts';

const MAX_EXAMPLES = 20;
const ref = z.strictObject({ type: nodeType, id: nodeId });

const body = z.strictObject({
  positive: z.array(ref).min(1).max(MAX_EXAMPLES),
  negative: z.array(ref).max(MAX_EXAMPLES).default([]),
  targetType: nodeType.describe('type of the nodes to find'),
  method: z
    .enum(ANALOGY_METHODS)
    .default('3CosAdd')
    .describe('cosine to the sum of examples, or the product of cosines to each'),
  limit: z.number().int().min(1).max(MAX_LIMIT).default(10),
  exclude: excludeField,
  ...filterField,
  withAttributes: z.boolean().default(false),
  model: modelChoice,
});

export const analogyRoute = (live: Pick<LiveModel, 'analogies'>): Route =>
  defineRoute({
    method: 'post',
    path: '/v1/analogies',
    tag: 'query',
    summary: 'Nodes near to all positive examples and far from the negative ones; none of them',
    scope: 'read',
    params: noParams,
    query: noParams,
    body,
    response: matchReply,
    errors: ['NODE_UNKNOWN', 'NODE_NOT_EMBEDDED', 'REQUEST_UNPROCESSABLE', 'NO_MODEL', 'ALIAS_UNKNOWN'],
    handle: ({ body: question }) => live.analogies(question),
  });
