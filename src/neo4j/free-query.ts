/**
 * Cypher that somebody else wrote. The session can only read, which the server sees to; but in Neo4j reading
 * also means files and addresses (LOAD CSV), the settings and users of the server, and procedures that
 * change it without writing to a graph. So the server is first asked for its plan, and what stands there is
 * checked; and so is the text, for a plan does not list what is inside a CASE or a list comprehension.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Neo4j, Parameters } from './connection.ts';
import type { PageLimits, Plan } from './page.ts';
import type { QueryAnswer } from './run-query.ts';
import { toPlain } from './values.ts';

/** Procedures that only look at the graph and its schema. */
const PROCEDURES =
  /^db\.(index\.(vector|fulltext)\.query(Nodes|Relationships)|labels|relationshipTypes|propertyKeys|schema\.(visualization|nodeTypeProperties|relTypeProperties))$/;
/** SHOW, TERMINATE, LOAD CSV and the like; operators of the graph have none of these names. */
const REFUSED = /^(LoadCSV|Show|Terminate|Administration|Logging|Do|Assert|Ensure|System|.*Command)/;

/**
 * @throws ShelfwalkError CYPHER_REFUSED — it does not read, or not only the graph
 * @throws ShelfwalkError NEO4J_STATEMENT_REFUSED — the server does not understand it · NEO4J_TIMEOUT
 */
export async function runFreeQuery(
  neo4j: Neo4j,
  {
    text,
    parameters,
    limits,
    signal,
  }: {
    readonly text: string;
    readonly parameters: Parameters;
    readonly limits: PageLimits;
    readonly signal?: AbortSignal;
  },
): Promise<QueryAnswer> {
  checkText(text);
  const step = { statement: { name: 'free', text }, parameters };
  checkPlan(await neo4j.explain(step, signal));
  const { columns, rows, truncated } = await neo4j.page(step, limits, signal);
  return {
    columns,
    rows: rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, toPlain(row[i])]))),
    truncated,
  };
}

/** Strings, names in backticks and comments, each whole, so that nothing can hide between two of them. */
const QUOTED = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|\/\*[\s\S]*?\*\/|\/\/[^\n\r]*/g;

/** Refuses too much rather than too little: values belong into parameters, and may hold anything there. @throws ShelfwalkError CYPHER_REFUSED */
function checkText(text: string): void {
  // Neo4j reads such an escape before it looks for words, and the words are looked for here.
  if (/\\u/i.test(text)) refuse('an escape \\u', 'text without it; a parameter may hold any character');
  const bare = text.replace(QUOTED, (part) =>
    part.startsWith('/') ? ' ' : part.startsWith('`') ? '`name`' : "''",
  );
  if (/\bLOAD\W+CSV\b/i.test(bare)) refuse('LOAD CSV', 'a statement that reads the graph and nothing else');
  for (const [, procedure] of bare.matchAll(/(?<![.$\w])CALL\s*([^\s({]+)/gi)) {
    if (!PROCEDURES.test(procedure!)) refuse(procedure!, EXPECTED_PROCEDURES);
  }
}

const EXPECTED_PROCEDURES = 'no procedure but those that look at the graph and its schema';

/** @throws ShelfwalkError CYPHER_REFUSED */
function checkPlan({ queryType, operators }: Plan): void {
  if (queryType !== 'r') refuse(`a statement of type ${queryType}`, 'a statement that only reads');
  for (const { name, details } of operators) {
    if (REFUSED.test(name)) refuse(name, 'a statement that reads the graph and nothing else');
    if (!/ProcedureCall$/.test(name)) continue;
    const procedure = /^([\w.]+)\(/.exec(details)?.[1] ?? details;
    if (!PROCEDURES.test(procedure)) refuse(procedure, EXPECTED_PROCEDURES);
  }
}

function refuse(found: string, expected: string): never {
  throw new ShelfwalkError('CYPHER_REFUSED', { found, expected });
}
