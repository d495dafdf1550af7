/**
 * Settings of a run that are of one algorithm or another: what is trained and how, sentences, spectra.
 * Those of graph, walk and evaluation, and how all belong together, are in config.ts.
 */
import { z } from 'zod';
import { MAX_NEGATIVES } from '../train/params.ts';

const ALGORITHMS = ['node2vec', 'deepwalk', 'item2vec', 'spectral', 'bpr'] as const;
const OBJECTIVES = ['skip-gram', 'cbow', 'softmax', 'bpr'] as const;

export const trainConfigSchema = z
  .strictObject({
    algorithm: z
      .enum(ALGORITHMS)
      .default('node2vec')
      .describe(
        'node2vec: biased walks; deepwalk: plain ones; item2vec: sentences of products, no graph; spectral: the closed form of a plain walk, in seconds; bpr: who took what, factorised',
      ),
    initialVectors: z
      .enum(['random', 'spectral'])
      .default('random')
      .describe('what node2vec and deepwalk start from: noise, or the closed form, which needs fewer walks'),
    objective: z
      .enum(OBJECTIVES)
      .default('skip-gram')
      .describe(
        'skip-gram: tell the centre of a window from negatives, by each context; cbow: by their mean; softmax: its probability among all; bpr: rank it above negatives',
      ),
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
      .max(MAX_NEGATIVES)
      .default(5)
      .describe('negatives per window, of the same type as the node they replace'),
    negativesSharedBy: z
      .number()
      .int()
      .min(1)
      .max(128)
      .optional()
      .describe(
        'so many contexts of a centre share negatives; if not given all of a window, 12 of a set. Fewer cost time',
      ),
    negativeSamplingExponent: z
      .number()
      .min(-1)
      .max(1)
      .default(0.5)
      .describe('negatives are drawn in proportion to visits to this power'),
    logQCorrection: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe(
        'softmax: 1 learns probabilities, popular nodes score high; 0 leaves the law of the negatives in the scores',
      ),
    regularization: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('bpr: L2 penalty on the vectors of a pair; none if not given'),
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
  })
  .refine((t) => t.objective !== 'cbow' || t.negativesSharedBy === undefined, {
    path: ['negativesSharedBy'],
    message: 'means nothing to cbow, which has one input per window',
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

/** Of the closed form, as a model or as first vectors. */
export const spectralConfigSchema = z.strictObject({
  filterExponent: z
    .number()
    .min(0)
    .max(8)
    .default(0.5)
    .describe(
      'a direction of singular value s weighs s to this power in each matrix; 0.5: in·out is one step, 1.5: three',
    ),
  degreeExponent: z
    .number()
    .min(-1)
    .max(1)
    .default(0.2)
    .describe(
      'say of a node: its strength to this power; 0 discounts what is popular, and who is active, by the root of that strength',
    ),
  iterations: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('rounds of subspace iteration after the first; more find the last directions more exactly'),
});
