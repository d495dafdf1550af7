/**
 * What labels, relationship types and properties are called in a database: the default names, others by
 * configuration, and the only place where such a name becomes part of Cypher. Data and requests never do.
 */
import { ShelfwalkError } from '../base/errors.ts';

/** By default name: the label or type (`is`), and each property. The keys are what cypher/*.cypher says in backticks. */
export const DEFAULT_NAMES = {
  Customer: { is: 'Customer', id: 'id', name: 'name' },
  Product: { is: 'Product', id: 'id', name: 'name', inStock: 'inStock' },
  Attribute: { is: 'Attribute', kind: 'kind', value: 'value', name: 'name' },
  INTERACTED: {
    is: 'INTERACTED',
    type: 'type',
    count: 'count',
    weight: 'weight',
    lastAt: 'lastAt',
    value: 'value',
  },
  HAS: { is: 'HAS' },
  LINKED: { is: 'LINKED', weight: 'weight', directed: 'directed' },
} as const satisfies Record<string, { readonly is: string } & Readonly<Record<string, string>>>;

export type Role = keyof typeof DEFAULT_NAMES;
export type Names = { readonly [R in Role]: { readonly [P in keyof (typeof DEFAULT_NAMES)[R]]: string } };
/** What a configuration says: only what differs. */
export type NamesInput = {
  readonly [R in Role]?: { readonly [P in keyof (typeof DEFAULT_NAMES)[R]]?: string };
};

export const ROLES = Object.keys(DEFAULT_NAMES) as Role[];

/** @throws ShelfwalkError CONFIG_INVALID — an unknown name, or one that cannot be an identifier */
export function toNames(input: NamesInput = {}): Names {
  for (const role of Object.keys(input)) {
    if (!Object.hasOwn(DEFAULT_NAMES, role)) refuse(`names.${role}`, role, ROLES.join(' | '));
  }
  const entries = ROLES.map((role) => {
    const known: Readonly<Record<string, string>> = DEFAULT_NAMES[role];
    const given: Readonly<Record<string, string | undefined>> = input[role] ?? {};
    for (const [key, name] of Object.entries(given)) {
      const field = `names.${role}.${key}`;
      if (!Object.hasOwn(known, key)) refuse(field, key, Object.keys(known).join(' | '));
      checkIdentifier(name, field);
    }
    return [role, { ...known, ...given }] as const;
  });
  return Object.fromEntries(entries) as unknown as Names;
}

const IDENTIFIER_MAX = 200;

/** Any text but control characters; it is quoted. @throws ShelfwalkError CONFIG_INVALID */
function checkIdentifier(name: unknown, field: string): asserts name is string {
  const isFine =
    typeof name === 'string' &&
    name.length > 0 &&
    name.length <= IDENTIFIER_MAX &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    !/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(name);
  if (!isFine)
    refuse(
      field,
      name,
      `text of 1 to ${IDENTIFIER_MAX} characters without line ends and other control characters`,
    );
}

/**
 * ``a`b`` → `` `a``b` ``. Cypher also reads `\u0060` in a name as a backtick, so the backslash is written as its own escape.
 */
export const quoteIdentifier = (name: string): string =>
  `\`${name.replaceAll('\\', '\\u005C').replaceAll('`', '``')}\``;

function refuse(field: string, found: unknown, expected: string): never {
  throw new ShelfwalkError('CONFIG_INVALID', { field, found, expected });
}
