/** What Prometheus reads at /metrics. One registry a server, so that two in one process do not mix. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LoadedModel, Metric } from '../pipeline/live-types.ts';
import type { WatchState } from '../pipeline/watch/folder-watch.ts';

export interface Metrics {
  /** `route` is the template, never the path: ids must not become labels. */
  observeRequest(
    labels: { readonly method: string; readonly route: string; readonly status: number },
    seconds: number,
  ): void;
  observeSearch(metric: Metric, seconds: number): void;
  observeOperation(name: string, outcome: string, seconds: number): void;
  toText(): Promise<string>;
  readonly mediaType: string;
}

export interface MetricsSources {
  /** In memory now. */
  readonly models: () => readonly LoadedModel[];
  readonly inFlight: () => number;
  /** Undefined where no folder is watched. */
  readonly watched: () => WatchState | undefined;
}

export function createMetrics({ models, inFlight, watched }: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'shelfwalk_http_request_duration_seconds',
    help: 'from the first byte in to the last byte out',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const searches = new Histogram({
    name: 'shelfwalk_search_duration_seconds',
    help: 'nearest rows of one table',
    labelNames: ['metric'],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5],
    registers,
  });
  const operations = new Counter({
    name: 'shelfwalk_operations_total',
    help: 'by outcome',
    labelNames: ['name', 'outcome'],
    registers,
  });
  const operationSeconds = new Counter({
    name: 'shelfwalk_operation_seconds_total',
    help: 'time spent',
    labelNames: ['name'],
    registers,
  });
  new Gauge({
    name: 'shelfwalk_http_requests_in_flight',
    help: 'now',
    registers,
    collect() {
      this.set(inFlight());
    },
  });
  new Gauge({
    name: 'shelfwalk_model_info',
    help: '1 for each alias that is answered from memory, with its version; no sample while there is none',
    labelNames: ['alias', 'version', 'space'],
    registers,
    collect() {
      this.reset();
      for (const { aliases, version, spaceId } of models()) {
        for (const alias of aliases) this.set({ alias, version, space: spaceId }, 1);
      }
    },
  });
  new Gauge({
    name: 'shelfwalk_model_bytes',
    help: 'memory of the vectors of each loaded version and of their indexes',
    labelNames: ['version'],
    registers,
    collect() {
      this.reset();
      for (const { version, bytes } of models()) this.set({ version }, bytes);
    },
  });
  observeFolder(registers, watched);
  return {
    observeRequest: (labels, seconds) => requests.observe({ ...labels }, seconds),
    observeSearch: (metric, seconds) => searches.observe({ metric }, seconds),
    observeOperation(name, outcome, seconds) {
      operations.inc({ name, outcome });
      operationSeconds.inc({ name }, seconds);
    },
    toText: () => registry.metrics(),
    mediaType: registry.contentType,
  };
}

/** Counts stay 0 where no folder is watched. */
function observeFolder(registers: Registry[], watched: MetricsSources['watched']): void {
  new Gauge({
    name: 'shelfwalk_watched_files_waiting',
    help: 'files in the watched folder that are not imported yet',
    registers,
    collect() {
      this.set(watched()?.waiting ?? 0);
    },
  });
  new Counter({
    name: 'shelfwalk_watched_files_total',
    help: 'files of the watched folder by how they ended',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      const state = watched();
      for (const [outcome, count] of Object.entries(state?.outcomes ?? {})) this.inc({ outcome }, count);
    },
  });
}
