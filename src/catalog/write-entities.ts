/**
 * Single products and customers into the catalog, and out of it, as a part of a transaction that is
 * already open. A run holds each id at most once, so that it can be written as sets.
 */
import { toBinOf } from './bins.ts';
import type { Commit } from './commit.ts';
import type { Session, SqlRow } from './database.ts';
import { toEndKeys } from './edges-plan.ts';
import { isForgotten, toDigest } from './forgotten.ts';
import { toText } from './sql.ts';
import { bringBack } from './watermark.ts';
import { type CheckedEntity, toEntryError } from './write-checks.ts';
import { addMissing } from './write-interactions.ts';
import type { EntryError } from './write-types.ts';

type EntityType = 'customer' | 'product';

const LINKS = { product: 'product_attributes', customer: 'customer_traits' } as const;

/** @returns why some were not taken: a patch or a delete of what is not there, a number without bins */
export async function writeEntities(
  commit: Commit,
  type: EntityType,
  changes: readonly CheckedEntity[],
): Promise<EntryError[]> {
  const errors: EntryError[] = [];
  for (const run of toRuns(changes)) errors.push(...(await writeRun(commit, type, run)));
  return errors;
}

/** Cut where an id comes again, and where deleting begins or ends: order matters only there. */
function toRuns(changes: readonly CheckedEntity[]): CheckedEntity[][] {
  const runs: CheckedEntity[][] = [];
  let ids = new Set<string>();
  for (const change of changes) {
    const last = runs.at(-1);
    const fits = last && !ids.has(change.id) && (last[0]!.op === 'delete') === (change.op === 'delete');
    if (fits) last.push(change);
    else {
      runs.push([change]);
      ids = new Set();
    }
    ids.add(change.id);
  }
  return runs;
}

async function writeRun(
  commit: Commit,
  type: EntityType,
  run: readonly CheckedEntity[],
): Promise<EntryError[]> {
  const known = await readKnown(commit.session, type, run);
  const bins = await readBins(commit.session, run);
  const errors: EntryError[] = [];
  const taken: CheckedEntity[] = [];
  for (const change of run) {
    const fault =
      change.op !== 'put' && !known.has(change.id)
        ? toEntryError(change.index, 'id', `no ${type} has this id`, 'NODE_UNKNOWN')
        : findNumberFault(change, bins);
    if (fault) errors.push(fault);
    else taken.push(change);
  }
  if (taken.length === 0) return errors;
  if (run[0]!.op === 'delete')
    await deleteEntities(
      commit,
      type,
      taken.map(({ id }) => id),
    );
  else await saveEntities(commit, type, taken, bins);
  return errors;
}

async function readKnown(
  session: Session,
  type: EntityType,
  run: readonly CheckedEntity[],
): Promise<Set<string>> {
  const ids = run.filter(({ op }) => op !== 'put').map(({ id }) => id);
  if (ids.length === 0) return new Set();
  const rows = await session.rows<{ id: string }>(
    `SELECT ${toText('id')} AS id FROM ${type}s WHERE ${type}s.id IN (SELECT unnest($1))`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

type Bins = ReadonlyMap<string, readonly number[]>;

async function readBins(session: Session, run: readonly CheckedEntity[]): Promise<Bins> {
  const isNumber = run.some(({ attributes = [] }) =>
    attributes.some(({ value }) => typeof value === 'number'),
  );
  if (!isNumber) return new Map();
  const rows = await session.rows<{ kind: string; edges: number[] }>(
    `SELECT ${toText('kind')} AS kind, edges FROM attribute_bins`,
  );
  return new Map(rows.map(({ kind, edges }) => [kind, edges]));
}

/** A number per product is a node per product: it says nothing unless it falls into a bin, or is a code. */
function findNumberFault({ index, attributes = [] }: CheckedEntity, bins: Bins): EntryError | undefined {
  const i = attributes.findIndex(({ kind, value }) => typeof value === 'number' && !bins.has(kind));
  return i < 0
    ? undefined
    : toEntryError(
        index,
        `attributes.${i}.value`,
        'a number needs a kind that was imported in bins; send a code as text',
      );
}

async function saveEntities(
  commit: Commit,
  type: EntityType,
  changes: readonly CheckedEntity[],
  bins: Bins,
): Promise<void> {
  const { session, news } = commit;
  const ids = changes.map(({ id }) => id);
  await addMissing(session, type, ids);
  const putAgain = await putBack(commit, type, ids);
  const named = changes.filter(({ name }) => name !== undefined);
  if (named.length > 0) {
    await session.run(
      `UPDATE ${type}s SET name = given.name FROM (SELECT unnest($1) AS id, unnest($2) AS name) AS given
       WHERE ${type}s.id = given.id AND ${type}s.name <> given.name`,
      [named.map(({ id }) => id), named.map(({ name }) => name!)],
    );
  }
  await saveAttributes(session, type, changes, bins);
  if (type === 'product') await saveStates(commit, changes);
  news.upserted(type, ids, putAgain);
}

/** @returns those that had been deleted */
async function putBack(
  { session, known, watermark }: Commit,
  type: EntityType,
  ids: readonly string[],
): Promise<string[]> {
  const wasForgotten = (id: string): boolean =>
    type === 'customer' && isForgotten(known.forgotten, id) && known.forgotten.delete(toDigest(id));
  const back = ids.filter((id) => known.gone[type].delete(id) || wasForgotten(id));
  return back.length === 0 ? [] : bringBack(session, type, { watermark, ids: back });
}

interface Link {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  /** undefined: stays as it is. */
  readonly name: string | undefined;
}

async function saveAttributes(
  session: Session,
  type: EntityType,
  changes: readonly CheckedEntity[],
  bins: Bins,
): Promise<void> {
  const given = changes.flatMap(({ id, attributes = [] }) =>
    attributes.map((attribute) => ({ id, ...attribute })),
  );
  const cleared = changes.filter(({ op }) => op === 'put').map(({ id }) => id);
  if (given.length + cleared.length === 0) return;
  const links: Link[] = given.flatMap(({ value, ...link }) => {
    if (value === null) return [];
    const text = typeof value === 'number' ? toBinOf(value, bins.get(link.kind)!) : value;
    return [{ id: link.id, kind: link.kind, value: text, name: link.name }];
  });
  const unlinked = await unlink(session, type, { cleared, given });
  if (links.length > 0) await link(session, type, links);
  if (unlinked.length > 0) await dropUnused(session, unlinked);
}

/** @returns keys of attributes that some owner no longer has */
async function unlink(
  session: Session,
  type: EntityType,
  { cleared, given }: { cleared: readonly string[]; given: readonly { id: string; kind: string }[] },
): Promise<number[]> {
  const rows = await session.rows<{ attribute: number }>(
    `DELETE FROM ${LINKS[type]}
     WHERE owner IN (SELECT key FROM ${type}s WHERE id IN (SELECT unnest($1)))
       OR (owner, attribute) IN (
         SELECT (${type}s.key, attributes.key) FROM (SELECT unnest($2) AS id, unnest($3) AS kind) AS given
         JOIN ${type}s ON ${type}s.id = given.id JOIN attributes ON attributes.kind = given.kind)
     RETURNING attribute`,
    [cleared, given.map(({ id }) => id), given.map(({ kind }) => kind)],
  );
  return [...new Set(rows.map(({ attribute }) => attribute))];
}

async function link(session: Session, type: EntityType, links: readonly Link[]): Promise<void> {
  const kinds = links.map(({ kind }) => kind);
  const values = links.map(({ value }) => value);
  await session.run(
    `INSERT INTO attributes
     SELECT (SELECT coalesce(max(key), -1) FROM attributes) + row_number() OVER (), kind, value, ''
     FROM (SELECT DISTINCT unnest($1) AS kind, unnest($2) AS value) AS given ANTI JOIN attributes USING (kind, value)`,
    [kinds, values],
  );
  // The last name that is given to a value counts.
  const named = [
    ...new Map(
      links.filter(({ name }) => name !== undefined).map((l) => [JSON.stringify([l.kind, l.value]), l]),
    ).values(),
  ];
  if (named.length > 0) {
    await session.run(
      `UPDATE attributes SET name = given.name
       FROM (SELECT unnest($1) AS kind, unnest($2) AS value, unnest($3) AS name) AS given
       WHERE attributes.kind = given.kind AND attributes.value = given.value AND attributes.name <> given.name`,
      [named.map(({ kind }) => kind), named.map(({ value }) => value), named.map(({ name }) => name!)],
    );
  }
  await session.run(
    `INSERT INTO ${LINKS[type]}
     SELECT DISTINCT ${type}s.key, attributes.key
     FROM (SELECT unnest($1) AS id, unnest($2) AS kind, unnest($3) AS value) AS given
     JOIN ${type}s ON ${type}s.id = given.id
     JOIN attributes ON attributes.kind = given.kind AND attributes.value = given.value`,
    [links.map(({ id }) => id), kinds, values],
  );
}

/** As an import does: a value that nobody carries, and that no edge ends at, is no node. */
async function dropUnused(session: Session, keys: readonly number[]): Promise<void> {
  await session.run(`DELETE FROM attributes WHERE key IN (${keys.join(', ')})
    AND key NOT IN (SELECT attribute FROM product_attributes) AND key NOT IN (SELECT attribute FROM customer_traits)
    AND key NOT IN (${toEndKeys('attribute')})`);
}

interface StateRow extends SqlRow {
  id: string;
  hidden: boolean;
  inStock: boolean;
}

async function saveStates({ session, news }: Commit, changes: readonly CheckedEntity[]): Promise<void> {
  const given = changes.filter(({ hidden, inStock }) => hidden !== undefined || inStock !== undefined);
  if (given.length === 0) return;
  const before = await session.rows<StateRow>(
    `SELECT ${toText('products.id')} AS id, coalesce(hidden, false) AS hidden, coalesce(in_stock, true) AS "inStock"
     FROM products LEFT JOIN product_states ON product_states.product = products.key
     WHERE products.id IN (SELECT unnest($1))`,
    [given.map(({ id }) => id)],
  );
  const old = new Map(before.map((row) => [row.id, row]));
  const changed = given.flatMap(({ id, hidden = old.get(id)!.hidden, inStock = old.get(id)!.inStock }) =>
    hidden === old.get(id)!.hidden && inStock === old.get(id)!.inStock ? [] : [{ id, hidden, inStock }],
  );
  if (changed.length === 0) return;
  const ids = changed.map(({ id }) => id);
  await session.run(
    'DELETE FROM product_states WHERE product IN (SELECT key FROM products WHERE id IN (SELECT unnest($1)))',
    [ids],
  );
  await session.run(
    `INSERT INTO product_states
     SELECT products.key, given.hidden = 'true', given.in_stock = 'true'
     FROM (SELECT unnest($1) AS id, unnest($2) AS hidden, unnest($3) AS in_stock) AS given
     JOIN products ON products.id = given.id WHERE given.hidden = 'true' OR given.in_stock = 'false'`,
    [ids, changed.map(({ hidden }) => String(hidden)), changed.map(({ inStock }) => String(inStock))],
  );
  for (const state of changed) news.state(state);
}

export async function deleteEntities(
  commit: Commit,
  type: EntityType,
  ids: readonly string[],
): Promise<void> {
  const { session, news } = commit;
  const found = await session.rows<{ key: number }>(
    `SELECT key FROM ${type}s WHERE id IN (SELECT unnest($1))`,
    [ids],
  );
  const keys = found.map(({ key }) => key).join(', ');
  for (const table of ['interactions', 'returns'])
    await session.run(`DELETE FROM ${table} WHERE ${type} IN (${keys})`);
  await session.run(
    `DELETE FROM edges WHERE (from_type = '${type}' AND from_key IN (${keys})) OR (to_type = '${type}' AND to_key IN (${keys}))`,
  );
  const unlinked = await unlink(session, type, { cleared: ids, given: [] });
  if (unlinked.length > 0) await dropUnused(session, unlinked);
  if (type === 'product') await session.run(`DELETE FROM product_states WHERE product IN (${keys})`);
  await session.run(`DELETE FROM ${type}s WHERE key IN (${keys})`);
  await session.run(
    `INSERT INTO tombstones (type, id, watermark) SELECT $1, unnest($2), ${commit.watermark}`,
    [type, ids],
  );
  for (const id of ids) commit.known.gone[type].add(id);
  news.deleted(type, ids);
}
