/**
 * What lists of products are asked for with, and what they are answered with: the same fields on every route
 * that gives one.
 */
import { z } from 'zod';
import type { Filter } from '../pipeline/filter-types.ts';
import { FILTER_LIMITS } from '../pipeline/filter-types.ts';
import { SCORERS } from '../pipeline/recommend-types.ts';
import {
  excludeIds,
  excludeStates,
  MAX_IDS,
  MAX_LIMIT,
  matchFields,
  matchReply,
  modelChoice,
  nodeId,
} from './schemas.ts';
import { toFieldErrors } from './validation.ts';

const word = nodeId.max(512);
const filterValue = z.union([word, z.number(), z.boolean()]);
const bound = z.number().optional();

const condition = z.union([
  z.strictObject({
    key: word.describe('a kind of attribute, inStock or hidden'),
    match: z.union([filterValue, z.array(filterValue).min(1).max(FILTER_LIMITS.values)]),
  }),
  z.strictObject({ key: word, range: z.strictObject({ gt: bound, gte: bound, lt: bound, lte: bound }) }),
  z.strictObject({ key: word, exists: z.boolean() }),
  z.strictObject({ ids: z.array(nodeId).min(1).max(FILTER_LIMITS.values) }),
]);

const toGroup = <T>(member: z.ZodType<T>) => {
  const members = z.array(member).min(1).max(FILTER_LIMITS.conditions).optional();
  return z.strictObject({ must: members, should: members, mustNot: members });
};

/** As deep as may be; which alternative is meant is told by the keys, so that the message is about that one. */
function toFilterSchema(depth: number): z.ZodType<Filter> {
  if (depth === 1) return toGroup(condition);
  const group = toGroup(z.union([condition, toFilterSchema(depth - 1)]));
  return group;
}

const filterSchema = toFilterSchema(FILTER_LIMITS.depth);

/** Printed two groups deep: the document would else be as long as the grammar is deep. */
const { $schema: _, ...printedFilter } = z.toJSONSchema(toFilterSchema(2), { io: 'input' });

const filter = z
  .unknown()
  .meta({
    ...printedFilter,
    description: `must: all of these, should: one of these, mustNot: none; a group may stand for a condition, ${FILTER_LIMITS.depth} deep. Evaluated inside the search, against the catalog as it is now`,
  })
  .transform((given, context): Filter => {
    const parsed = filterSchema.safeParse(given);
    if (parsed.success) return parsed.data;
    for (const { path, message } of toFieldErrors(parsed.error.issues, filterSchema)) {
      context.addIssue({ code: 'custom', path: path === '' ? [] : path.split('.'), message });
    }
    return z.NEVER;
  });

export const filterField = { filter: filter.optional() };

/** How a product is scored, whatever the list is for. */
const scoreFields = {
  scorer: z
    .enum(SCORERS)
    .optional()
    .describe(
      'default: blend, where the version has learned it, else embedding. embedding: mean vector · context; walk: a random walk of three steps on the graph (P3); counts: item-kNN with recency; blend: the places that these give a product, and its place among what was bought before, by weights that were learned',
    ),
  popularityDiscount: z
    .number()
    .min(0)
    .max(5)
    .default(0)
    .describe('β: a score is divided by customers^β (walk: RP3β), a dot product lowered by β · ln customers'),
  explain: z.boolean().default(false).describe('the graph paths behind each result; limit ≤ 100 then'),
  withAttributes: z.boolean().default(false),
  model: modelChoice,
};

const attributeKey = word.describe('a kind of attribute');

export const listFields = {
  limit: z.number().int().min(1).max(MAX_LIMIT).default(10),
  ...filterField,
  diversity: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('0: by score alone, 1: as unlike as can be (MMR on input vectors); limit ≤ 200 then'),
  caps: z
    .array(z.strictObject({ key: attributeKey, max: z.number().int().min(1).max(MAX_LIMIT) }))
    .max(5)
    .default([])
    .describe('at most max results with the same value of key'),
  groupBy: z
    .strictObject({ key: attributeKey, size: z.number().int().min(1).max(MAX_LIMIT).default(1) })
    .optional()
    .describe('at most size results of those whose first value of key is the same'),
  fallback: z
    .enum(['popular', 'none'])
    .default('none')
    .describe(
      'popular: products with the most customers fill what the scorer leaves short, or answer in its place',
    ),
  ...scoreFields,
};

export const excludeField = z
  .strictObject({
    seen: z.boolean().default(true).describe('products that were interacted with, up to now'),
    seenTypes: z
      .array(word)
      .min(1)
      .max(20)
      .optional()
      .describe('of these, only those with an interaction of such a type; default: of any'),
    ...excludeIds,
    ...excludeStates,
  })
  .prefault({})
  .describe('left out inside the search: the list is still filled');

const events = z.array(
  z.strictObject({
    productId: nodeId,
    type: word.default('purchase').describe('weighs what it weighed in the training'),
    timestamp: z
      .union([z.string().max(64), z.number()])
      .optional()
      .describe('ISO 8601 or epoch milliseconds; without one, in the order of the list, the last one newest'),
  }),
);

export const sessionFields = {
  events: events
    .max(MAX_IDS)
    .default([])
    .describe('the n-th last moment weighs decayⁿ, as the version has learned it; 0.6ⁿ else'),
  basket: z.array(nodeId).max(MAX_IDS).default([]).describe('newer than all events'),
  attributes: z
    .array(z.strictObject({ kind: word, value: word }))
    .max(100)
    .default([])
    .describe('traits: they answer where no product has a vector'),
};

export const rankBody = z
  .strictObject({
    customerId: nodeId.optional().describe('or a session: events, basket, attributes'),
    ...sessionFields,
    productIds: z.array(nodeId).min(1).max(MAX_IDS).describe('what is to be put in order'),
    ...scoreFields,
  })
  .refine(
    ({ customerId, events: given, basket, attributes }) =>
      customerId === undefined || given.length + basket.length + attributes.length === 0,
    'customerId, or a session, not both',
  );

const recommendation = z.strictObject({
  ...matchFields,
  source: z
    .enum([...SCORERS, 'popular'])
    .describe('the scorer, or popular: its score is how many customers it has'),
  group: z.string().optional().describe('with groupBy: the value'),
  explanation: z
    .strictObject({
      paths: z
        .array(
          z.strictObject({
            weight: z.number().describe('share of what all paths to this product carry'),
            nodes: z
              .array(z.string())
              .readonly()
              .describe('type:id, from what the customer has to the product'),
          }),
        )
        .readonly(),
      own: z
        .strictObject({
          weight: z.number().describe('share of the score that is for this'),
          times: z.number().int(),
          momentsAgo: z
            .number()
            .int()
            .describe('baskets since the last time; without baskets, instants or events'),
          lastAt: z.string().optional().describe('ISO 8601'),
        })
        .optional()
        .describe(
          'of blend, where it gives weight to that: that it was bought before; events of all types count',
        ),
      cypher: z
        .strictObject({ query: z.string(), parameters: z.record(z.string(), z.string()) })
        .optional()
        .describe('GET /v1/cypher/{query} with these parameters shows them; of customers'),
    })
    .optional(),
});

export const recommendReply = matchReply.extend({ results: z.array(recommendation) });
export const rankReply = recommendReply.extend({
  missingIds: z.array(z.string()).describe('what this model has nothing to rank by'),
});
