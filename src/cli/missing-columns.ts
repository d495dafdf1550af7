/**
 * What an import says when columns were not named: which ones the file has, and a command line to try.
 * Names that are evident are proposed, never taken: a wrong guess would be a wrong graph.
 */
import { resolve } from 'node:path';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { readFileColumns } from '../pipeline/operations/import.operation.ts';
import type { Given } from './command.ts';
import { type Setting, toOptionKey } from './flag.ts';
import type { Task } from './task.ts';

/** Names that leave no doubt, by setting, likely ones first; case and signs in them do not count. */
export type EvidentNames = Readonly<Record<string, readonly string[]>>;

const CUSTOMER =
  'customerid customer userid user clientid client memberid member visitorid shopperid cust'.split(' ');
const PRODUCT = 'productid product itemid item sku stockcode articleid article asin'.split(' ');
const TIME =
  'timestamp datetime date invoicedate orderdate eventtime purchasedat soldat createdat time ts'.split(' ');

export const INTERACTION_NAMES: EvidentNames = {
  customer: CUSTOMER,
  product: PRODUCT,
  timestamp: TIME,
  quantity: ['quantity', 'qty', 'units'],
  basket: 'basketid basket orderid order invoiceno invoice receiptid receipt sessionid session'.split(' '),
};
export const PRODUCT_NAMES: EvidentNames = {
  id: [...PRODUCT, 'id'],
  name: ['name', 'productname', 'title', 'description'],
};
export const CUSTOMER_NAMES: EvidentNames = {
  id: [...CUSTOMER, 'id'],
  name: ['name', 'customername', 'username'],
};
export const EDGE_NAMES: EvidentNames = {
  from: ['from', 'source', 'src', 'payer', 'sender', 'u'],
  to: ['to', 'target', 'destination', 'dst', 'payee', 'receiver', 'v'],
  weight: ['weight', 'amount', 'count'],
};

interface Wanted {
  /** Of the mapping; those that are required must be named. */
  readonly columns: readonly Setting[];
  readonly evident: EvidentNames;
}

/**
 * @throws ShelfwalkError USAGE_INVALID — a required column was not named; the first file's columns are listed
 * @throws ShelfwalkError IMPORT_FILE_MISSING · IMPORT_FILE_UNREADABLE — nor can that file be read
 */
export async function requireColumns(task: Task, given: Given, { columns, evident }: Wanted): Promise<void> {
  const isMissing = (setting: Setting) => setting.required && given.flags[toOptionKey(setting)] === undefined;
  const missing = columns.filter(isMissing);
  if (missing.length === 0) return;
  const { format } = given.flags as { format?: Parameters<typeof readFileColumns>[1] };
  const file = resolve(task.io.cwd, given.args[0]!);
  const found = await readFileColumns(file, format);
  throw new ShelfwalkError('USAGE_INVALID', {
    file,
    found: found.length > 0 ? `columns ${toList(found)}` : 'no names of columns',
    expected: missing.map(({ flag }) => `${flag} <column>`).join(' '),
    hint: found.length > 0 ? toHint(task, given, { columns, evident }, found) : undefined,
  });
}

/** The same hint for an import whose columns have names by default, once the file turned out to lack them. */
export async function withColumnHint<T>(
  task: Task,
  given: Given,
  wanted: Wanted,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isShelfwalkError(error, 'IMPORT_COLUMN_MISSING') || error.details['hint'] !== undefined) throw error;
    const { column, found } = error.details as { column?: string; found?: unknown };
    const setting = wanted.columns.find(({ path }) => path === column);
    if (!setting || given.flags[toOptionKey(setting)] !== undefined || !Array.isArray(found)) throw error;
    const hint = toHint(task, given, wanted, found as readonly string[]);
    throw new ShelfwalkError('IMPORT_COLUMN_MISSING', { ...error.details, hint }, { cause: error });
  }
}

/** The command line as it was typed, with what it lacks: columns of evident names, else a place for one. */
function toHint(task: Task, given: Given, { columns, evident }: Wanted, found: readonly string[]): string {
  const used = new Set(Object.values(given.flags));
  const added: string[] = [];
  for (const setting of columns) {
    if (given.flags[toOptionKey(setting)] !== undefined) continue;
    const column = findEvident(found, evident[setting.path] ?? [], used);
    if (column !== undefined) {
      used.add(column);
      added.push(`${setting.flag} ${toShellWord(column)}`);
    } else if (setting.required) added.push(`${setting.flag} COLUMN`);
  }
  return `Try, if that is what they hold: ${['shelfwalk', ...task.typed.map(toShellWord), ...added].join(' ')}`;
}

/** One column and no other has the name, or the likeliest of the names that occur. */
function findEvident(
  found: readonly string[],
  names: readonly string[],
  used: ReadonlySet<unknown>,
): string | undefined {
  const fold = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  for (const name of names) {
    const alike = found.filter((column) => fold(column) === name && !used.has(column));
    if (alike.length > 0) return alike.length === 1 ? alike[0] : undefined;
  }
  return undefined;
}

const MOST_LISTED = 40;

const toList = (columns: readonly string[]): string => {
  const said = columns
    .slice(0, MOST_LISTED)
    .map((column) => JSON.stringify(column))
    .join(', ');
  return columns.length > MOST_LISTED ? `${said} and ${columns.length - MOST_LISTED} more` : said;
};

const toShellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
