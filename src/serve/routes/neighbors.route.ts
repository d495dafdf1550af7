/** Nearest nodes of one node, of the same type or another. */
import { z } from 'zod';
import type { LiveModel } from '../../pipeline/live-types.ts';
import { defineRoute, type Route } from '../route.ts';
import {
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
      summary: `Nodes nearest to one ${type}, by cosine of input vectors; never itself`,
      scope: 'read',
      params: idParams(segment),
      query: z.strictObject({
        limit: limitQuery,
        targetType: nodeType.default(type).describe('type of the nodes to find'),
        withAttributes: withAttributesQuery,
        model: modelChoice,
      }),
      response: matchReply,
      errors: ['NODE_UNKNOWN', 'NODE_NOT_EMBEDDED', 'NO_MODEL', 'ALIAS_UNKNOWN'],
      handle: ({ params: { id }, query }) => live.neighbors({ type, id }, query),
    }),
  );
