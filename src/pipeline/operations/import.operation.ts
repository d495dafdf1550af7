/** Files into the catalog: customers, products, attributes, interactions and edges, by mapping or by preset. */
import { z } from 'zod';
import { NODE_TYPES } from '../../base/ids.ts';
import { type ImportReport, PRESETS } from '../../catalog/types.ts';
import type { Operation } from '../operation.ts';

export { readFileColumns } from '../../catalog/file-columns.ts';
export {
  type AttributeMapping,
  type CatalogCounts,
  type FileReport,
  type ImportReport,
  type ImportSource,
  PRESETS,
  type PresetName,
} from '../../catalog/types.ts';

const column = z.string().min(1);

const attributeMapping = z.strictObject({
  kind: z
    .string()
    .min(1)
    .regex(/^[^/]+$/, 'a kind holds no slash')
    .describe('what the values are called, e.g. brand'),
  column,
  label: column.optional().describe('column with the display name of the value'),
  bins: z.number().int().min(2).max(100).optional().describe('numbers: this many quantile bins'),
  codes: z.boolean().optional().describe('the numbers are codes, kept as they are written'),
  split: z.string().min(1).optional().describe('several values in one cell, separated by this'),
});

export const interactionMapping = z.strictObject({
  customer: column.describe('column with the id of the customer'),
  product: column.describe('column with the id of the product'),
  productSplit: z.string().min(1).optional().describe('separator when one cell holds a list of products'),
  type: z
    .union([z.strictObject({ column }), z.strictObject({ constant: z.string().min(1) })])
    .optional()
    .describe('a column, or one type for all rows; purchase if not given'),
  timestamp: column.optional().describe('column with the time'),
  order: column.optional().describe('column with the order within a customer, where there are no timestamps'),
  quantity: column.optional().describe('column with how many'),
  value: column.optional().describe('column with what was paid'),
  basket: column.optional().describe('column with the basket, order or session'),
});

export const entityMapping = z.strictObject({
  id: column.describe('column with the id'),
  name: column.optional().describe('column with the display name'),
  attributes: z.array(attributeMapping).optional(),
});

const endType = z.union([z.strictObject({ constant: z.enum(NODE_TYPES) }), z.strictObject({ column })]);

export const edgeMapping = z.strictObject({
  from: column.default('from').describe('column with the id an edge comes from'),
  to: column.default('to').describe('column with the id it goes to'),
  weight: column
    .optional()
    .describe('column with what an edge weighs; without one, 1, or the third column of an edge list'),
  fromType: endType.optional().describe('what the edges come from; product if not given'),
  toType: endType.optional().describe('what they go to; product if not given'),
  typeMap: z
    .record(z.string(), z.enum(NODE_TYPES))
    .optional()
    .describe('other words for types in those columns, e.g. {"merchant": "product"}'),
  directed: z.boolean().default(false).describe('edges go one way, from → to'),
  timestamp: column.optional().describe('column with the time'),
});

const path = z.string().min(1).describe('absolute: the server that holds the data directory works elsewhere');

const importSource = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('interactions'), path, mapping: interactionMapping }),
  z.strictObject({ kind: z.literal('edges'), path, mapping: edgeMapping }),
  z.strictObject({ kind: z.literal('products'), path, mapping: entityMapping }),
  z.strictObject({ kind: z.literal('customers'), path, mapping: entityMapping }),
  z.strictObject({
    kind: z.literal('preset'),
    preset: z.enum(PRESETS),
    path,
    options: z.record(z.string(), z.boolean()).optional(),
  }),
]);

export const importOptions = z.strictObject({
  dryRun: z.boolean().default(false).describe('read and check everything, change nothing'),
  again: z.boolean().default(false).describe('also a file whose content was imported before'),
  replace: z
    .boolean()
    .default(false)
    .describe(
      'interactions: in place of all events of the same customer, product and type, of the same basket where a row names one',
    ),
  format: z
    .enum(['csv', 'tsv', 'ndjson', 'parquet', 'edgelist'])
    .optional()
    .describe('what the files are, where their names do not say; any may be gzipped'),
});

const importInput = z.strictObject({
  sources: z.array(importSource).min(1).max(1000),
  options: importOptions.prefault({}),
});

export type ImportInput = z.infer<typeof importInput>;

export const importOperation: Operation<ImportInput, ImportReport> = {
  name: 'import',
  summary: 'Import files into the catalog',
  input: importInput,
  writes: true,
  run: ({ catalog }, { sources, options }, context) => catalog.importFiles(sources, options, context),
};
