/** Whether the process lives, whether it can answer, what it serves; and the figures for Prometheus. */
import { z } from 'zod';
import { ShelfwalkError } from '../../base/errors.ts';
import type { LiveModel } from '../../pipeline/live-types.ts';
import type { WatchState } from '../../pipeline/watch/folder-watch.ts';
import type { Metrics } from '../metrics.ts';
import { defineRoute, type Route } from '../route.ts';
import { modelInfo, noParams } from '../schemas.ts';

export interface HealthDeps {
  readonly live: Pick<LiveModel, 'info'>;
  readonly instanceId: string;
  readonly release: string;
  readonly isStopping: () => boolean;
  readonly runningOperations: () => string[];
  readonly metrics: Metrics;
  /** Undefined where no folder is watched. */
  readonly watched: () => WatchState | undefined;
}

const watchSchema = z.strictObject({
  waiting: z.number().int().describe('files at the last look that are not imported yet'),
  outcomes: z
    .strictObject({ done: z.number().int(), skipped: z.number().int(), failed: z.number().int() })
    .describe('files put away since the server started; skipped: of a content that was imported before'),
  lastError: z
    .strictObject({ at: z.string(), file: z.string().optional(), code: z.string() })
    .optional()
    .describe('the log says more, and so does the file beside one that failed'),
});

const common = { method: 'get', tag: 'health', params: noParams, query: noParams } as const;

export const healthRoutes = ({
  live,
  instanceId,
  release,
  isStopping,
  runningOperations,
  metrics,
  watched,
}: HealthDeps): Route[] => [
  defineRoute({
    ...common,
    path: '/livez',
    summary: 'The process lives',
    scope: 'open',
    response: z.strictObject({ status: z.literal('ok'), instanceId: z.string() }),
    errors: [],
    handle: () => ({ status: 'ok' as const, instanceId }),
  }),
  defineRoute({
    ...common,
    path: '/readyz',
    summary: 'A model is loaded and the server is not stopping',
    scope: 'open',
    response: z.strictObject({ status: z.literal('ready') }),
    errors: ['NO_MODEL', 'SHUTTING_DOWN'],
    handle() {
      if (isStopping()) throw new ShelfwalkError('SHUTTING_DOWN');
      if (!live.info())
        throw new ShelfwalkError('NO_MODEL', { hint: 'Import interactions, then run: shelfwalk train' });
      return { status: 'ready' as const };
    },
  }),
  defineRoute({
    ...common,
    path: '/healthz',
    summary: 'What is running and what is served',
    scope: 'open',
    response: z.strictObject({
      status: z.enum(['ok', 'no-model', 'stopping']),
      release: z.string(),
      uptimeSeconds: z.number(),
      model: modelInfo.nullable(),
      operations: z.array(z.string()).describe('running now'),
      watch: watchSchema.optional().describe('the watched folder, where there is one'),
    }),
    errors: [],
    handle: () => ({
      status: isStopping() ? ('stopping' as const) : live.info() ? ('ok' as const) : ('no-model' as const),
      release,
      uptimeSeconds: Math.round(process.uptime()),
      model: live.info() ?? null,
      operations: runningOperations(),
      watch: watched(),
    }),
  }),
  defineRoute({
    ...common,
    path: '/metrics',
    summary: 'Figures in the Prometheus text format',
    scope: 'read',
    mediaType: metrics.mediaType,
    response: z.string(),
    errors: [],
    handle: () => metrics.toText(),
  }),
];
