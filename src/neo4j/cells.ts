/** Values of rows from Neo4j, checked: ids, numbers and text are what they should be, or the row is refused. */
import { ShelfwalkError } from '../base/errors.ts';

/** Where a value stands. */
export interface Cell {
  readonly statement: string;
  readonly column: string;
}

export function refuse({ statement, column }: Cell, found: unknown, expected: string, hint?: string): never {
  const text = typeof found === 'string' || typeof found === 'number' ? found : JSON.stringify(found);
  throw new ShelfwalkError('NEO4J_ROW_INVALID', {
    statement,
    column,
    found: text ?? 'nothing',
    expected,
    hint,
  });
}

/** Text as it is; a whole number as its digits. */
export function toId(value: unknown, cell: Cell): string {
  if (typeof value === 'string' && value !== '') return value;
  if (Number.isSafeInteger(value)) return String(value);
  const hint =
    typeof value === 'number' ? 'Return larger numbers and fractions as text: toString(n.id)' : undefined;
  return refuse(cell, value, 'an id: text that is not empty, or a whole number below 2^53', hint);
}

/** Missing text is ''. */
export function toName(value: unknown, cell: Cell): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : refuse(cell, value, 'text');
}

/** Of an attribute: an id without a slash, which would end it. */
export function toKind(value: unknown, cell: Cell): string {
  const kind = toId(value, cell);
  return kind.includes('/') || kind.includes(':') ? refuse(cell, kind, 'a kind without / and :') : kind;
}

/** Events: a whole number above 0. Weight: any finite number, 0 for "no edge". */
export function toAmount(value: unknown, strength: 'count' | 'weight', cell: Cell): number {
  if (typeof value === 'number') {
    if (
      strength === 'weight' ? Number.isFinite(value) && value >= 0 : Number.isSafeInteger(value) && value > 0
    )
      return value;
  }
  return strength === 'count'
    ? refuse(
        cell,
        value,
        'events: a whole number above 0',
        'A graph that has weights is read with "strength": "weight"',
      )
    : refuse(cell, value, 'a weight: a finite number of at least 0');
}
