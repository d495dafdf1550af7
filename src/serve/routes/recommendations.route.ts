/** Products for one customer. */
import { z } from 'zod';
import type { LiveModel } from '../../pipeline/live-types.ts';
import { defineRoute, type Route } from '../route.ts';
import { idParams, limitQuery, matchReply, modelChoice, withAttributesQuery } from '../schemas.ts';

export const recommendationsRoute = (live: Pick<LiveModel, 'recommend'>): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/customers/:id/recommendations',
    tag: 'customers',
    summary: "Products for one customer, by the customer's input vector · the product's context vector",
    scope: 'read',
    params: idParams('customers'),
    query: z.strictObject({
      limit: limitQuery,
      exclude: z
        .enum(['seen', 'none'])
        .default('seen')
        .describe('seen: without products the customer has interacted with, up to now'),
      withAttributes: withAttributesQuery,
      model: modelChoice,
    }),
    response: matchReply,
    errors: ['NODE_UNKNOWN', 'NODE_NOT_EMBEDDED', 'NO_MODEL', 'ALIAS_UNKNOWN', 'CONTEXTS_MISSING'],
    handle: ({ params: { id }, query }) => live.recommend(id, query),
  });
