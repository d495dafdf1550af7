/**
 * Replies by Idempotency-Key: written in the transaction of what they reply to, so that a request which
 * is sent again after a crash is either done and answered, or not done at all.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Session } from './database.ts';
import { toText } from './sql.ts';
import type { WriteOptions } from './write-types.ts';

type Idempotency = NonNullable<WriteOptions['idempotency']>;

/** The reply to the same request before. @throws ShelfwalkError IDEMPOTENCY_KEY_REUSED — it was another request */
export async function findReply(session: Session, { key, request }: Idempotency): Promise<unknown> {
  const [kept] = await session.rows<{ request: string; reply: string }>(
    `SELECT request, ${toText('reply')} AS reply FROM idempotency_keys WHERE key = $1`,
    [key],
  );
  if (!kept) return undefined;
  if (kept.request === request) return JSON.parse(kept.reply);
  throw new ShelfwalkError('IDEMPOTENCY_KEY_REUSED', {
    found: key,
    hint: 'Use a new key for every new request',
  });
}

export const keepReply = (session: Session, { key, request }: Idempotency, reply: unknown): Promise<void> =>
  session.run('INSERT INTO idempotency_keys (key, request, reply) VALUES ($1, $2, $3)', [
    key,
    request,
    JSON.stringify(reply),
  ]);

export const forgetOldReplies = (session: Session): Promise<void> =>
  session.run(`DELETE FROM idempotency_keys WHERE made_at < (now() AT TIME ZONE 'UTC') - INTERVAL 24 HOURS`);
