/**
 * How a graph is read: by labels under the default or other names, or, role by role, by a query of the
 * configuration's own. Queries are Cypher that an operator wrote; they run in transactions that cannot write.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { type Names, type NamesInput, toNames } from './names.ts';

export interface GraphModelInput {
  readonly names?: NamesInput;
  /** What says how strong an interaction is: events, which are damped, or a weight, which is taken as it is. */
  readonly strength?: 'count' | 'weight';
  readonly queries?: Queries;
}

/** By role, in place of labels. Values of ids are text or whole numbers; columns may come in any order. */
export interface Queries {
  /** Columns: id, and name or none. */
  readonly customers?: string;
  readonly products?: string;
  /** Columns: customer, product, and count or weight; type or none. Rows of the same three are added up. */
  readonly interactions?: string;
  /** Columns: product or customer, kind, value, and name or none. The attributes are those that turn up here. */
  readonly attributes?: string;
}

export interface GraphModel {
  readonly names: Names;
  readonly strength: 'count' | 'weight';
  readonly queries: Queries;
}

/** @throws ShelfwalkError CONFIG_INVALID */
export function toGraphModel({ names, strength = 'count', queries = {} }: GraphModelInput): GraphModel {
  for (const [role, text] of Object.entries(queries)) {
    if (text.trim() === '') {
      throw new ShelfwalkError('CONFIG_INVALID', {
        field: `queries.${role}`,
        found: '',
        expected: 'Cypher that reads',
      });
    }
  }
  return { names: toNames(names), strength, queries };
}
