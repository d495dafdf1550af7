/** Names in Cypher: only from configuration, only in their places, quoted whatever they hold. */
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_NAMES, quoteIdentifier, ROLES, toNames } from '../../src/neo4j/names.ts';
import { CYPHER_FOLDER, createStatements, toText } from '../../src/neo4j/statements.ts';

const files = readdirSync(CYPHER_FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.cypher'))
  .map((file) => file.replace(/\.cypher$/, ''));

/** Every name told apart from every other, so that one in the wrong place is seen. */
const marked = toNames(
  Object.fromEntries(
    ROLES.map((role) => {
      const keys = Object.keys(DEFAULT_NAMES[role]);
      return [role, Object.fromEntries(keys.map((key) => [key, `<${role}.${key}>`]))];
    }),
  ),
);

describe('every file of cypher/', () => {
  test.each(files)('%s: has a header, and its names can be told', (path) => {
    const { text } = createStatements(marked).get(path);
    expect(text).not.toMatch(/^\/\//m);
    const quoted = [...text.matchAll(/`([^`]*)`/g)].map(([, name]) => name);
    for (const name of quoted) expect(name).toMatch(/^<\w+\.\w+>$/);
    for (const role of ROLES)
      expect(text, 'a default name that is not in backticks').not.toMatch(new RegExp(`:${role}\\b`));
  });

  test('under the default names a file says what it said', () => {
    const { text } = createStatements(toNames()).get('load/customers');
    expect(text).toBe(
      [
        'UNWIND $rows AS row',
        'MERGE (c:`Customer` {`id`: row.id})',
        '  ON CREATE SET c.shelfwalkLoad = toInteger($load)',
        '  ON MATCH SET c.shelfwalkLoad = CASE WHEN c.shelfwalkLoad IS NOT NULL THEN toInteger($load) END',
        'SET c.`name` = row.name',
        'RETURN count(*) AS written',
      ].join('\n'),
    );
  });
});

describe('names', () => {
  const put = (source: string) => toText(source, marked, 'test');

  test('belong to what their variable or pattern was declared with', () => {
    expect(
      put(
        'MATCH (a:`Customer` {`id`: $x})-[i:`INTERACTED`]->(b:`Product`) RETURN a.`name`, b.`id`, i.`type`',
      ),
    ).toBe(
      'MATCH (a:`<Customer.is>` {`<Customer.id>`: $x})-[i:`<INTERACTED.is>`]->(b:`<Product.is>`)' +
        ' RETURN a.`<Customer.name>`, b.`<Product.id>`, i.`<INTERACTED.type>`',
    );
  });

  test('that look like default names are not replaced again', () => {
    const names = toNames({ Customer: { is: 'Product', id: 'name' }, Product: { is: 'Customer' } });
    expect(toText('MATCH (c:`Customer` {`id`: 1}), (p:`Product`) RETURN c.`name`', names, 'test')).toBe(
      'MATCH (c:`Product` {`name`: 1}), (p:`Customer`) RETURN c.`name`',
    );
  });

  test.each([
    'MATCH (a:`Client`) RETURN a',
    'MATCH (a) RETURN a.`id`',
    'MATCH (a:`Customer`) RETURN a.`kind`',
    'MATCH (a:`Customer` {`sku`: 1}) RETURN a',
    'RETURN 1 AS `id`',
    'MATCH (a:`constructor`) RETURN a',
    'MATCH (a:`Customer`) RETURN a.`is`',
  ])('that cannot be told fail when the file is read: %s', (source) => {
    expect(() => put(source)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  test.each([
    { names: { Custmer: {} }, field: 'names.Custmer' },
    { names: { Customer: { identity: 'x' } }, field: 'names.Customer.identity' },
    { names: { Customer: { id: '' } }, field: 'names.Customer.id' },
    { names: { Customer: { id: 7 } }, field: 'names.Customer.id' },
    { names: { Customer: { id: 'a\u0000b' } }, field: 'names.Customer.id' },
    { names: { Customer: { id: 'a\nb' } }, field: 'names.Customer.id' },
    { names: { Customer: { id: '\ud800' } }, field: 'names.Customer.id' },
    { names: { Customer: { id: 'x'.repeat(201) } }, field: 'names.Customer.id' },
  ])('$field is refused: $names', ({ names, field }) => {
    expect(() => toNames(names as never)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ field }) }),
    );
  });

  test('end where they should, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('`', '\\', 'u0060', 'a', ' ', "'", '}', ')') }),
        (name) => {
          const quoted = quoteIdentifier(name);
          // As Neo4j reads it: first the escapes, then a name that ends at a backtick that is not doubled.
          const seen = quoted.replace(/\\u([0-9a-fA-F]{4})/g, (_, code) =>
            String.fromCharCode(Number.parseInt(code, 16)),
          );
          expect(seen.slice(1, -1).replaceAll('``', '')).not.toContain('`');
          expect(seen.slice(1, -1).replaceAll('``', '`')).toBe(name);
        },
      ),
      { seed: 1 },
    );
  });
});
