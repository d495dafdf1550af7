/** Settings of a roll-up: defaults and allowed values, here and nowhere else. docs/models.md explains them. */
import { z } from 'zod';

const shape = z.strictObject({
  customers: z
    .enum(['baskets', 'products', 'vectors'])
    .default('baskets')
    .describe('mean of their baskets’ means · plain mean of their products · as they are'),
  products: z
    .enum(['vectors', 'attributes', 'cold'])
    .default('vectors')
    .describe('as they are · mean of their attributes’ vectors · so only those without a vector'),
  kinds: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('of attributes that products are averaged from; default: all'),
  weights: z
    .enum(['pairs', 'events'])
    .default('pairs')
    .describe('a product counts once in a basket · as often as it is there'),
  recency: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe('a customer’s n-th last basket weighs this to the power n; 1: all alike'),
});

export const rollUpSettingsSchema = shape.superRefine((settings, context) => {
  const { kinds, products, customers, recency, weights } = settings;
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message, input: settings });
  if (kinds !== undefined && products === 'vectors') refuse('kinds', 'needs products = attributes or cold');
  if (customers !== 'vectors') return;
  if (recency !== 1) refuse('recency', 'has no effect with customers = vectors');
  if (weights !== 'pairs') refuse('weights', 'has no effect with customers = vectors');
});

export type RollUpSettings = z.infer<typeof rollUpSettingsSchema>;
