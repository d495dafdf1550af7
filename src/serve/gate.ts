/**
 * The first thing a request meets: it gets a number, is counted and timed, and is turned away when its
 * address cannot be read, its Host is not ours, or too many are in hand.
 */
import type { Request, RequestHandler, Response } from 'express';
import { ShelfwalkError } from '../base/errors.ts';
import type { ServerConfig } from '../pipeline/server-config.ts';
import { isLoopback } from './auth.ts';
import type { Metrics } from './metrics.ts';

export interface Gate {
  readonly handle: RequestHandler;
  inFlight(): number;
  /** From now on connections end with their reply. */
  drain(): void;
  /** Resolves when nothing is in hand. */
  drained(): Promise<void>;
}

export interface GateOptions {
  readonly config: ServerConfig;
  readonly instanceId: string;
  readonly metrics: () => Metrics;
  readonly logRequest: (facts: object, message: string) => void;
}

/** Must answer when nothing else does, and to whoever asks. */
const HEALTH = new Set(['/livez', '/readyz', '/healthz']);
export const isHealth = (request: Request): boolean => HEALTH.has(request.path);

export function createGate({ config, instanceId, metrics, logRequest }: GateOptions): Gate {
  const inHand = new Set<Response>();
  const checkHost = createHostCheck(config);
  let requestCount = 0;
  let onIdle: (() => void) | undefined;
  let isDraining = false;

  function begin(request: Request, response: Response): void {
    const requestId = `${instanceId}-${++requestCount}`;
    const startedAt = performance.now();
    response.locals['requestId'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    if (isDraining) response.setHeader('Connection', 'close');
    inHand.add(response);
    response.once('close', () => {
      inHand.delete(response);
      if (inHand.size === 0) onIdle?.();
      const route = String(response.locals['route'] ?? 'none');
      const status = response.writableFinished ? response.statusCode : 499; // 499: the client left first
      const seconds = (performance.now() - startedAt) / 1000;
      metrics().observeRequest({ method: request.method, route, status }, seconds);
      logRequest(
        { requestId, method: request.method, route, status, ms: Math.round(seconds * 1e5) / 100 },
        'request',
      );
    });
  }

  return {
    handle(request, response, next) {
      begin(request, response);
      checkUrl(request.url);
      if (!isHealth(request)) {
        checkHost(request);
        if (inHand.size > config.limits.inFlight)
          throw new ShelfwalkError('OVERLOADED', { expected: `≤ ${config.limits.inFlight} at once` });
      }
      next();
    },
    inFlight: () => inHand.size,
    drain() {
      isDraining = true;
      for (const response of inHand) if (!response.headersSent) response.setHeader('Connection', 'close');
    },
    drained: () =>
      new Promise((resolve) => {
        onIdle = resolve;
        if (inHand.size === 0) resolve();
      }),
  };
}

/** @throws ShelfwalkError REQUEST_INVALID — not percent-encoded UTF-8 */
function checkUrl(url: string): void {
  if (!url.includes('%')) return;
  const [path, query] = splitAt(url, '?');
  for (const [field, part] of Object.entries({ path, query })) {
    try {
      decodeURIComponent(part);
    } catch {
      throw new ShelfwalkError('REQUEST_INVALID', { field, expected: 'percent-encoded UTF-8' });
    }
  }
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * A page on any site can have its name point at 127.0.0.1 and then read what answers there, but it
 * cannot change the Host header. Where keys are needed it has none, so the check is for servers without.
 */
function createHostCheck({ host, apiKeys, allowedHosts }: ServerConfig): (request: Request) => void {
  if (apiKeys.length > 0) return () => {};
  const allowed = new Set([host, ...allowedHosts].map((name) => name.toLowerCase()));
  return (request) => {
    const name = (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
    if (isLoopback(name) || allowed.has(name)) return;
    throw new ShelfwalkError('FORBIDDEN', {
      field: 'Host',
      found: name,
      hint: 'Name it in allowedHosts (SHELFWALK_ALLOWED_HOSTS)',
    });
  };
}
