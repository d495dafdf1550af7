/**
 * The files of cypher/ as statements: read once, their names in backticks replaced by the configured ones.
 * cypher/README.md has the rules; a file that breaks them fails when it is read, and a test reads them all.
 */
import { readFileSync } from 'node:fs';
import { ShelfwalkError } from '../base/errors.ts';
import type { Statement } from './connection.ts';
import { DEFAULT_NAMES, type Names, quoteIdentifier, type Role } from './names.ts';

/** Where the package keeps its Cypher, seen from src/neo4j and from dist/neo4j alike. */
export const CYPHER_FOLDER = new URL('../../cypher/', import.meta.url);

export interface Statements {
  /** @param path within cypher/, without `.cypher`: `load/customers` */
  get(path: string): Statement;
}

export function createStatements(names: Names): Statements {
  const read = new Map<string, Statement>();
  return {
    get(path) {
      const known = read.get(path);
      if (known) return known;
      const statement = {
        name: path,
        text: toText(readFileSync(new URL(`${path}.cypher`, CYPHER_FOLDER), 'utf8'), names, path),
      };
      read.set(path, statement);
      return statement;
    },
  };
}

/** A declaration: variable (or none), label or type, and the property map that may follow. */
const DECLARATION = /(\w*):`(\w+)`(\s*\{[^{}]*\})?/g;
const PROPERTY = /\b(\w+)\.`(\w+)`/g;
const MAP_KEY = /`(\w+)`(?=\s*:)/g;

/** @throws ShelfwalkError INTERNAL — a name in backticks that is no default name, or whose owner cannot be told */
export function toText(source: string, names: Names, path: string): string {
  const text = source.replace(/^\/\/.*\n/gm, '').trim();
  const owners = new Map<string, Role>();
  for (const [, variable, role] of text.matchAll(DECLARATION)) {
    if (variable && isRole(role!)) owners.set(variable, role);
  }
  // Replaced names go out of sight of the rules that follow: a configured name may look like a default one.
  const done: string[] = [];
  const put = (name: string): string => `\u0000${done.push(quoteIdentifier(name)) - 1}\u0000`;
  const nameOf = (owner: Role | undefined, property: string): string => {
    const name = owner && (names[owner] as Readonly<Record<string, string>>)[property];
    if (name === undefined || property === 'is') throw unknown(path, property);
    return put(name);
  };
  const replaced = text
    .replace(DECLARATION, (_, variable: string, role: string, map = '') => {
      if (!isRole(role)) throw unknown(path, role);
      const keys = (map as string).replace(MAP_KEY, (_key, property: string) => nameOf(role, property));
      return `${variable}:${put(names[role].is)}${keys}`;
    })
    .replace(PROPERTY, (_, variable: string, property: string) => {
      return `${variable}.${nameOf(owners.get(variable), property)}`;
    });
  const left = /`([^`]*)`/.exec(replaced);
  if (left) throw unknown(path, left[1]!);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the marks put in above
  return replaced.replace(/\u0000(\d+)\u0000/g, (_, at: string) => done[Number(at)]!);
}

const isRole = (word: string): word is Role => Object.hasOwn(DEFAULT_NAMES, word);

const unknown = (path: string, found: string): ShelfwalkError =>
  new ShelfwalkError('INTERNAL', {
    file: `cypher/${path}.cypher`,
    found: `\`${found}\``,
    expected: 'in backticks: a default name, whose variable is declared with its label or type',
  });
