/**
 * Forgetting a customer: everything of them is deleted, and what stays behind is a SHA-256 of their id, by
 * which late events and rows of old versions are still recognised, and a receipt (forgotten.ts).
 */
import type { Commit } from './commit.ts';
import { toDigest } from './forgotten.ts';
import { toEntryError } from './write-checks.ts';
import { deleteEntities } from './write-entities.ts';
import type { EntryError, ForgetRequest } from './write-types.ts';

/** @returns why not: there is no such customer */
export async function forgetCustomer(
  commit: Commit,
  { customerId, receiptId, versionsAffected }: ForgetRequest,
): Promise<EntryError | undefined> {
  const { session, known } = commit;
  const found = await session.rows('SELECT 1 AS one FROM customers WHERE id = $1', [customerId]);
  if (found.length === 0) return toEntryError(0, 'id', 'no customer has this id', 'NODE_UNKNOWN');
  await deleteEntities(commit, 'customer', [customerId]);
  for (const table of ['tombstones', 'put_again']) {
    await session.run(`DELETE FROM ${table} WHERE type = 'customer' AND id = $1`, [customerId]);
  }
  known.gone.customer.delete(customerId);
  known.forgotten.add(toDigest(customerId));
  await session.run(
    `INSERT INTO forgotten (receipt, digest, watermark, versions, is_back)
     SELECT $1, sha256($2), ${commit.watermark}, $3, false`,
    [receiptId, customerId, JSON.stringify(versionsAffected)],
  );
  return undefined;
}
