/** An id that was deleted and put again is another node: which versions know of the earlier one. */
import { toNodeKey } from '../base/ids.ts';
import type { PutAgain } from '../catalog/write-types.ts';
import type { Manifest } from '../vectors/types.ts';

export type MadeWhen = Pick<Manifest, 'createdAt' | 'watermark'>;
export type PutWhen = Pick<PutAgain, 'putAt' | 'watermark'>;

/**
 * The version was made of the catalog as it was before: it was written before, or read before, since a
 * training ends long after it has read. A version that counts no commits goes by its date alone.
 */
export const isMadeBefore = ({ createdAt, watermark }: MadeWhen, put: PutWhen): boolean =>
  Date.parse(createdAt) <= Date.parse(put.putAt) || (watermark !== undefined && watermark < put.watermark);

/** Keys of the nodes whose rows in the version are of another. */
export const findReplaced = (version: MadeWhen, putAgain: readonly PutAgain[]): Set<string> =>
  new Set(putAgain.flatMap((put) => (isMadeBefore(version, put) ? toNodeKey(put.type, put.id) : [])));
