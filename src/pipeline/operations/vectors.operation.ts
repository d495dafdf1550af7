/** Vectors out of a version into files, and from files into a version. */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { NODE_TYPES } from '../../base/ids.ts';
import { FORMAT_NAMES } from '../../vectors/formats/formats.ts';
import { MATRICES } from '../../vectors/formats/select-rows.ts';
import { KEY_STYLES } from '../../vectors/formats/types.ts';
import { ALIAS_RULE, isAlias } from '../../vectors/version-id.ts';
import { type ExportRequest, type ExportResult, exportVersion } from '../export-version.ts';
import { type ImportVectorsRequest, type ImportVectorsResult, importVersion } from '../import-version.ts';
import type { Operation } from '../operation.ts';

export type { ExportResult } from '../export-version.ts';
export type { ImportVectorsResult } from '../import-version.ts';

const path = z
  .string()
  .min(1)
  .refine(isAbsolute, 'an absolute path: the server that holds the data directory works elsewhere');
const format = z.enum(FORMAT_NAMES);

export const exportInput = z.strictObject({
  model: z.string().min(1).describe('id of a version, or an alias'),
  format: format.describe('what to write'),
  out: path.describe('file to write; of two files the first, the other lies beside it'),
  type: z.array(z.enum(NODE_TYPES)).min(1).optional().describe('nodes of these types only'),
  matrix: z
    .enum(MATRICES)
    .default('vectors')
    .describe('vectors: used alike, by cosine; contexts: vector · context says occurs with'),
  keys: z
    .enum(KEY_STYLES)
    .default('type:id')
    .describe('of word2vec, which has no column for the type; id alone needs nodes of one type'),
  force: z.boolean().default(false).describe('replace files that are there'),
});

export const exportOperation: Operation<ExportRequest, ExportResult> = {
  name: 'export',
  summary: 'Write the vectors of a version to a file that other programs read',
  input: exportInput,
  writes: false,
  run: exportVersion,
};

export const importVectorsInput = z.strictObject({
  file: path.describe('file with the vectors; of two files the first'),
  format: format.describe('what the file is'),
  type: z.enum(NODE_TYPES).optional().describe('type of all rows, where the file does not say it'),
  contexts: path.optional().describe('file with the context vectors of the same nodes, in the same format'),
  alias: z
    .string()
    .refine(isAlias, ALIAS_RULE)
    .optional()
    .describe('the name that will point at the new version; none moves if not given'),
});

export const importVectorsOperation: Operation<ImportVectorsRequest, ImportVectorsResult> = {
  name: 'models-import',
  summary: 'Make a version of vectors from elsewhere',
  input: importVectorsInput,
  writes: true,
  run: importVersion,
};
