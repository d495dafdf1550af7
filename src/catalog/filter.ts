/**
 * Which products pass a filter, as the catalog is now: one SELECT, in which everything that came from
 * outside is a parameter. The grammar (must, should, mustNot over conditions) is Qdrant's.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Reader, SqlValue } from './database.ts';
import { toText } from './sql.ts';
import type { Filter, FilterCondition } from './types.ts';

/** What a filter of a stranger may ask for. */
export const FILTER_LIMITS = { depth: 5, conditions: 100, values: 1000 } as const;

/** Keys that are no attribute kinds: a kind by one of these names cannot be filtered by. */
export const STATE_KEYS = ['inStock', 'hidden'] as const;
type StateKey = (typeof STATE_KEYS)[number];

/** Of product_states: rows of products for which the state is not the usual one (shown, in stock). */
const UNUSUAL: Record<StateKey, string> = { inStock: 'NOT in_stock', hidden: 'hidden' };
const USUAL: Record<StateKey, boolean> = { inStock: true, hidden: false };

/**
 * Ids of the products that pass, ascending.
 * @throws ShelfwalkError REQUEST_UNPROCESSABLE — nested too deep, too large, or a condition that says nothing
 */
export async function readMatching(database: Reader, filter: Filter): Promise<string[]> {
  const { sql, values } = toFilterSql(filter);
  const ids: string[] = [];
  const statement = `SELECT ${toText('products.id')} AS id FROM products WHERE ${sql} ORDER BY products.id`;
  for await (const chunk of database.stream(statement, values)) {
    for (const id of chunk.getColumnValues(0)) ids.push(id as string);
  }
  return ids;
}

/** Values of one kind by product, ascending within a product; products without one have no entry. */
export async function readValues(database: Reader, kind: string): Promise<Map<string, string[]>> {
  const values = new Map<string, string[]>();
  const statement = `
    SELECT ${toText('products.id')} AS id, ${toText('value')} AS value FROM products
    JOIN product_attributes ON owner = products.key JOIN attributes ON attributes.key = attribute
    WHERE kind = $1 ORDER BY products.id, attributes.value`;
  for await (const chunk of database.stream(statement, [kind])) {
    const [ids, found] = [chunk.getColumnValues(0), chunk.getColumnValues(1)] as [string[], string[]];
    for (const [i, id] of ids.entries()) {
      const known = values.get(id);
      if (known) known.push(found[i]!);
      else values.set(id, [found[i]!]);
    }
  }
  return values;
}

/** A condition on rows of `products`, and its parameters from $1 on. */
export function toFilterSql(filter: Filter): { readonly sql: string; readonly values: SqlValue[] } {
  const values: SqlValue[] = [];
  const count = { conditions: 0 };
  const add = (value: SqlValue): string => `$${values.push(value)}`;

  function group({ must = [], should = [], mustNot = [] }: Filter, depth: number): string {
    if (depth > FILTER_LIMITS.depth) throw refuse(`at most ${FILTER_LIMITS.depth} groups inside one another`);
    const each = (list: readonly (Filter | FilterCondition)[]): string[] =>
      list.map((one) => (isGroup(one) ? group(one, depth + 1) : condition(one)));
    const parts = [
      ...each(must),
      ...(should.length > 0 ? [`(${each(should).join(' OR ')})`] : []),
      ...each(mustNot).map((sql) => `NOT ${sql}`),
    ];
    return parts.length > 0 ? `(${parts.join(' AND ')})` : 'true';
  }

  function condition(one: FilterCondition): string {
    if (++count.conditions > FILTER_LIMITS.conditions) {
      throw refuse(`at most ${FILTER_LIMITS.conditions} conditions`);
    }
    if ('ids' in one) return `products.id IN (SELECT unnest(${add(toList(one.ids))}))`;
    if (isStateKey(one.key)) return state(one.key, one);
    const not = 'exists' in one && !one.exists ? 'NOT ' : '';
    return `products.key ${not}IN (SELECT owner FROM product_attributes JOIN attributes ON attributes.key = attribute
      WHERE kind = ${add(one.key)}${ofValue(one)})`;
  }

  function ofValue(one: Exclude<FilterCondition, { ids: readonly string[] }>): string {
    if ('match' in one)
      return ` AND value IN (SELECT unnest(${add(toList([one.match].flat().map(String)))}))`;
    if ('exists' in one) return '';
    const bounds = COMPARISONS.flatMap(([name, operator]) => {
      const bound = one.range[name];
      return bound === undefined ? [] : [` AND TRY_CAST(value AS DOUBLE) ${operator} ${add(bound)}`];
    });
    if (bounds.length === 0) throw refuse('a range with gt, gte, lt or lte');
    // NaN is above every number in SQL, and `nan` is text that casts.
    return ` AND isfinite(TRY_CAST(value AS DOUBLE))${bounds.join('')}`;
  }

  function state(key: StateKey, one: FilterCondition): string {
    if ('exists' in one) return one.exists ? 'true' : 'false'; // every product is in stock or is not
    const wanted = 'match' in one ? [one.match].flat() : [];
    if (wanted.length === 0 || wanted.some((value) => typeof value !== 'boolean')) {
      throw refuse(`${key} matches true or false`);
    }
    if (new Set(wanted).size === 2) return 'true';
    const not = wanted[0] === USUAL[key] ? 'NOT ' : '';
    return `products.key ${not}IN (SELECT product FROM product_states WHERE ${UNUSUAL[key]})`;
  }

  return { sql: group(filter, 1), values };
}

const COMPARISONS = [
  ['gt', '>'],
  ['gte', '>='],
  ['lt', '<'],
  ['lte', '<='],
] as const;

const isGroup = (one: Filter | FilterCondition): one is Filter => !('key' in one) && !('ids' in one);

const isStateKey = (key: string): key is StateKey => STATE_KEYS.some((name) => name === key);

function toList(values: readonly string[]): readonly string[] {
  if (values.length > FILTER_LIMITS.values) throw refuse(`at most ${FILTER_LIMITS.values} values or ids`);
  return values;
}

const refuse = (expected: string): ShelfwalkError =>
  new ShelfwalkError('REQUEST_UNPROCESSABLE', { field: 'filter', expected });
