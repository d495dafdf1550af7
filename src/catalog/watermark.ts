/** The number of the last commit that changed something, and what is kept beside it. */
import type { Database, Reader, Session } from './database.ts';
import { toText } from './sql.ts';
import type { PutAgain, Tombstone } from './write-types.ts';

export interface Watermark {
  readonly value: number;
  /** Events written one by one so far. */
  readonly written: number;
  readonly [name: string]: unknown;
}

export async function readWatermark(session: Pick<Session, 'rows'>): Promise<Watermark> {
  const [row] = await session.rows<Watermark>(
    'SELECT value::DOUBLE AS value, written::DOUBLE AS written FROM watermark',
  );
  return row!;
}

export const saveWatermark = (session: Session, { value, written }: Watermark): Promise<void> =>
  session.run('UPDATE watermark SET value = $1::BIGINT, written = $2::BIGINT', [value, written]);

/**
 * Ids that were deleted and are in the catalog again, all of them if none are given: no longer deleted, but
 * not what they were either.
 * @param watermark of the commit that has them again
 * @returns their ids
 */
export async function bringBack(
  session: Session,
  type: 'customer' | 'product',
  { watermark, ids }: { readonly watermark: number; readonly ids?: readonly string[] },
): Promise<string[]> {
  const wanted = ids ? 'SELECT unnest($1) AS id' : `SELECT id FROM ${type}s`;
  const values = ids ? [ids] : [];
  const back = await session.rows<{ id: string }>(
    `DELETE FROM tombstones WHERE type = '${type}' AND id IN (${wanted}) RETURNING ${toText('id')} AS id`,
    values,
  );
  if (type === 'customer' && (await session.rows('SELECT 1 AS one FROM forgotten LIMIT 1')).length > 0) {
    const known = await session.rows<{ id: string; digest: string }>(
      `SELECT ${toText('wanted.id')} AS id, digest FROM (${wanted}) AS wanted JOIN forgotten ON digest = sha256(wanted.id)
       WHERE NOT is_back`,
      values,
    );
    await session.run('UPDATE forgotten SET is_back = true WHERE digest IN (SELECT unnest($1))', [
      known.map(({ digest }) => digest),
    ]);
    back.push(...known);
  }
  const all = [...new Set(back.map(({ id }) => id))];
  if (all.length > 0) {
    await session.run('DELETE FROM put_again WHERE type = $1 AND id IN (SELECT unnest($2))', [type, all]);
    await session.run(`INSERT INTO put_again (type, id, watermark) SELECT $1, unnest($2), ${watermark}`, [
      type,
      all,
    ]);
  }
  return all;
}

export async function readPutAgain(database: Reader): Promise<PutAgain[]> {
  const rows = await database.rows<{ type: 'customer' | 'product'; id: string; watermark: number; at: Date }>(
    `SELECT type, ${toText('id')} AS id, watermark::DOUBLE AS watermark, put_at AS at FROM put_again
     ORDER BY type, put_again.id`,
  );
  return rows.map(({ at, ...node }) => ({ ...node, putAt: at.toISOString() }));
}

/** For a commit that changes much at once; what it brings back is no longer deleted. @returns the new watermark */
export async function passBulk(session: Session): Promise<number> {
  const { value, written } = await readWatermark(session);
  const watermark = value + 1;
  for (const type of ['customer', 'product'] as const) await bringBack(session, type, { watermark });
  await saveWatermark(session, { value: watermark, written });
  return watermark;
}

export async function readTombstones(database: Database, since: number): Promise<Tombstone[]> {
  const rows = await database.rows<{ type: 'customer' | 'product'; id: string; watermark: number; at: Date }>(
    `SELECT type, ${toText('id')} AS id, watermark::DOUBLE AS watermark, deleted_at AS at FROM tombstones
     WHERE tombstones.watermark > $1 ORDER BY tombstones.watermark, type, tombstones.id`,
    [since],
  );
  return rows.map(({ at, ...tombstone }) => ({ ...tombstone, deletedAt: at.toISOString() }));
}

export async function readProductStates(
  database: Database,
): Promise<{ readonly hidden: string[]; readonly outOfStock: string[] }> {
  const rows = await database.rows<{ id: string; hidden: boolean; inStock: boolean }>(
    `SELECT ${toText('products.id')} AS id, hidden, in_stock AS "inStock" FROM product_states
     JOIN products ON products.key = product_states.product ORDER BY products.id`,
  );
  return {
    hidden: rows.filter(({ hidden }) => hidden).map(({ id }) => id),
    outOfStock: rows.filter(({ inStock }) => !inStock).map(({ id }) => id),
  };
}
