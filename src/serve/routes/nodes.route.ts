/** Finding products, customers and attributes, and reading one. */
import { z } from 'zod';
import { ShelfwalkError } from '../../base/errors.ts';
import type { LiveModel } from '../../pipeline/live-types.ts';
import type { Workspace } from '../../pipeline/workspace.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  cursorQuery,
  entityPage,
  entityReply,
  idParams,
  limitQuery,
  modelQuery,
  noParams,
  segments,
  since,
  textQuery,
  toIdPath,
} from '../schemas.ts';

export interface NodeDeps {
  readonly catalog: Workspace['catalog'];
  readonly live: Pick<LiveModel, 'embeddingState'>;
}

export const nodeListRoutes = ({ catalog }: NodeDeps): Route[] =>
  segments.map(([segment, type]) =>
    defineRoute({
      method: 'get',
      path: `/v1/${segment}`,
      tag: segment,
      summary: `${segment} by name or id`,
      scope: 'read',
      params: noParams,
      query: z.strictObject({
        q: textQuery
          .optional()
          .describe('part of a name or id, upper or lower case; beginnings first. All by id if not given'),
        cursor: cursorQuery,
        limit: limitQuery,
      }),
      response: entityPage,
      errors: [],
      async handle({ query: { q, cursor, limit } }) {
        const startedAt = performance.now();
        // An empty search box asks for everything.
        const { rows, nextCursor } = await catalog.list({ type, q: q || undefined, cursor, limit });
        return {
          results: rows.map((row) => ({ ...row, attributes: [...row.attributes] })),
          nextCursor,
          tookMs: since(startedAt),
        };
      },
    }),
  );

export const nodeRoutes = ({ catalog, live }: NodeDeps): Route[] =>
  segments.map(([segment, type]) =>
    defineRoute({
      method: 'get',
      path: `/v1/${segment}/${toIdPath(segment)}`,
      tag: segment,
      summary: `One ${type}, and whether it has a vector`,
      scope: 'read',
      params: idParams(segment),
      query: modelQuery,
      response: entityReply,
      errors: ['NODE_UNKNOWN', 'ALIAS_UNKNOWN'],
      async handle({ params: { id }, query }) {
        const startedAt = performance.now();
        const found = await catalog.find(type, id);
        if (!found)
          throw new ShelfwalkError('NODE_UNKNOWN', {
            type,
            id,
            hint: `GET /v1/${segment}?q=… finds ids by name`,
          });
        return {
          ...found,
          attributes: [...found.attributes],
          ...(await live.embeddingState({ type, id }, query)),
          tookMs: since(startedAt),
        };
      },
    }),
  );
