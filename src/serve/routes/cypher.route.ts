/**
 * Queries over embedded nodes in Neo4j: one address per file of cypher/analytics, with the parameters of its
 * header. What needs no Neo4j is answered without one.
 */
import { z } from 'zod';
import type { ErrorCode } from '../../base/errors.ts';
import type { AnalyticsQuery, Cypher } from '../../pipeline/cypher.ts';
import { toParametersSchema } from '../../pipeline/cypher-parameters.ts';
import { defineRoute, type Route } from '../route.ts';
import { noParams } from '../schemas.ts';

const NEO4J_ERRORS: readonly ErrorCode[] = [
  'NEO4J_NOT_CONFIGURED',
  'NEO4J_UNREACHABLE',
  'NEO4J_BUSY',
  'NEO4J_TIMEOUT',
  'NEO4J_UNAUTHORIZED',
  'NEO4J_DATABASE_UNKNOWN',
];

const parameter = z.strictObject({
  name: z.string(),
  type: z.string(),
  default: z
    .union([z.string(), z.number(), z.boolean(), z.null()])
    .optional()
    .describe('absent: it must be given'),
  text: z.string(),
});
const column = z.strictObject({ name: z.string(), type: z.string(), text: z.string() });

const description = z.strictObject({
  name: z.string(),
  purpose: z.string(),
  start: z.enum(['given nodes', 'whole graph']),
  bound: z.string().optional().describe('what keeps a query of the whole graph from looking at all of it'),
  parameters: z.array(parameter),
  columns: z.array(column),
});

const reply = z.strictObject({
  query: z.string().optional(),
  columns: z.array(z.string()).readonly(),
  results: z.array(z.record(z.string(), z.unknown())).readonly(),
  truncated: z.boolean().describe('there were more rows than limits.cypherRows'),
  model: z
    .strictObject({ version: z.string(), spaceId: z.string() })
    .optional()
    .describe('whose vectors were read'),
  tookMs: z.number(),
});

export const cypherRoutes = (cypher: Cypher, { freeCypher }: { readonly freeCypher: boolean }): Route[] => [
  listRoute(cypher),
  ...cypher.queries.map((query) => queryRoute(cypher, query)),
  ...(freeCypher ? [freeRoute(cypher)] : []),
];

const listRoute = ({ queries }: Cypher): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/cypher',
    tag: 'cypher',
    summary: 'The queries there are, with parameters and columns',
    scope: 'read',
    params: noParams,
    query: noParams,
    response: z.strictObject({ results: z.array(description) }),
    errors: [],
    handle: () => ({ results: queries.map(toDescription) }),
  });

const queryRoute = (cypher: Cypher, query: AnalyticsQuery): Route =>
  defineRoute({
    method: 'get',
    path: `/v1/cypher/${query.name}`,
    tag: 'cypher',
    summary: query.purpose,
    scope: 'read',
    params: noParams,
    query: toParametersSchema(query),
    response: reply,
    errors: ['NODE_UNKNOWN', 'NODE_NOT_EMBEDDED', 'VERSION_UNKNOWN', 'NEO4J_NOT_WRITTEN', ...NEO4J_ERRORS],
    handle: ({ query: values }) => cypher.run(query.name, values),
  });

/** For who may do anything: what lies in the database besides our model is readable as well. */
const freeRoute = (cypher: Cypher): Route =>
  defineRoute({
    method: 'post',
    path: '/v1/cypher',
    tag: 'cypher',
    summary: 'A statement of your own that only reads the graph; there only with freeCypher',
    scope: 'admin',
    params: noParams,
    query: noParams,
    body: z.strictObject({
      query: z.string().min(1).max(20_000).describe('Cypher; values belong into parameters'),
      parameters: z
        .record(z.string(), z.unknown())
        .default({})
        .describe('numbers arrive as floats: toInteger($limit)'),
    }),
    response: reply,
    errors: ['CYPHER_REFUSED', 'NEO4J_STATEMENT_REFUSED', ...NEO4J_ERRORS],
    handle: ({ body: { query, parameters } }) => cypher.runFree(query, parameters),
  });

const toDescription = ({
  name,
  purpose,
  start,
  bound,
  parameters,
  columns,
}: AnalyticsQuery): z.infer<typeof description> => ({
  name,
  purpose,
  start,
  ...(bound !== undefined && { bound }),
  parameters: parameters.map(({ typeText, type: _, ...rest }) => ({ ...rest, type: typeText })),
  columns: [...columns],
});
