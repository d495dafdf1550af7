/** What a version is written down with: read again, the same run. */
import type { RunConfig } from './config.ts';
import { isOnPairs, isOnSentences, policyOf, usesSpectrum } from './run-params.ts';

/** The sections that the algorithm read. */
export type RecordedConfig = Pick<RunConfig, 'graph' | 'train' | 'evaluate'> &
  Partial<Pick<RunConfig, 'walk' | 'sentences' | 'spectral'>>;

/** @param asOfMs the instant that ages were measured from: with it, newer events change nothing */
export function toRecordedConfig(run: RunConfig, asOfMs: number | undefined): RecordedConfig {
  const { walk, sentences, evaluate, train, spectral } = run;
  const graph = asOfMs === undefined ? run.graph : { ...run.graph, asOf: new Date(asOfMs).toISOString() };
  const objective = isOnPairs(run) ? 'bpr' : train.objective;
  const common = { graph, train: { ...train, objective }, evaluate };
  if (isOnSentences(run)) return { ...common, sentences };
  return {
    ...common,
    walk: { ...walk, typePolicy: policyOf(run) },
    ...(usesSpectrum(run) && { spectral }),
  };
}
