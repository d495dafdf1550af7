/** Nearest nodes of one node, of the same type or another. */
import { z } from 'zod';
import { type LiveModel, RELATIONS } from '../../pipeline/live-types.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  excludeQuery,
  idParams,
  limitQuery,
  matchReply,
  modelChoice,
  nodeType,
  segments,
  toIdPath,
  withAttributesQuery,
} from '../schemas.ts';

export const neighborRoutes = (live: Pick<LiveModel, 'neighbors'>): Route[] =>
  segments.map(([segment, type]) =>
    defineRoute({
      method: 'get',
      path: `/v1/${segment}/${toIdPath(segment)}/neighbors`,
      tag: segment,
      summary: `Nodes nearest to one ${type}, by cosine of input vectors or another relation; never itself`,
      scope: 'read',
      params: idParams(segment),
      query: z.strictObject({
        limit: limitQuery,
        targetType: nodeType.default(type).describe('type of the nodes to find'),
        relation: z
          .enum(RELATIONS)
          .default('similar')
          .describe(
            'similar: used alike; substitute, complement: products in the place of one, or bought with it; affinity: nodes of another type that go with it',
          ),
        exclude: excludeQuery,
        withAttributes: withAttributesQuery,
        model: modelChoice,
      }),
      response: matchReply,
      errors: [
        'NODE_UNKNOWN',
        'NODE_NOT_EMBEDDED',
        'NO_MODEL',
        'ALIAS_UNKNOWN',
        'CONTEXTS_MISSING',
        'REQUEST_UNPROCESSABLE',
      ],
      handle: ({ params: { id }, query: { exclude, ...query } }) =>
        live.neighbors(
          { type, id },
          {
            ...query,
            exclude: { hidden: exclude.includes('hidden'), outOfStock: exclude.includes('outOfStock') },
          },
        ),
    }),
  );
