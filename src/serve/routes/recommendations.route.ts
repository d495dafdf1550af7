/**
 * Products for a customer, for somebody who is known by a session or a basket alone, and the caller's own list
 * in either's order.
 */
import { z } from 'zod';
import type { LiveModel } from '../../pipeline/live-types.ts';
import {
  excludeField,
  listFields,
  rankBody,
  rankReply,
  recommendReply,
  sessionFields,
} from '../recommend-schemas.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  idParams,
  limitQuery,
  modelChoice,
  noParams,
  recommendExcludeQuery,
  withAttributesQuery,
} from '../schemas.ts';

const ERRORS = [
  'NODE_UNKNOWN',
  'NODE_NOT_EMBEDDED',
  'NO_MODEL',
  'ALIAS_UNKNOWN',
  'CONTEXTS_MISSING',
  'REQUEST_UNPROCESSABLE',
] as const;

const ofCustomer = {
  path: '/v1/customers/:id/recommendations',
  tag: 'customers',
  scope: 'read',
  params: idParams('customers'),
  response: recommendReply,
  errors: ERRORS,
} as const;

export const recommendationRoutes = (
  live: Pick<LiveModel, 'recommend' | 'recommendFor' | 'rank'>,
): Route[] => [
  defineRoute({
    ...ofCustomer,
    method: 'get',
    summary: "Products for one customer, by the mean of what they have bought · the product's context vector",
    query: z.strictObject({
      limit: limitQuery,
      exclude: recommendExcludeQuery,
      withAttributes: withAttributesQuery,
      model: modelChoice,
    }),
    handle: ({ params: { id }, query: { exclude, ...query } }) =>
      live.recommend(id, {
        ...query,
        exclude: {
          seen: exclude.includes('seen'),
          hidden: exclude.includes('hidden'),
          outOfStock: exclude.includes('outOfStock'),
        },
      }),
  }),
  defineRoute({
    ...ofCustomer,
    method: 'post',
    summary: 'Products for one customer, filtered, diverse and explained as asked for',
    query: noParams,
    body: z.strictObject({ ...listFields, exclude: excludeField }),
    handle: ({ params: { id }, body }) => live.recommend(id, body),
  }),
  defineRoute({
    method: 'post',
    path: '/v1/recommendations',
    tag: 'recommendations',
    summary: 'Products for somebody without an id, by a session, a basket or traits',
    scope: 'read',
    params: noParams,
    query: noParams,
    body: z.strictObject({ ...sessionFields, ...listFields, exclude: excludeField }),
    response: recommendReply,
    errors: [...ERRORS, 'FOLD_IN_IMPOSSIBLE'],
    handle: ({ body }) => live.recommendFor(body),
  }),
  defineRoute({
    method: 'post',
    path: '/v1/rank',
    tag: 'recommendations',
    summary: "The caller's list of products in the order of a customer or a session",
    scope: 'read',
    params: noParams,
    query: noParams,
    body: rankBody,
    response: rankReply,
    errors: [...ERRORS, 'FOLD_IN_IMPOSSIBLE'],
    handle: ({ body }) => live.rank(body),
  }),
];
