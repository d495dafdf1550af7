/**
 * What an entry must be to be written: the rules of an import (rules.ts), for values that come one by
 * one. Types are given by TypeScript and, over HTTP, by the schema; here is what a type cannot say.
 */
import type { ErrorCode } from '../base/errors.ts';
import { INSTANT_RULE, parseInstant } from './instant.ts';
import { DEFAULT_TYPE, toTakenType } from './interactions-plan.ts';
import { RETURN_TYPE } from './returns.ts';
import { MAX_ID_LENGTH } from './rules.ts';
import type { AttributeWrite, EntityChange, EntryError, InteractionEvent } from './write-types.ts';

/** An event that may be stored, with the type of what it takes back if it is a return. */
export interface CheckedEvent {
  readonly index: number;
  readonly customer: string;
  readonly product: string;
  readonly type: string;
  readonly atMs: number;
  readonly quantity: number | undefined; // > 0
  readonly value: number | undefined;
  readonly basket: string | undefined;
  readonly returned: boolean;
}

/** A put or patch that may be stored. */
export interface CheckedEntity {
  readonly index: number;
  readonly op: 'put' | 'patch' | 'delete';
  readonly id: string;
  /** undefined: stays as it is. */
  readonly name: string | undefined;
  readonly attributes: readonly AttributeWrite[] | undefined;
  readonly hidden: boolean | undefined;
  readonly inStock: boolean | undefined;
}

export interface Checked<T> {
  readonly entries: readonly T[];
  readonly errors: readonly EntryError[];
}

type Fault = readonly [path: string, message: string];

function checkAll<I, O>(
  given: readonly I[],
  faultsOf: (entry: I) => Fault[],
  toEntry: (entry: I, index: number) => O,
): Checked<O> {
  const entries: O[] = [];
  const errors: EntryError[] = [];
  for (const [index, entry] of given.entries()) {
    const faults = faultsOf(entry);
    if (faults.length === 0) entries.push(toEntry(entry, index));
    for (const [path, message] of faults) errors.push(toEntryError(index, path, message));
  }
  return { entries, errors };
}

export const toEntryError = (
  index: number,
  path: string,
  message: string,
  code: ErrorCode = 'REQUEST_UNPROCESSABLE',
): EntryError => ({ index, path, message, code });

/** @param nowMs the time of events that have none */
export const checkEvents = (events: readonly InteractionEvent[], nowMs: number): Checked<CheckedEvent> =>
  checkAll(events, findEventFaults, (event, index) => {
    const { customerId, productId, type = DEFAULT_TYPE, timestamp, quantity, value, basket } = event;
    return {
      index,
      customer: customerId,
      product: productId,
      type: toTakenType(type),
      atMs: timestamp === undefined ? nowMs : parseInstant(timestamp)!,
      quantity: quantity === undefined ? undefined : Math.abs(quantity),
      value,
      basket,
      returned: type === RETURN_TYPE || (quantity ?? 1) < 0,
    };
  });

function findEventFaults({
  customerId,
  productId,
  type,
  timestamp,
  quantity,
  value,
  basket,
}: InteractionEvent): Fault[] {
  const faults = [...findIdFaults('customerId', customerId), ...findIdFaults('productId', productId)];
  if (type !== undefined) faults.push(...findIdFaults('type', type));
  if (basket !== undefined) faults.push(...findIdFaults('basket', basket));
  if (timestamp !== undefined && parseInstant(timestamp) === undefined) {
    faults.push(['timestamp', `expected ${INSTANT_RULE}`]);
  }
  if (quantity !== undefined && (!Number.isFinite(quantity) || quantity === 0)) {
    faults.push(['quantity', 'expected a finite number above 0, or below 0 for a return']);
  }
  if (value !== undefined && !Number.isFinite(value)) faults.push(['value', 'expected a finite number']);
  return faults;
}

/** A product or customer that is not of this type cannot be hidden: only products can. */
export const checkEntities = (
  type: 'customer' | 'product',
  changes: readonly EntityChange[],
): Checked<CheckedEntity> => checkAll(changes, (change) => findEntityFaults(type, change), toEntity);

function toEntity(change: EntityChange, index: number): CheckedEntity {
  const { op, id } = change;
  if (change.op === 'delete') {
    return { index, op, id, name: undefined, attributes: undefined, hidden: undefined, inStock: undefined };
  }
  const { name, attributes, hidden, inStock } = change;
  if (op === 'patch') return { index, op, id, name, attributes, hidden, inStock };
  const none = { name: name ?? '', attributes: attributes ?? [] };
  return { index, op, id, ...none, hidden: hidden ?? false, inStock: inStock ?? true };
}

function findEntityFaults(type: 'customer' | 'product', change: EntityChange): Fault[] {
  const faults = findIdFaults('id', change.id);
  if (change.op === 'delete') return faults;
  const { name, attributes = [], hidden, inStock } = change;
  if (name !== undefined) faults.push(...findTextFaults('name', name));
  if (type === 'customer' && hidden !== undefined) faults.push(['hidden', 'only a product can be hidden']);
  if (type === 'customer' && inStock !== undefined)
    faults.push(['inStock', 'only a product is in stock or not']);
  for (const [i, attribute] of attributes.entries()) {
    for (const [path, message] of findAttributeFaults(attribute, change.op)) {
      faults.push([`attributes.${i}.${path}`, message]);
    }
  }
  return faults;
}

function findAttributeFaults({ kind, value, name }: AttributeWrite, op: 'put' | 'patch'): Fault[] {
  const faults = findIdFaults('kind', kind);
  if (/[/:]/.test(kind)) faults.push(['kind', 'expected a kind without / and :']);
  if (typeof value === 'string') faults.push(...findIdFaults('value', value));
  else if (value === null && op === 'put')
    faults.push(['value', 'expected a value: null takes a kind away, in a patch']);
  else if (typeof value === 'number' && !Number.isFinite(value))
    faults.push(['value', 'expected a finite number']);
  if (name !== undefined) faults.push(...findTextFaults('name', name));
  return faults;
}

/** As `idRules` of rules.ts: not only blanks, and no longer than an id may be. */
function findIdFaults(path: string, id: string): Fault[] {
  if (/^[ \t]*$/.test(id)) return [[path, 'expected a value']];
  return findTextFaults(path, id);
}

function findTextFaults(path: string, text: string): Fault[] {
  // By characters, as an import counts them; a text of fewer UTF-16 units cannot have more.
  if (text.length > MAX_ID_LENGTH && [...text].length > MAX_ID_LENGTH) {
    return [[path, `expected at most ${MAX_ID_LENGTH} characters`]];
  }
  return /\p{Surrogate}/u.test(text) ? [[path, 'must be text that has a UTF-8 form']] : [];
}
