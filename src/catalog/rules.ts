/**
 * What a row must be to be taken in. Each rule has a reason in kebab-case, which is what rejects files,
 * reports and docs/import.md call it; the first rule that a row breaks is the one that is reported.
 */
import { quoteLiteral, toDouble } from './sql.ts';

export interface Rule {
  readonly reason: string;
  /** Column of the user's file that is at fault; '' for the whole row. */
  readonly column: string;
  /** SQL condition that is true for a row to be refused. */
  readonly when: string;
  /** SQL expression of the offending value, as text. */
  readonly found: string;
  /** What would have been accepted, for a person. */
  readonly expected: string;
}

/** Ids are keys of maps, parts of addresses and lines of logs: a cell of a megabyte is no id. */
export const MAX_ID_LENGTH = 512;
/** A list cell longer than this is no basket; also what lets `seq` be line × 2^20 + place. */
const MAX_LIST_LENGTH = 1 << 20;

export const FIRST_TIMESTAMP = '1900-01-01';
export const END_TIMESTAMP = '2200-01-01';

export interface Cell {
  readonly column: string;
  /** SQL of the text, NULL where empty. */
  readonly sql: string;
}

/**
 * White space alone is as good as nothing: exports of fixed width fill empty cells with it. Text that
 * begins with more than a blank is told apart by one comparison, which is nearly all of it.
 */
export const isMissing = (sql: string): string =>
  `(${sql} IS NULL OR (${sql} < '!' AND trim(${sql}, e' \\t') = ''))`;

/** `name` is customer, product, id, basket, type, attribute: reasons are `name-missing`, `name-too-long`. */
export function idRules(name: string, { column, sql }: Cell): Rule[] {
  return [missingRule(name, { column, sql }), tooLongRule(name, { column, sql })];
}

export const missingRule = (name: string, { column, sql }: Cell): Rule => ({
  reason: `${name}-missing`,
  column,
  when: isMissing(sql),
  found: sql,
  expected: 'a value',
});

export const tooLongRule = (name: string, { column, sql }: Cell): Rule => ({
  reason: `${name}-too-long`,
  column,
  when: `length(${sql}) > ${MAX_ID_LENGTH}`,
  found: sql,
  expected: `at most ${MAX_ID_LENGTH} characters`,
});

/** Each entry of a list cell must do as an id; a list without entries is a missing id. */
export function listRules(name: string, { column, sql }: Cell, list: string): Rule[] {
  return [
    {
      reason: `${name}-missing`,
      column,
      when: `len(${list}) = 0`,
      found: sql,
      expected: 'at least one value',
    },
    {
      reason: `${name}-too-long`,
      column,
      when: `list_aggregate(list_transform(${list}, lambda part: length(part)), 'max') > ${MAX_ID_LENGTH}`,
      found: sql,
      expected: `entries of at most ${MAX_ID_LENGTH} characters`,
    },
    {
      reason: 'list-too-long',
      column,
      when: `len(${list}) >= ${MAX_LIST_LENGTH}`,
      found: sql,
      expected: `fewer than ${MAX_LIST_LENGTH} entries`,
    },
  ];
}

/** Text as a number, NULL if it is none. DuckDB's cast alone would take 1_000. */
export const toNumber = (sql: string): string =>
  `CASE WHEN contains(${sql}, '_') THEN NULL ELSE try_cast(${sql} AS DOUBLE) END`;

/**
 * NaN and infinity are no numbers here: one of them would spoil every sum it enters.
 * `number` is the column that holds `toNumber` of the cell.
 */
export const numberRule = (name: string, { column, sql }: Cell, number: string): Rule => ({
  reason: `${name}-not-a-number`,
  column,
  when: `${sql} IS NOT NULL AND (${number} IS NULL OR NOT isfinite(${number}))`,
  found: sql,
  expected: 'a finite number with a decimal point, like 3 or 2.50',
});

/** Less than 0 is a return (returns.ts); 0 is neither that nor a purchase. */
export const quantityRule = ({ column, sql }: Cell, number: string): Rule => ({
  reason: 'quantity-zero',
  column,
  when: `${number} = 0`,
  found: sql,
  expected: 'more than 0, or less than 0 for a return',
});

/** Weights become f32 and are added up: in this range neither end of f32 is met. */
const WEIGHT_RANGE = { least: 1e-30, greatest: 1e30 };

export const isInWeightRange = (weight: number): boolean =>
  weight >= WEIGHT_RANGE.least && weight <= WEIGHT_RANGE.greatest;

/** `number` is the column that holds `toNumber` of the cell. An edge that weighs nothing is no edge. */
export function weightRules({ column, sql }: Cell, number: string): Rule[] {
  const { least, greatest } = WEIGHT_RANGE;
  return [
    numberRule('weight', { column, sql }, number),
    {
      reason: 'weight-not-positive',
      column,
      when: `${number} <= 0`,
      found: sql,
      expected: 'more than 0',
    },
    {
      reason: 'weight-out-of-range',
      column,
      when: `${number} < ${toDouble(least)} OR ${number} > ${toDouble(greatest)}`,
      found: sql,
      expected: `from ${least} to ${greatest}`,
    },
  ];
}

/**
 * Text as UTC: ISO 8601 with or without zone (UTC if none), a date alone (its midnight), epoch seconds
 * (9 or 10 digits) or milliseconds (12 or 13). NULL if it is none of these: 01/02/2017 is January in one
 * country and February in another.
 */
export function toTimestamp(sql: string): string {
  const decimal = `CASE WHEN contains(${sql}, ',') OR contains(${sql}, ' ') THEN replace(trim(${sql}), ',', '.') ELSE ${sql} END`;
  const zoned = quoteLiteral(ZONED);
  const part = (i: number): string => `regexp_extract(${sql}, ${zoned}, ${i})`;
  const whole = `replace(${part(1)} || coalesce(nullif(${part(2)}, ''), ':00') || ${part(3)}, ',', '.')`;
  return `CASE
    WHEN regexp_full_match(${sql}, ${quoteLiteral(UTC)}) THEN try_cast(${decimal} AS TIMESTAMP)
    WHEN regexp_full_match(${sql}, ${zoned}) THEN make_timestamp(epoch_us(try_cast(${whole} AS TIMESTAMPTZ)))
    WHEN regexp_full_match(${sql}, ' *\\d{9,10} *') THEN make_timestamp_ms(try_cast(${sql} AS BIGINT) * 1000)
    WHEN regexp_full_match(${sql}, ' *\\d{12,13} *') THEN make_timestamp_ms(try_cast(${sql} AS BIGINT)) END`;
}

/** Without a zone, or with Z behind the seconds: what DuckDB casts by itself. It would pass over an offset. */
const UTC = String.raw` *\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?Z?)?)? *`;
const ZONED = String.raw` *(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2})(:\d{2}(?:[.,]\d{1,9})?)? ?(Z|[+-]\d{2}(?::?\d{2})?) *`;

/** `parsed` is the column that holds `toTimestamp` of the cell. */
export function timestampRules({ column, sql }: Cell, parsed: string): Rule[] {
  return [
    missingRule('timestamp', { column, sql }),
    {
      reason: 'timestamp-unreadable',
      column,
      when: `${parsed} IS NULL`,
      found: sql,
      expected: 'ISO 8601 (2017-02-01, 2017-02-01T09:30:00Z), epoch seconds or milliseconds',
    },
    {
      reason: 'timestamp-out-of-range',
      column,
      when: `${parsed} < TIMESTAMP '${FIRST_TIMESTAMP}' OR ${parsed} >= TIMESTAMP '${END_TIMESTAMP}'`,
      found: sql,
      expected: `from ${FIRST_TIMESTAMP} up to ${END_TIMESTAMP}`,
    },
  ];
}
