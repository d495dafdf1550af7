/** The header Idempotency-Key: by it a request that is sent again is told from a new one. */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { ShelfwalkError } from '../base/errors.ts';

export const KEY_HEADER = 'Idempotency-Key';

/** Any that clients make: a UUID, a hash, an order number. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** @throws ShelfwalkError REQUEST_INVALID */
export function readIdempotency(request: Request): { key: string; request: string } | undefined {
  const key = request.get(KEY_HEADER);
  if (key === undefined) return undefined;
  if (!KEY.test(key)) {
    throw new ShelfwalkError('REQUEST_INVALID', {
      field: KEY_HEADER,
      expected: '1 to 255 printable ASCII characters without spaces',
    });
  }
  // What was read, not its bytes: white space and compression do not make another request of it.
  const asked = `${request.method} ${request.originalUrl}\n${JSON.stringify(request.body) ?? ''}`;
  return { key, request: createHash('sha256').update(asked).digest('hex') };
}
