/** Parts that several routes share: parameters, and the pieces replies are made of. */
import { z } from 'zod';
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import { REPLY_METRICS } from '../pipeline/live-types.ts';
import { ALIAS_RULE, isAlias } from '../vectors/version-id.ts';

/** Path segment → type, in the order in which the paths are listed. */
const SEGMENTS = {
  products: 'product',
  customers: 'customer',
  attributes: 'attribute',
} as const satisfies Record<string, NodeType>;
export type Segment = keyof typeof SEGMENTS;
export const segments = Object.entries(SEGMENTS) as readonly [Segment, NodeType][];

export const MAX_LIMIT = 1000;
export const MAX_IDS = 1000;
const MAX_ID_LENGTH = 2048;

export const nodeType = z.enum(NODE_TYPES);

/** Half of a surrogate pair is no text: it has no UTF-8, so it cannot be an id. */
const isText = (text: string): boolean => !/\p{Surrogate}/u.test(text);

export const nodeId = z
  .string()
  .min(1)
  .max(MAX_ID_LENGTH)
  .refine(isText, 'must be text that has a UTF-8 form');

const attributeId = nodeId
  .regex(/^[^/]+\/[\s\S]+$/, 'expected kind/value; encode a value that ends in /neighbors as %2Fneighbors')
  .describe('kind/value, e.g. aisle/24; the slash may be written as %2F');

/** An attribute's id holds a slash, so it takes the rest of the path. */
export const toIdPath = (segment: Segment): string => (segment === 'attributes' ? '*id' : ':id');

export const idParams = (segment: Segment) =>
  z.strictObject({ id: segment === 'attributes' ? attributeId : nodeId.describe('percent-encoded') });

export const noParams = z.strictObject({});

/** Decimal digits only: a query holds text, and `1e3`, ` 5` or `0x10` are more likely slips than numbers. */
const integer = (min: number, max: number) =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : text),
    z.number().int().min(min).max(max),
  );

export const booleanQuery = z.preprocess(
  (text) => (text === 'true' ? true : text === 'false' ? false : text),
  z.boolean(),
);

export const limitQuery = integer(1, MAX_LIMIT).default(10).describe('at most this many');
/** Words in one parameter, by commas or as several of it. */
const words = <W extends string>(allowed: readonly [W, ...W[]]) =>
  z.preprocess(
    (given) => [given].flat().flatMap((text) => (typeof text === 'string' ? text.split(',') : [text])),
    z.array(z.enum(allowed)).max(allowed.length),
  );

export const excludeQuery = words(['hidden', 'outOfStock'])
  .default([])
  .describe('products that are hidden, or not in stock; separated by commas');

export const recommendExcludeQuery = words(['seen', 'none', 'hidden', 'outOfStock'])
  .refine((list) => !list.includes('none') || list.length === 1, 'none stands alone')
  .default(['seen'])
  .describe(
    'seen: products the customer has interacted with, up to now; hidden, outOfStock: products that are; none: nothing. Separated by commas',
  );

export const excludeStates = {
  hidden: z.boolean().default(false).describe('products that are hidden'),
  outOfStock: z.boolean().default(false).describe('products that are not in stock'),
};
export const excludeIds = {
  ids: z.array(nodeId).max(MAX_IDS).default([]).describe('ids of the type of the results'),
};
/** Of a body whose answer is nodes of any type. */
export const excludeField = z
  .strictObject({ ...excludeIds, ...excludeStates })
  .prefault({})
  .describe('left out inside the search: the list is still filled');

export const withAttributesQuery = booleanQuery
  .default(false)
  .describe('attributes of products and customers in the results');
export const aliasName = z.string().refine(isAlias, ALIAS_RULE).describe(ALIAS_RULE);

export const versionId = z.string().min(1).max(200);

/** Which model answers: in a query string or a body, one name for it everywhere. */
export const modelChoice = aliasName
  .optional()
  .describe('alias of the model that answers; default: the one the server was started with');
export const modelQuery = z.strictObject({ model: modelChoice });

export const textQuery = z.string().max(200).refine(isText, 'must be text that has a UTF-8 form');
export const cursorQuery = z.string().min(1).max(4096).optional().describe('nextCursor of the page before');

const tookMs = z.number().min(0);
const name = z.string().describe('empty where there is none');

const attributeValue = z.strictObject({ kind: z.string(), value: z.string(), name });

const entityShape = {
  type: nodeType,
  id: z.string(),
  name,
  attributes: z.array(attributeValue),
  hidden: z.literal(true).optional().describe('a product that is never to be shown; else absent'),
  inStock: z.literal(false).optional().describe('a product that is not in stock; else absent'),
  count: z
    .number()
    .int()
    .min(0)
    .describe('interactions that were not taken back; of an attribute, how many nodes carry it'),
};

export const entityPage = z.strictObject({
  results: z.array(z.strictObject(entityShape)),
  nextCursor: z.string().optional().describe('absent on the last page'),
  tookMs,
});

/** Of what is answered from vectors that were folded in. */
export const coldStart = {
  coldStart: z.literal(true).optional().describe('no training has seen this node; absent where one has'),
  basis: z
    .strictObject({ interactions: z.number().int(), attributes: z.number().int() })
    .optional()
    .describe('how many edges its vectors were made from; with coldStart'),
};

const modelRef = z.strictObject({ alias: z.string(), version: z.string(), spaceId: z.string() });

export const entityReply = z.strictObject({
  ...entityShape,
  embedded: z.boolean().describe('has a vector in this model'),
  reason: z.string().optional().describe('why it has none'),
  ...coldStart,
  model: modelRef.optional().describe('absent while nothing has been trained'),
  tookMs,
});

const versionInfo = {
  version: z.string(),
  spaceId: z.string(),
  dimension: z.number().int(),
  createdAt: z.string(),
  nodes: z.record(nodeType, z.number().int()),
  bytes: z.number().int().describe('of memory, for its vectors and their indexes'),
};

export const modelInfo = z.strictObject({ alias: z.string(), ...versionInfo });
export const loadedModel = z.strictObject({
  aliases: z.array(z.string()).readonly().describe('those answered from it now'),
  ...versionInfo,
});

export const matchFields = {
  id: z.string(),
  type: nodeType,
  name,
  score: z.number().describe('higher is nearer'),
  ...coldStart,
  attributes: z.array(attributeValue).optional(),
};

export const matchReply = z.strictObject({
  results: z.array(z.strictObject(matchFields)),
  metric: z.enum(REPLY_METRICS).describe('what the scores are'),
  ...coldStart,
  model: modelRef,
  tookMs,
  warnings: z.array(z.string()).optional(),
});

export const embeddingReply = z.strictObject({
  id: z.string(),
  type: nodeType,
  name,
  dimension: z.number().int(),
  vector: z.array(z.number()).describe('input vector: cosine of two says "used alike"'),
  context: z
    .array(z.number())
    .optional()
    .describe('output vector: vector · context says "occurs with"; absent where vectors were imported alone'),
  ...coldStart,
  model: modelRef,
  tookMs,
});

export const inferReply = z.strictObject({
  type: nodeType,
  dimension: z.number().int(),
  vector: z.array(z.number()).describe('input vector, as POST /v1/query takes it'),
  context: z.array(z.number()).describe('output vector: vector · context says "occurs with"'),
  coldStart: z.literal(true).describe('no training has seen this node'),
  basis: z
    .strictObject({ interactions: z.number().int(), attributes: z.number().int() })
    .describe('how many edges the vectors were made from'),
  missing: z
    .array(z.strictObject({ type: nodeType, id: z.string(), reason: z.string() }))
    .readonly()
    .describe('edges that told nothing, and why'),
  model: modelRef,
  tookMs,
});

/** Milliseconds since `startedAt`, to the hundredth. */
export const since = (startedAt: number): number => Math.round((performance.now() - startedAt) * 100) / 100;
