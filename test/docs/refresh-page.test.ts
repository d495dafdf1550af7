/** docs/refresh.md against the settings there are; its commands are those of the command line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { gateConfigSchema, refreshConfigSchema } from '../../src/pipeline/refresh-config.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/refresh.md'), 'utf8');

/** As the page has them: a row each, with default and description. */
function toRows(schema: z.ZodObject, prefix = ''): string[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties)
    .filter(([name]) => name !== 'gate')
    .map(([name, setting]) => {
      const { default: value, description } = setting as { default?: unknown; description?: string };
      return `| \`${prefix}${name}\` | ${value === undefined ? '' : `\`${value}\``} | ${description} |`;
    });
}

test('every setting stands there as its schema has it, and no other', () => {
  const expected = [...toRows(refreshConfigSchema), ...toRows(gateConfigSchema, 'gate.')];
  const section = page.slice(page.indexOf('## Settings'), page.indexOf('## Figures'));
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(expected);
});
