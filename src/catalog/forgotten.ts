/** What is kept of customers who were forgotten: a SHA-256 of the id, to recognise them by, and a receipt. */
import { createHash } from 'node:crypto';
import type { Reader, Session, SqlRow } from './database.ts';
import { toText } from './sql.ts';
import type { Receipt } from './write-types.ts';

/** As DuckDB's sha256 has it. */
export const toDigest = (id: string): string => createHash('sha256').update(id, 'utf8').digest('hex');

export const isForgotten = (digests: ReadonlySet<string>, id: string): boolean =>
  digests.size > 0 && digests.has(toDigest(id));

export async function readForgottenDigests(database: Pick<Reader, 'rows'>): Promise<string[]> {
  const rows = await database.rows<{ digest: string }>(
    'SELECT DISTINCT digest FROM forgotten WHERE NOT is_back ORDER BY digest',
  );
  return rows.map(({ digest }) => digest);
}

interface ReceiptRow extends SqlRow {
  digest: string;
  at_time: Date;
  watermark: number;
  versions: string;
  job: string | null;
}

export async function readReceipt(database: Reader, receiptId: string): Promise<Receipt | undefined> {
  const [row] = await database.rows<ReceiptRow>(
    `SELECT digest, forgotten_at AS at_time, watermark::DOUBLE AS watermark, versions, ${toText('job')} AS job
     FROM forgotten WHERE receipt = $1`,
    [receiptId],
  );
  if (!row) return undefined;
  return {
    receiptId,
    at: row.at_time.toISOString(),
    digest: row.digest,
    watermark: row.watermark,
    versionsAffected: JSON.parse(row.versions) as string[],
    ...(row.job !== null && { refreshJob: row.job }),
  };
}

export async function noteRefreshJob(
  session: Session,
  { receiptId, job }: { receiptId: string; job: string },
): Promise<void> {
  await session.run('UPDATE forgotten SET job = $2 WHERE receipt = $1', [receiptId, job]);
}
