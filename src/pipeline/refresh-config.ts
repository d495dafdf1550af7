/**
 * Every setting of a refresh: defaults and allowed ranges exist here and nowhere else. Why the defaults
 * are what they are: bench/results/replay.*.json and docs/refresh.md.
 */
import { z } from 'zod';
import { MAX_RESIDUAL } from '../refresh/rotation.ts';

export const REFRESH_MODES = ['auto', 'local', 'full'] as const;

export const gateConfigSchema = z.strictObject({
  window: z
    .number()
    .min(0.01)
    .max(0.99)
    .default(0.5)
    .describe('of the time since the parent was trained, the last part is what both are measured on'),
  margin: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .describe(
      'refuse if Recall is worse by more than this share, and the interval of the difference lies below 0',
    ),
  k: z.number().int().min(1).max(1000).default(20).describe('length of the lists that are measured'),
  maxCustomers: z.number().int().min(10).default(2000).describe('customers measured, sampled with the seed'),
});

export const refreshConfigSchema = z.strictObject({
  mode: z
    .enum(REFRESH_MODES)
    .default('auto')
    .describe('local: walk from what changed; full: train anew in the same space; auto: choose, and say why'),
  budget: z
    .number()
    .min(0.0001)
    .max(1)
    .default(0.025)
    .describe('steps of a local refresh, as a share of those of training anew'),
  minChange: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .describe('a node has changed if this share of its steps would go elsewhere'),
  effort: z
    .number()
    .min(0.001)
    .max(10)
    .default(0.25)
    .describe('walks from a changed node, as a share of what training anew is worth to it, times its change'),
  neighbors: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('share of the budget for unchanged nodes next to changed ones'),
  pull: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'instead of freezing untouched rows: let them move, and pull them back by this share each pass',
    ),
  learningRate: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe('at the start of a local refresh; default: a quarter of that of the training'),
  fullAbove: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('auto trains anew if more than this share of all steps would go elsewhere'),
  maxResidual: z
    .number()
    .min(0)
    .max(2)
    .default(MAX_RESIDUAL)
    .describe('a full refresh further than this from the old space, after turning, opens a new space'),
  gate: gateConfigSchema.prefault({}),
});

export type RefreshConfig = z.infer<typeof refreshConfigSchema>;
export type GateConfig = z.infer<typeof gateConfigSchema>;
