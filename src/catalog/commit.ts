/** One open transaction of the writer: what its changes share while they are made. */
import type { Session } from './database.ts';
import { readForgottenDigests } from './forgotten.ts';
import type { NewsDraft } from './news.ts';
import { toText } from './sql.ts';
import { readWatermark } from './watermark.ts';

export interface Commit {
  readonly session: Session;
  readonly news: NewsDraft;
  /** Number of the commit, should it change something. */
  readonly watermark: number;
  readonly known: Known;
}

/**
 * What every commit would else have to ask for again. The writer alone changes it, and reads it again
 * after an import and after a commit that failed.
 */
export interface Known {
  watermark: number;
  /** Events written so far, since the catalog was made: what orders those that have nothing else. */
  written: number;
  readonly typeKeys: Map<string, number>;
  readonly gone: Readonly<Record<'customer' | 'product', Set<string>>>;
  /** Digests of customers who were forgotten. */
  readonly forgotten: Set<string>;
}

export async function readKnown(session: Session): Promise<Known> {
  const { value, written } = await readWatermark(session);
  const types = await session.rows<{ name: string; key: number }>(
    `SELECT ${toText('name')} AS name, key FROM interaction_types`,
  );
  const tombstones = await session.rows<{ type: 'customer' | 'product'; id: string }>(
    `SELECT type, ${toText('id')} AS id FROM tombstones`,
  );
  const gone = { customer: new Set<string>(), product: new Set<string>() };
  for (const { type, id } of tombstones) gone[type].add(id);
  const typeKeys = new Map(types.map(({ name, key }) => [name, key]));
  const forgotten = new Set(await readForgottenDigests(session));
  return { watermark: value, written, typeKeys, gone, forgotten };
}
