/** Parts that several routes share: parameters, and the pieces replies are made of. */
import { z } from 'zod';
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import { ALIAS_RULE, isAlias } from '../vectors/version-id.ts';

/** Path segment → type, in the order in which the paths are listed. */
export const SEGMENTS = {
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

const boolean = z.preprocess(
  (text) => (text === 'true' ? true : text === 'false' ? false : text),
  z.boolean(),
);

export const limitQuery = integer(1, MAX_LIMIT).default(10).describe('at most this many');
export const withAttributesQuery = boolean
  .default(false)
  .describe('attributes of products and customers in the results');
export const aliasName = z.string().refine(isAlias, ALIAS_RULE).describe(ALIAS_RULE);

/** Which model answers: in a query string or a body, one name for it everywhere. */
export const modelChoice = aliasName
  .optional()
  .describe('alias of the model that answers; default: the one the server was started with');
export const modelQuery = z.strictObject({ model: modelChoice });

export const textQuery = z.string().max(200).refine(isText, 'must be text that has a UTF-8 form');
export const cursorQuery = z.string().min(1).max(4096).optional().describe('nextCursor of the page before');

const tookMs = z.number().min(0);
const name = z.string().describe('empty where there is none');

export const attributeValue = z.strictObject({ kind: z.string(), value: z.string(), name });

const entityShape = {
  type: nodeType,
  id: z.string(),
  name,
  attributes: z.array(attributeValue),
  count: z.number().int().min(0).describe('interactions; of an attribute, how many nodes carry it'),
};

export const entityPage = z.strictObject({
  results: z.array(z.strictObject(entityShape)),
  nextCursor: z.string().optional().describe('absent on the last page'),
  tookMs,
});

export const modelRef = z.strictObject({ alias: z.string(), version: z.string(), spaceId: z.string() });

export const entityReply = z.strictObject({
  ...entityShape,
  embedded: z.boolean().describe('has a vector in this model'),
  reason: z.string().optional().describe('why it has none'),
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

export const matchReply = z.strictObject({
  results: z.array(
    z.strictObject({
      id: z.string(),
      type: nodeType,
      name,
      score: z.number().describe('higher is nearer'),
      attributes: z.array(attributeValue).optional(),
    }),
  ),
  metric: z.enum(['cosine', 'dot']).describe('what the scores are'),
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
  model: modelRef,
  tookMs,
});

/** Milliseconds since `startedAt`, to the hundredth. */
export const since = (startedAt: number): number => Math.round((performance.now() - startedAt) * 100) / 100;
