/**
 * Forgetting a customer for good: out of the catalog and out of every answer at once; versions that were
 * trained with them keep a row, which is not answered with, until they are deleted. The receipt names them.
 */
import { randomUUID } from 'node:crypto';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { createBreather } from '../base/task.ts';
import { toDigest } from '../catalog/forgotten.ts';
import type { Receipt, WriteOptions } from '../catalog/write-types.ts';
import type { Manifest } from '../vectors/types.ts';
import type { Workspace } from './workspace.ts';

/** Between listing the versions and the commit that forgets a write may wait, and a version be written. */
const LISTED_BEFORE_MS = 60_000;

export interface ForgetDeps {
  readonly workspace: Pick<Workspace, 'catalog' | 'versions'>;
  /** Has a version without the customer trained, as a job. @returns its id; undefined: none could be queued */
  readonly queueRefresh?: () => Promise<string | undefined>;
  /** Something is at work that may publish what it read with the customer, so that a refresh has to follow it. */
  readonly isPublishing?: () => boolean;
}

/** Its versions affected are also those that were being made then, and have come with a row since. */
export interface ForgetReply extends Receipt {
  /** Of the versions affected, those that are still on disk. */
  readonly versionsLeft: readonly string[];
}

/** @throws ShelfwalkError NODE_UNKNOWN — no such customer, or forgotten before · BUSY · DISK_FULL · SHUTTING_DOWN */
export async function forgetCustomer(
  { workspace, queueRefresh, isPublishing = () => false }: ForgetDeps,
  customerId: string,
  options?: WriteOptions,
): Promise<ForgetReply> {
  const { catalog } = workspace;
  const listed = await listVersions(workspace);
  const found = await findVersionsWith(workspace, listed, (id) => id === customerId);
  const request = { customerId, receiptId: randomUUID(), versionsAffected: found };
  // Of the first request if this one is sent again; that may have ended before it came to the job.
  const { receiptId, versionsAffected, refreshJob } = await catalog.forget(request, options);
  if ((versionsAffected.length > 0 || isPublishing()) && refreshJob === undefined) {
    const job = await queueRefresh?.();
    if (job !== undefined) await catalog.noteRefreshJob(receiptId, job);
  }
  return readReceipt(workspace, receiptId);
}

/** @throws ShelfwalkError RECEIPT_UNKNOWN */
export async function readReceipt(
  { catalog, versions }: ForgetDeps['workspace'],
  receiptId: string,
): Promise<ForgetReply> {
  const receipt = await catalog.receipt(receiptId);
  if (!receipt) throw new ShelfwalkError('RECEIPT_UNKNOWN', { receiptId });
  const late = (await versions.list())
    .filter((manifest) => wasBeingMade(manifest, receipt) && !receipt.versionsAffected.includes(manifest.id))
    .map(({ id }) => id);
  const versionsAffected = [
    ...receipt.versionsAffected,
    ...(await findVersionsWith({ versions }, late, (id) => toDigest(id) === receipt.digest)),
  ];
  const there = new Set(await listVersions({ versions }));
  return { ...receipt, versionsAffected, versionsLeft: versionsAffected.filter((id) => there.has(id)) };
}

/** Written since, from what the catalog held before, or from elsewhere. Few are: these are searched by digest. */
const wasBeingMade = ({ createdAt, watermark }: Manifest, receipt: Receipt): boolean =>
  Date.parse(createdAt) > Date.parse(receipt.at) - LISTED_BEFORE_MS &&
  (watermark === undefined || watermark < receipt.watermark);

const listVersions = async ({ versions }: Pick<Workspace, 'versions'>): Promise<string[]> => [
  ...(await versions.list()).map(({ id }) => id),
  ...(await versions.damaged()).map(({ id }) => id),
];

/** What cannot be read may hold the customer as well as not, and counts as if it did. */
async function findVersionsWith(
  { versions }: Pick<Workspace, 'versions'>,
  listed: readonly string[],
  isCustomer: (id: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  const breathe = createBreather();
  for (const version of listed) {
    try {
      const { ranges, ids } = await versions.nodes(version);
      const { start, end } = ranges.find(({ type }) => type === 'customer') ?? { start: 0, end: 0 };
      for (let row = start; row < end; row++) {
        if ((row & 1023) === 0) await breathe();
        if (!isCustomer(ids[row]!)) continue;
        found.push(version);
        break;
      }
    } catch (error) {
      if (isShelfwalkError(error, 'VERSION_UNKNOWN')) continue; // deleted meanwhile
      if (!isShelfwalkError(error, 'VERSION_CORRUPT') && !isShelfwalkError(error, 'VERSION_FORMAT_UNKNOWN'))
        throw error;
      found.push(version);
    }
  }
  return found;
}
