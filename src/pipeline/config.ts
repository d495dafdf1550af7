/**
 * Every setting of a run: defaults and allowed ranges exist here and nowhere else; --help, the
 * OpenAPI document and docs print them from these schemas. Names are those of Neo4j GDS where it has one.
 * Why the defaults are what they are: bench/results/defaults.*.json and docs/training.md.
 */
import { z } from 'zod';
import { NODE_TYPES } from '../base/ids.ts';
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

export const ALGORITHMS = ['node2vec', 'deepwalk', 'item2vec'] as const;

export const trainConfigSchema = z
  .strictObject({
    algorithm: z
      .enum(ALGORITHMS)
      .default('node2vec')
      .describe('node2vec: biased walks; deepwalk: plain ones; item2vec: sentences of products, no graph'),
    objective: z
      .enum(['skip-gram', 'cbow'])
      .default('skip-gram')
      .describe('predict the centre of a window from each context, or from their mean'),
    embeddingDimension: z.number().int().min(2).max(1024).default(128).describe('columns of a vector'),
    windowSize: z
      .number()
      .int()
      .min(1)
      .max(64)
      .default(3)
      .describe('contexts up to this far on each side, reduced at random as in word2vec'),
    negativeSamplingRate: z
      .number()
      .int()
      .min(1)
      .max(64)
      .default(5)
      .describe('negatives per window, of the same type as the node they replace'),
    negativeSamplingExponent: z
      .number()
      .min(-1)
      .max(1)
      .default(0.5)
      .describe('negatives are drawn in proportion to visits to this power'),
    positiveSamplingFactor: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('pairs of very frequent nodes are thinned as in word2vec; 0 keeps all'),
    initialLearningRate: z
      .number()
      .positive()
      .max(1)
      .default(0.05)
      .describe('falls in a straight line to minLearningRate'),
    minLearningRate: z.number().positive().max(1).default(0.0001).describe('learning rate at the end'),
    randomSeed: z
      .number()
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .default(42)
      .describe('same seed, data and settings with one thread: same bytes'),
    concurrency: z
      .number()
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe('worker threads; all cores if not given. 1 is bit-reproducible'),
    maxMemoryMiB: z
      .number()
      .int()
      .min(16)
      .max(4096)
      .default(4096)
      .describe('refuse to train above this; the kernel itself ends at 4096'),
  })
  .refine((t) => t.minLearningRate <= t.initialLearningRate, {
    path: ['minLearningRate'],
    message: 'must not be above initialLearningRate',
  });

export const evaluateConfigSchema = z.strictObject({
  testShare: z
    .number()
    .min(0.01)
    .max(0.9)
    .default(0.2)
    .describe('about this share of the events, the latest, is held out'),
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
});

/** Of item2vec: what it reads instead of walks. */
export const sentencesConfigSchema = z.strictObject({
  of: z
    .enum(['basket', 'customer'])
    .default('basket')
    .describe('a sentence is one basket or session, or all that a customer ever took'),
  order: z
    .enum(['set', 'sequence'])
    .default('set')
    .describe('set: everything in a sentence is context of everything else; sequence: windowSize counts'),
  minCount: z
    .number()
    .int()
    .min(1)
    .max(1e9)
    .default(5)
    .describe('products that occur less often are left out, and listed in the report'),
  iterations: z.number().int().min(1).max(1000).default(10).describe('passes over all sentences'),
});

const sections = z.strictObject({
  graph: graphConfigSchema.prefault({}),
  walk: walkConfigSchema.prefault({}),
  sentences: sentencesConfigSchema.prefault({}),
  train: trainConfigSchema.prefault({}),
  evaluate: evaluateConfigSchema.prefault({}),
});

function refuseIdle(run: z.infer<typeof sections>, context: z.RefinementCtx): void {
  for (const { path, message } of findIdleSettings(run, sections.parse({}))) {
    context.addIssue({ code: 'custom', path, message });
  }
}

/** One run: what `shelfwalk train` reads from its flags, its file and the defaults. */
export const runConfigSchema = sections.superRefine(refuseIdle);

/** Of a graph in memory: the sections `walk` and `train` of a run, with the same names, ranges and defaults. */
export const graphRunSchema = sections.pick({ walk: true, train: true }).superRefine((run, context) => {
  if (run.train.algorithm === 'item2vec') {
    const message = 'must be node2vec or deepwalk: a graph has no sentences; item2vec trains from a catalog';
    context.addIssue({ code: 'custom', path: ['train', 'algorithm'], message });
  } else refuseIdle({ ...sections.parse({}), ...run }, context);
});

export type GraphConfig = z.infer<typeof graphConfigSchema>;
export type SentencesConfig = z.infer<typeof sentencesConfigSchema>;
export type WalkConfig = z.infer<typeof walkConfigSchema>;
export type TrainConfig = z.infer<typeof trainConfigSchema>;
export type EvaluateConfig = z.infer<typeof evaluateConfigSchema>;
export type RunConfig = z.infer<typeof runConfigSchema>;
export type GraphRun = z.infer<typeof graphRunSchema>;
export type GraphRunInput = z.input<typeof graphRunSchema>;
export type RunConfigInput = z.input<typeof runConfigSchema>;
