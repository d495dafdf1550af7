/**
 * Which columns of a table are what: `id`, `type` and `name` by these names, and the values, whose names
 * count up (`v0 v1 …`, `0 1 …`, `dim_1 dim_2 …`). Anything else is refused: an index or a price among the
 * values would be taken for a dimension.
 */
import { type Place, unreadable } from './row-collector.ts';

export interface TableColumns {
  readonly id: number;
  readonly type?: number;
  readonly name?: number;
  /** In the order of the vector. */
  readonly values: readonly number[];
}

const NAMED = ['id', 'type', 'name'];

/** @throws ShelfwalkError IMPORT_FILE_UNREADABLE — a column that is none of these, or no values */
export function toColumns(names: readonly string[], place: Place): TableColumns {
  const find = (name: string): number | undefined => {
    const at = names.indexOf(name);
    return at < 0 ? undefined : at;
  };
  const id = find('id') ?? 0; // without that name, the first one
  const rest = names.map((_, i) => i).filter((i) => i !== id && !NAMED.includes(names[i]!));
  if (rest.length === 0) {
    throw unreadable(place, { found: names.join(', '), expected: 'columns of values: v0, v1, …' });
  }
  const first = toCounted(names[rest[0]!]!);
  rest.forEach((at, i) => {
    const counted = toCounted(names[at]!);
    if (first && counted && counted.stem === first.stem && counted.number === first.number + i) return;
    const expected = first ? `${first.stem}${first.number + i}` : 'id, type, name, or a value such as v0';
    const hint = 'Values are named with numbers that count up; leave other columns out';
    throw unreadable({ ...place, column: names[at] }, { found: JSON.stringify(names[at]), expected, hint });
  });
  return { id, type: find('type'), name: find('name'), values: rest };
}

/** `dim_12` → `dim_`, 12 */
function toCounted(name: string): { stem: string; number: number } | undefined {
  const [, stem, number] = /^(.*?)(\d{1,9})$/.exec(name) ?? [];
  return number === undefined ? undefined : { stem: stem!, number: Number(number) };
}
