/**
 * Who may do what. Keys come from the configuration, each with a scope; the token of the lease is an
 * admin key that lives as long as the server. Without keys, on loopback, reading is open.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { ShelfwalkError } from '../base/errors.ts';
import { SCOPES, type Scope, type ServerConfig } from '../pipeline/server-config.ts';

export type Authorize = (request: Request, scope: Scope | 'open') => void;

/** @throws (the function returned) ShelfwalkError UNAUTHORIZED — no key or a wrong one · FORBIDDEN — its scope is too small */
export function createAuthorize(apiKeys: ServerConfig['apiKeys'], leaseToken: string): Authorize {
  const known = [...apiKeys, { scope: 'admin' as const, key: leaseToken }].map(({ scope, key }) => ({
    scope,
    digest: toDigest(key),
  }));

  return (request, scope) => {
    if (scope === 'open') return;
    const presented = findKey(request);
    if (presented === undefined) {
      if (apiKeys.length === 0 && scope === 'read') return;
      throw new ShelfwalkError('UNAUTHORIZED', {
        expected: `a key of scope ${scope}`,
        hint: toHint(apiKeys.length),
      });
    }
    const digest = toDigest(presented);
    let granted: Scope | undefined;
    // Every key is compared, whichever matches: the time taken tells nothing.
    for (const key of known) if (timingSafeEqual(key.digest, digest)) granted = key.scope;
    if (granted === undefined) throw new ShelfwalkError('UNAUTHORIZED', { found: 'a key that is not known' });
    if (SCOPES.indexOf(granted) < SCOPES.indexOf(scope))
      throw new ShelfwalkError('FORBIDDEN', { found: `scope ${granted}`, expected: scope });
  };
}

const toHint = (keys: number): string =>
  keys > 0
    ? 'Send it as Authorization: Bearer … or X-API-Key: …'
    : 'Start the server with SHELFWALK_API_KEYS=admin:…, or use the command line on the same machine';

/** Digests have one length, whatever the keys are. */
const toDigest = (key: string): Buffer => createHash('sha256').update(key).digest();

function findKey(request: Request): string | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined) return request.get('x-api-key');
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
}

/** Addresses that only programs of this machine can reach. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
