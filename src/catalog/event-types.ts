/** Types of events and what each weighs: which of them a graph takes in at all. */
import type { TypeWeights } from '../graph/types.ts';
import type { Reader } from './database.ts';
import { toText } from './sql.ts';

export interface TypeRow {
  readonly key: number;
  readonly name: string;
}

export const readTypes = (database: Reader): Promise<TypeRow[]> =>
  database.rows<{ key: number; name: string }>(
    `SELECT key, ${toText('name')} AS name FROM interaction_types ORDER BY interaction_types.name`,
  );

export const weightOf = ({ typeWeights, otherTypes }: TypeWeights, { name }: TypeRow): number =>
  Object.hasOwn(typeWeights, name) ? typeWeights[name]! : otherTypes;

/** Keys of the types that weigh something; NULL, which is in no list, where none does. */
export async function toTypeKeys(database: Reader, weights: TypeWeights): Promise<string> {
  const wanted = (await readTypes(database)).filter((type) => weightOf(weights, type) > 0);
  return wanted.map(({ key }) => key).join(', ') || 'NULL';
}
