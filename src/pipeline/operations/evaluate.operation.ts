/** Evaluate: a recipe on a split, beside baselines and maybe another recipe. */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { evaluateConfigSchema, runConfigSchema } from '../config.ts';
import { type EvaluationRequest, evaluateRecipe } from '../evaluate-recipe.ts';
import type { Operation } from '../operation.ts';
import { serverConfigSchema } from '../server-config.ts';
import type { EvaluationResult } from '../split-report.ts';
import { toSummary } from '../summarize-report.ts';

const model = z.string().min(1);

export const evaluateInput = z
  .strictObject({
    run: runConfigSchema.optional().describe('the recipe; if not given, that of model'),
    model: model
      .optional()
      .describe('version or alias whose recipe is measured; if not given, the one that is served'),
    evaluate: evaluateConfigSchema
      .optional()
      .describe('how it is measured; if not given, as the recipe says'),
    asIs: z
      .boolean()
      .default(false)
      .describe('measure the vectors of model themselves, on what came after it was trained'),
    against: z
      .union([z.strictObject({ model }), z.strictObject({ run: runConfigSchema })])
      .optional()
      .describe('another recipe, trained on the same part and compared with'),
    baselinesOnly: z.boolean().default(false).describe('train nothing'),
    out: z
      .string()
      .min(1)
      .refine(isAbsolute, 'an absolute path: the server that holds the data directory works elsewhere')
      .optional()
      .describe('folder to write report.json and report.html to'),
    force: z.boolean().default(false).describe('replace a report that is there'),
  })
  .refine((input) => !(input.run && input.model !== undefined), {
    path: ['model'],
    message: 'must be left out where a recipe is given: the recipe is measured',
  })
  .refine((input) => !input.asIs || input.model !== undefined, {
    path: ['model'],
    message: 'must be given with asIs: the version whose vectors are measured',
  })
  .refine((input) => !(input.asIs && input.baselinesOnly), {
    path: ['asIs'],
    message: 'must be left out with baselinesOnly: nothing but baselines is measured',
  })
  .refine((input) => !(input.against && input.baselinesOnly), {
    path: ['against'],
    message: 'must be left out with baselinesOnly: nothing but baselines is measured',
  });

const DEFAULTS = { alias: serverConfigSchema.shape.alias.parse(undefined), run: runConfigSchema.parse({}) };

export const evaluateOperation: Operation<EvaluationRequest, EvaluationResult> = {
  name: 'evaluate',
  summary: 'Train on a part of the catalog and measure on the rest; nothing is published',
  input: evaluateInput,
  writes: true,
  resumes: true,
  summarize: toSummary,
  run: (workspace, request, context) => evaluateRecipe(workspace, request, { defaults: DEFAULTS, context }),
};
