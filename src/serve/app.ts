/**
 * The Express application: what every request passes, in order, then the routes. Holds no state but what
 * it is given, so tests run it without a socket of their own choosing.
 */
import { readFileSync } from 'node:fs';
import compression from 'compression';
import express, { type Application } from 'express';
import { type RateLimitInfo, rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { z } from 'zod';
import { ShelfwalkError } from '../base/errors.ts';
import type { Cypher } from '../pipeline/cypher.ts';
import type { LiveModel, Log } from '../pipeline/live-types.ts';
import type { Operation } from '../pipeline/operation.ts';
import type { ServerConfig } from '../pipeline/server-config.ts';
import type { WatchState } from '../pipeline/watch/folder-watch.ts';
import type { Workspace } from '../pipeline/workspace.ts';
import { createAuthorize, isLoopback } from './auth.ts';
import { createBodyReader } from './body.ts';
import { mountDocsPage } from './docs-page.ts';
import { type Gate, isHealth } from './gate.ts';
import type { ServerJobs } from './jobs.ts';
import { parseLines } from './lines.ts';
import type { Metrics } from './metrics.ts';
import { toOpenApi } from './openapi.ts';
import type { OperationRunner } from './operations.ts';
import { answerProblems } from './problem.ts';
import { createRefreshQueue } from './refresh-queue.ts';
import { defineRoute, mount, type Route } from './route.ts';
import { analogyRoute } from './routes/analogies.route.ts';
import { changeRoutes } from './routes/changes.route.ts';
import { cypherRoutes } from './routes/cypher.route.ts';
import { embeddingRoutes } from './routes/embeddings.route.ts';
import { exportRoute } from './routes/export.route.ts';
import { healthRoutes } from './routes/health.route.ts';
import { interactionRoutes } from './routes/interactions.route.ts';
import { estimateRoutes, jobRoutes, jobStartRoutes } from './routes/jobs.route.ts';
import { modelRoutes } from './routes/models.route.ts';
import { neighborRoutes } from './routes/neighbors.route.ts';
import { nodeListRoutes, nodeRoutes } from './routes/nodes.route.ts';
import { operationRoutes } from './routes/operations.route.ts';
import { queryRoute } from './routes/query.route.ts';
import { recommendBatchRoute } from './routes/recommend-batch.route.ts';
import { recommendationRoutes } from './routes/recommendations.route.ts';
import { refreshRoutes } from './routes/refresh.route.ts';
import { noParams } from './schemas.ts';

export interface AppDeps {
  readonly workspace: Workspace;
  readonly live: LiveModel;
  readonly cypher: Cypher;
  readonly operations: readonly Operation[];
  readonly runner: OperationRunner;
  readonly jobs: Pick<ServerJobs, 'jobs' | 'events'>;
  readonly config: ServerConfig;
  readonly log: Log;
  readonly gate: Gate;
  readonly metrics: Metrics;
  readonly watched: () => WatchState | undefined;
  readonly instanceId: string;
  readonly leaseToken: string;
  readonly isStopping: () => boolean;
}

/** Beyond loopback, if the configuration does not say otherwise. */
const REQUESTS_PER_MINUTE = 6000;
/** Below this a reply fits in a packet or two and compressing it costs more than it saves. */
const COMPRESS_FROM_BYTES = 4096;

const { version: release } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));

export function createApp(deps: AppDeps): Application {
  const { config, gate, log, leaseToken } = deps;
  const app = express();
  app.set('etag', false).set('case sensitive routing', true).set('trust proxy', config.trustProxy);
  app.use(secureHeaders());
  app.use(gate.handle);
  app.use(compression({ threshold: COMPRESS_FROM_BYTES }));
  const limit = config.limits.requestsPerMinute ?? (isLoopback(config.host) ? 0 : REQUESTS_PER_MINUTE);
  if (limit > 0) app.use(limitRate(limit));
  mount(app, createRoutes(deps), {
    authorize: createAuthorize(config.apiKeys, leaseToken),
    readBody: createBodyReader(config.limits.bodyBytes),
    readLines: createBodyReader(config.limits.bodyBytes, parseLines),
  });
  mountDocsPage(app);
  app.use((request) => {
    throw new ShelfwalkError('ROUTE_UNKNOWN', {
      found: request.path.slice(0, 200),
      hint: 'GET /docs lists all addresses',
    });
  });
  app.use(answerProblems(log));
  return app;
}

/** In the order in which they are matched: an attribute's id takes any rest of a path, so `/neighbors` comes first. */
export function createRoutes(deps: AppDeps): Route[] {
  const { workspace, live, cypher, config, operations, runner, metrics, instanceId, isStopping, watched } =
    deps;
  const { jobs } = deps.jobs;
  const nodeDeps = { catalog: workspace.catalog, live };
  const queueRefresh = createRefreshQueue({ operations, jobs, alias: config.alias, log: deps.log });
  const runningOperations = () => [...runner.running(), ...jobs.running()];
  const writers = new Set(operations.filter(({ writes }) => writes).map(({ name }) => name));
  const isPublishing = () => runningOperations().some((name) => writers.has(name));
  const routes: Route[] = [
    ...neighborRoutes(live),
    ...recommendationRoutes(live),
    recommendBatchRoute({ live, log: deps.log }),
    analogyRoute(live),
    ...nodeListRoutes(nodeDeps),
    ...nodeRoutes(nodeDeps),
    ...changeRoutes({ ...nodeDeps, versions: workspace.versions, queueRefresh, isPublishing }),
    ...interactionRoutes(workspace.catalog),
    exportRoute({ live, limits: config.limits, release }),
    ...embeddingRoutes(live),
    queryRoute(live),
    ...cypherRoutes(cypher, config),
    ...modelRoutes({ versions: workspace.versions, live }),
    ...jobStartRoutes(operations, jobs),
    ...refreshRoutes({ operations, workspace, jobs }),
    ...estimateRoutes(operations, workspace),
    ...jobRoutes(deps.jobs),
    ...operationRoutes(operations, runner),
    ...healthRoutes({ live, instanceId, release, isStopping, runningOperations, metrics, watched }),
  ];
  let text: string | undefined;
  const openApiRoute = defineRoute({
    method: 'get',
    path: '/openapi.json',
    tag: 'health',
    summary: 'This document',
    scope: 'open',
    params: noParams,
    query: noParams,
    mediaType: 'application/json',
    response: z.unknown(),
    errors: [],
    handle: () => (text ??= JSON.stringify(toOpenApi(routes, { version: release }))),
  });
  routes.push(openApiRoute);
  return routes;
}

/** helmet's policy, less what only makes sense behind TLS, and with nothing from other hosts. */
function secureHeaders(): express.RequestHandler {
  return helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      directives: {
        upgradeInsecureRequests: null,
        styleSrc: ["'self'", "'unsafe-inline'"],
        fontSrc: ["'self'", 'data:'],
      },
    },
  });
}

function limitRate(limit: number): express.RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    validate: { xForwardedForHeader: false }, // not trusted unless trustProxy says so, which is no mistake
    skip: isHealth,
    handler(request, _response, next) {
      const { resetTime } = (request as express.Request & { rateLimit: RateLimitInfo }).rateLimit;
      const retryAfterSeconds = Math.max(1, Math.ceil(((resetTime?.getTime() ?? 0) - Date.now()) / 1000));
      next(new ShelfwalkError('RATE_LIMITED', { expected: `≤ ${limit} a minute`, retryAfterSeconds }));
    },
  });
}
