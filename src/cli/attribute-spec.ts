/** `--attribute`: which column becomes an attribute, in a few characters or, for awkward names, as JSON. */
import { z } from 'zod';
import { ShelfwalkError } from '../base/errors.ts';
import type { AttributeMapping } from '../pipeline/operations/import.operation.ts';

export const ATTRIBUTE_HELP =
  'a column that becomes an attribute, repeatable: brand · aisle=aisle_id:codes:label=aisle · price:bins=5 · tags:split=";" · JSON';

const jsonSpec = z.object({ kind: z.string(), column: z.string() }).loose();

/**
 * `brand` · `kind=column` · followed by `:label=COLUMN`, `:bins=N`, `:codes`, `:split=TEXT`. Text in
 * double quotes may hold colons. A spec that starts with `{` is JSON of an AttributeMapping.
 * @throws ShelfwalkError USAGE_INVALID
 */
export function parseAttributeSpec(text: string): AttributeMapping {
  if (text.startsWith('{')) return parseJsonSpec(text);
  const [head = '', ...options] = (text.match(/(?:"[^"]*"|[^:"])+/g) ?? []).map((part) =>
    part.replaceAll('"', ''),
  );
  const at = head.indexOf('=');
  const kind = at < 0 ? head : head.slice(0, at);
  const column = at < 0 ? head : head.slice(at + 1);
  if (kind === '' || column === '') refuse(text, 'kind=column');
  return Object.assign({ kind, column }, ...options.map((option) => parseOption(option, text)));
}

function parseOption(option: string, text: string): Partial<AttributeMapping> {
  const at = option.indexOf('=');
  const name = at < 0 ? option : option.slice(0, at);
  const value = at < 0 ? '' : option.slice(at + 1);
  if (name === 'codes' && at < 0) return { codes: true };
  if (name === 'bins' && /^\d{1,6}$/.test(value)) return { bins: Number(value) };
  if (name === 'label' && value !== '') return { label: value };
  if (name === 'split' && value !== '') return { split: value };
  return refuse(text, 'label=COLUMN | bins=N | codes | split=TEXT after a colon');
}

function parseJsonSpec(text: string): AttributeMapping {
  try {
    return jsonSpec.parse(JSON.parse(text));
  } catch {
    return refuse(text, '{"kind":"aisle","column":"aisle_id"}');
  }
}

function refuse(found: string, expected: string): never {
  throw new ShelfwalkError('USAGE_INVALID', { flag: '--attribute', found, expected });
}
