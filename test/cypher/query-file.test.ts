/** The headers of cypher/analytics: what is read out of them, and what is refused. No server is needed. */
import { describe, expect, test } from 'vitest';
import { ShelfwalkError } from '../../src/base/errors.ts';
import { parseQueryFile, RESERVED, readQueryFiles } from '../../src/neo4j/query-file.ts';

const QUERY = `// Finds things. In
// two lines.
//
// start: given nodes
// param productId: embedded product — the one asked about
// param others: customers 1..20 — some more
// param limit: integer 1..100 = 10 — at most this many
// param share: number 0..1 = 0.5 — a share
// param mode: any | some = any — which
// param deep: boolean = false — how
// param kind: string = none — of what
// param from: version = live — which one
// column id: string — of it
// column score: number
MATCH (n) RETURN n // not a header
`;

test('a header says purpose, start, parameters and columns', () => {
  const { text, parameters, ...facts } = parseQueryFile('things', QUERY);
  expect(facts).toEqual({
    name: 'things',
    purpose: 'Finds things. In two lines.',
    start: 'given nodes',
    bound: undefined,
    columns: [
      { name: 'id', type: 'string', text: 'of it' },
      { name: 'score', type: 'number', text: '' },
    ],
  });
  expect(text).toBe(QUERY);
  expect(parameters.map(({ name, type, default: value }) => [name, type, value])).toEqual([
    ['productId', { kind: 'node', node: 'product', embedded: true }, undefined],
    ['others', { kind: 'nodes', node: 'customer', embedded: false, min: 1, max: 20 }, undefined],
    ['limit', { kind: 'integer', min: 1, max: 100 }, 10],
    ['share', { kind: 'number', min: 0, max: 1 }, 0.5],
    ['mode', { kind: 'choice', options: ['any', 'some'] }, 'any'],
    ['deep', { kind: 'boolean' }, false],
    ['kind', { kind: 'string' }, null],
    ['from', { kind: 'version' }, 'live'],
  ]);
});

describe('a header that cannot be read names its line', () => {
  test.each([
    {
      from: '// param deep: boolean = false — how',
      to: '// param deep: bool = false — how',
      line: 10,
      why: 'an unknown type',
    },
    { from: '= 10 —', to: '= 101 —', line: 7, why: 'a default out of range' },
    { from: '= 0.5 —', to: '= half —', line: 8, why: 'a default that is no number' },
    { from: '= any —', to: '= none of them —', line: 9, why: 'a default that is no choice' },
    { from: 'customers 1..20', to: 'customers', line: 6, why: 'a list without a range' },
    { from: 'column score: number', to: 'column score: float', line: 14, why: 'an unknown type of column' },
    { from: '// start: given nodes', to: '// begin: given nodes', line: 4, why: 'an unknown line' },
    { from: '// start: given nodes', to: '// start: somewhere', line: 4, why: 'an unknown start' },
    {
      from: '// start: given nodes',
      to: '// start: whole graph',
      line: 4,
      why: 'a whole graph without a bound',
    },
    {
      from: '// two lines.\\n//\\n',
      to: '// two lines.\\n',
      line: 1,
      why: 'no line between purpose and facts',
    },
  ])('$why', ({ from, to, line }) => {
    const text = QUERY.replace(from.replaceAll('\\n', '\n'), to.replaceAll('\\n', '\n'));
    expect(text).not.toBe(QUERY);
    let failure: unknown;
    try {
      parseQueryFile('things', text);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(ShelfwalkError);
    expect(failure).toMatchObject({ code: 'CYPHER_FILE_INVALID', details: { file: 'things.cypher', line } });
  });
});

describe('cypher/analytics', () => {
  const queries = readQueryFiles();

  test.each(queries)(
    '$name: parameters are those of the statement, columns those it returns',
    ({ text, parameters, columns }) => {
      const statement = text.replace(/^\/\/.*$/gm, '');
      const used = new Set([...statement.matchAll(/\$(\w+)/g)].map(([, name]) => name!));
      const declared = parameters.map(({ name }) => name);
      expect(
        [...used].filter(
          (name) => !declared.includes(name) && !(RESERVED as readonly string[]).includes(name),
        ),
      ).toEqual([]);
      expect(declared.filter((name) => !used.has(name))).toEqual([]);
      expect(columns.length).toBeGreaterThan(1);
      for (const { name } of columns) expect(statement).toMatch(new RegExp(`\\b${name}\\b`));
    },
  );

  test('every row limit and every count has a range', () => {
    for (const { parameters } of queries)
      for (const { type } of parameters)
        if (type.kind === 'integer') expect(type.max).toBeLessThanOrEqual(1_000_000);
  });
});
