/** Tune: a search for settings on a validation split. */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { PROTOCOLS } from '../../analyze/types.ts';
import { evaluateConfigSchema, runConfigSchema } from '../config.ts';
import type { Operation } from '../operation.ts';
import { DEFAULT_SPACE, spaceSchema } from '../tune/space.ts';
import { toTuneSummary } from '../tune/summarize-tuning.ts';
import { tuneRecipe } from '../tune/tune-recipe.ts';
import { TUNE_METRICS, type TuneRequest, type TuneResult } from '../tune/types.ts';

/** The test part is for the end: a search that saw it would leave nothing to measure its result on. */
const run = runConfigSchema.safeExtend({
  evaluate: evaluateConfigSchema
    .safeExtend({
      part: z
        .literal('validation', 'must be validation: the test part is not for tuning')
        .default('validation')
        .describe('a split of what is not held out; the test part is left alone'),
    })
    .prefault({}),
});

const MAX_TRIALS = 500;
const WEEK_MINUTES = 7 * 24 * 60;

export const tuneInput = z.strictObject({
  run: run
    .prefault({})
    .describe('the settings that the search starts from and must beat, and how it measures'),
  space: spaceSchema
    .default(Object.fromEntries(Object.entries(DEFAULT_SPACE).map(([path, values]) => [path, [...values]])))
    .describe('values to try, by the path of their setting'),
  metric: z
    .enum(TUNE_METRICS)
    .default('recall')
    .describe('at the longest list of evaluate.k, of the vectors alone'),
  protocol: z
    .enum(PROTOCOLS)
    .default('new')
    .describe(
      'new: products that are new to the customer, as lists are served by default; all: repeat purchases count',
    ),
  trials: z.number().int().min(1).max(MAX_TRIALS).default(28).describe('settings to try, the start included'),
  minutes: z
    .number()
    .positive()
    .max(WEEK_MINUTES)
    .optional()
    .describe('nothing but the start is trained for longer; a training that is under way then is stopped'),
  out: z
    .string()
    .min(1)
    .refine(isAbsolute, 'an absolute path: the server that holds the data directory works elsewhere')
    .optional()
    .describe('file to write the settings to, for --config'),
  force: z.boolean().default(false).describe('replace a file that is there'),
});

export const tuneOperation: Operation<TuneRequest, TuneResult> = {
  name: 'tune',
  summary: 'Search for settings that serve better, on a validation split; nothing is published',
  input: tuneInput,
  writes: true,
  resumes: true, // from the start: trials keep nothing on the way
  summarize: toTuneSummary,
  run: ({ catalog }, request, { signal, onProgress }) => tuneRecipe(catalog, request, { signal, onProgress }),
};
