/** The vectors themselves. */
import type { LiveModel } from '../../pipeline/live-types.ts';
import { defineRoute, type Route } from '../route.ts';
import { embeddingReply, idParams, modelQuery, segments, toIdPath } from '../schemas.ts';

export const embeddingRoutes = (live: Pick<LiveModel, 'embedding'>): Route[] =>
  segments.map(([segment, type]) =>
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
  );
