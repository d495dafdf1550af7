/** A roll-up of a version, as a new version under an alias of its own. */
import { z } from 'zod';
import type { Operation } from '../operation.ts';
import { type RollUpSettings, rollUpSettingsSchema } from '../rollup-settings.ts';
import { type RollUpResult, rollUpVersion } from '../rollup-version.ts';
import { serverConfigSchema } from '../server-config.ts';

const { alias } = serverConfigSchema.shape;

export const rollUpInput = z.strictObject({
  of: alias.describe('alias of the version it is made from'),
  alias: alias.removeDefault().default('rollup').describe('the name that will point at the new version'),
  settings: rollUpSettingsSchema.prefault({}),
});

export const rollUpOperation: Operation<
  { readonly of: string; readonly alias: string; readonly settings: RollUpSettings },
  RollUpResult
> = {
  name: 'rollup',
  summary: 'Make a version in which customers, attributes or products are means of other nodes',
  input: rollUpInput,
  writes: true,
  run: rollUpVersion,
};
