/**
 * Every setting of a run: defaults and allowed ranges exist here and in config-training.ts, and nowhere else; --help, the
 * OpenAPI document and docs print them from these schemas. Names are those of Neo4j GDS where it has one.
 * Why the defaults are what they are: bench/results/defaults.*.json and docs/training.md.
 */
import { z } from 'zod';
import { NODE_TYPES } from '../base/ids.ts';
import { SPLIT_PROTOCOLS } from '../graph/types.ts';
import { sentencesConfigSchema, spectralConfigSchema, trainConfigSchema } from './config-training.ts';
import { findIdleSettings } from './idle-settings.ts';

const nodeShares = z.partialRecord(z.enum(NODE_TYPES), z.number().min(0).max(1000));

export const graphConfigSchema = z.strictObject({
  typeWeights: z
    .record(z.string(), z.number().min(0).max(1e6))
    .default({})
    .describe('weight of one interaction by type, e.g. {"purchase": 1, "view": 0.2}; 0 leaves a type out'),
  otherTypes: z
    .number()
    .min(0)
    .max(1e6)
    .default(1)
    .describe('weight of a type that typeWeights does not name'),
  damping: z
    .enum(['log', 'none'])
    .default('log')
    .describe('log: n events of a type weigh log2(1 + n); none: n'),
  halfLifeDays: z.number().positive().max(36500).optional().describe('an event this old counts half'),
  asOf: z.iso
    .datetime()
    .optional()
    .describe('the instant ages are measured from; the newest event if not given'),
  attributes: z.boolean().default(true).describe('attributes and traits become nodes'),
  sequence: z
    .boolean()
    .default(false)
    .describe('arcs from each product to those of later baskets of the same customer: what comes next'),
  sequenceDecay: z
    .number()
    .min(0)
    .max(1)
    .default(0.7)
    .describe('an arc of the sequence weighs this much less for each basket in between'),
  sequenceBack: z
    .number()
    .min(0)
    .max(1)
    .default(0.4)
    .describe('weight of the arc back in time, of that of the arc onward'),
  sequenceReach: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe('an arc of the sequence ends at most so many baskets later'),
  baskets: z
    .boolean()
    .default(false)
    .describe('edges between products of one basket: the walk product, basket, product without the basket'),
  basketExponent: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe(
      'weight of an edge of baskets, to this power: below 1 pairs that are often together weigh less',
    ),
  maxBasketProducts: z
    .number()
    .int()
    .min(2)
    .max(10_000)
    .default(100)
    .describe('larger baskets take no part in sequence and baskets: arcs grow with the square of a basket'),
});

export const walkConfigSchema = z.strictObject({
  walkLength: z.number().int().min(2).max(1024).default(40).describe('nodes in a walk, the start included'),
  walksPerNode: z.number().int().min(1).max(1000).default(20).describe('walks from each start node'),
  returnFactor: z.number().min(1e-3).max(1e3).default(1).describe('p: below 1 goes back more often'),
  inOutFactor: z
    .number()
    .min(1e-3)
    .max(1e3)
    .default(1)
    .describe('q: below 1 wanders outward, above 1 stays near'),
  extend: z
    .boolean()
    .default(false)
    .describe('node2vec+: q minds weights, a light edge is not followed outward'),
  gamma: z
    .number()
    .min(0)
    .max(100)
    .default(0)
    .describe(
      'node2vec+: an edge is light below the mean weight of its node and so many standard deviations more',
    ),
  startTypes: z
    .array(z.enum(NODE_TYPES))
    .min(1)
    .default([...NODE_TYPES])
    .describe('where walks start'),
  typePolicy: z
    .partialRecord(z.enum(NODE_TYPES), nodeShares)
    .default({
      // Shares of types a node has no edge to go to the others: without edges of one's own between
      // products this is customer 0.8, attribute 0.2.
      product: { customer: 0.8, product: 0.8, attribute: 0.2 },
      customer: { product: 0.9, customer: 0.9, attribute: 0.1 },
    })
    .describe('per node type, the share of steps that go to each neighbour type; {} weighs all arcs alike'),
});

export const evaluateConfigSchema = z
  .strictObject({
    split: z
      .enum(['auto', ...SPLIT_PROTOCOLS])
      .default('auto')
      .describe(
        'what is held out; auto: what comes after an instant, else each last basket, as the data allow',
      ),
    testShare: z
      .number()
      .min(0.01)
      .max(0.9)
      .default(0.2)
      .describe('split time, random: about this share of the events, or of the pairs, is held out'),
    testFiles: z
      .array(z.string().min(1).max(1000))
      .min(1)
      .optional()
      .describe('split files: names of the imported files of interactions that are held out'),
    part: z
      .enum(['test', 'validation'])
      .default('test')
      .describe(
        'validation: split what is not held out once more, and leave the test part alone; for tuning',
      ),
    k: z
      .array(z.number().int().min(1).max(1000))
      .min(1)
      .default([10, 20])
      .describe('list lengths that are measured'),
    maxCustomers: z
      .number()
      .int()
      .min(10)
      .default(5000)
      .describe('test customers scored, sampled with the seed; intervals widen accordingly'),
    blend: z
      .boolean()
      .default(true)
      .describe(
        'learns weights for the scorer blend, which then answers, on events before the split, by one more training',
      ),
  })
  .refine((e) => (e.split === 'files') === (e.testFiles !== undefined), {
    path: ['testFiles'],
    message: 'goes with split files, and split files with it',
  });

const sections = z.strictObject({
  graph: graphConfigSchema.prefault({}),
  walk: walkConfigSchema.prefault({}),
  sentences: sentencesConfigSchema.prefault({}),
  train: trainConfigSchema.prefault({}),
  spectral: spectralConfigSchema.prefault({}),
  evaluate: evaluateConfigSchema.prefault({}),
});

function refuseIdle(run: z.infer<typeof sections>, context: z.RefinementCtx): void {
  for (const { path, message } of findIdleSettings(run, sections.parse({}))) {
    context.addIssue({ code: 'custom', path, message });
  }
}

/** One run: what `shelfwalk train` reads from its flags, its file and the defaults. */
export const runConfigSchema = sections.superRefine(refuseIdle);

/** Of a graph in memory: the sections `walk`, `train` and `spectral` of a run, with the same names, ranges and defaults. */
export const graphRunSchema = sections
  .pick({ walk: true, train: true, spectral: true })
  .superRefine((run, context) => {
    if (run.train.algorithm === 'item2vec') {
      const message =
        'must be node2vec, deepwalk, spectral or bpr: a graph has no sentences; item2vec trains from a catalog';
      context.addIssue({ code: 'custom', path: ['train', 'algorithm'], message });
    } else refuseIdle({ ...sections.parse({}), ...run }, context);
  });

export type GraphConfig = z.infer<typeof graphConfigSchema>;
export type EvaluateConfig = z.infer<typeof evaluateConfigSchema>;
export type WalkConfig = z.infer<typeof walkConfigSchema>;
export type RunConfig = z.infer<typeof runConfigSchema>;
export type GraphRun = z.infer<typeof graphRunSchema>;
export type GraphRunInput = z.input<typeof graphRunSchema>;
export type RunConfigInput = z.input<typeof runConfigSchema>;
