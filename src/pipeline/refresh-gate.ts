/**
 * Whether a refreshed version may take the place of its parent. Both are measured on events neither has
 * seen: the candidate's recipe is carried out on the catalog without the last window, and the window is
 * what it is then asked for. A local refresh starts from the parent itself, which ends before the window.
 */

import { POPULARITY } from '../analyze/baselines.ts';
import type { Interval } from '../analyze/bootstrap.ts';
import { compareModels } from '../analyze/compare-models.ts';
import type { EvaluatedModel } from '../analyze/types.ts';
import { ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import type { Snapshot, Split } from '../graph/types.ts';
import { EMBEDDING_SCORER } from './live-queries.ts';
import { measureIfPossible } from './measure-if-possible.ts';
import type { GateConfig } from './refresh-config.ts';
import type { GateReport, GateRival } from './refresh-types.ts';
import type { TrainingCatalog } from './training-catalog.ts';

export interface GateInput {
  readonly split: Split;
  readonly snapshot: Snapshot;
  readonly candidate: EvaluatedModel;
  /** Of the same rows; absent where the parent's recipe is the candidate's. */
  readonly parent?: EvaluatedModel;
  readonly seed: number;
  /** By which the past is weighed where the parent is served. */
  readonly decay: number;
  readonly settings: GateConfig;
}

const RESAMPLES = 1000;

/**
 * @param source of the moment at which `snapshot` was read
 * @throws ShelfwalkError SPLIT_IMPOSSIBLE · ABORTED
 */
export async function measureGate(
  source: TrainingCatalog,
  { split, snapshot, candidate, parent, seed, decay, settings }: GateInput,
  context: TaskContext,
): Promise<GateReport> {
  const { k, margin, maxCustomers } = settings;
  const [customers, products] = snapshot.ranges;
  const compared = await compareModels(
    {
      train: await source.interactions('train', split),
      test: await source.interactions('test', split),
      customerCount: customers!.end - customers!.start,
      productCount: products!.end - products!.start,
      ordered: true,
      decay,
      maxCustomers,
      seed,
      models: { candidate, ...(parent && { parent }) },
      scorer: EMBEDDING_SCORER,
      k,
      resamples: RESAMPLES,
    },
    context,
  );
  const rivals: GateRival[] = [];
  for (const name of [...(parent ? ['parent'] : []), POPULARITY]) {
    const difference = await compared.difference('candidate', name);
    const recall = compared.recall[name]!;
    rivals.push({ name, recall, difference, isWorse: isWorse(difference, recall * margin) });
  }
  const { customers: measured, recall } = compared;
  const passed = rivals.every((rival) => !rival.isWorse);
  return {
    k,
    customers: measured,
    split,
    scorer: EMBEDDING_SCORER,
    recall: recall['candidate']!,
    margin,
    rivals,
    passed,
  };
}

/** A gate that cannot measure lets pass, and says why it could not. */
export const gateIfPossible = (measure: () => Promise<GateReport>): Promise<GateReport> =>
  measureIfPossible(measure, (notMeasured) => ({ notMeasured }));

/** By more than the margin, and more than the choice of customers explains. */
const isWorse = ({ mean, high }: Interval, margin: number): boolean => mean < -margin && high < 0;

/** @throws ShelfwalkError GATE_REFUSED — unless forced */
export function enforceGate(report: GateReport, force: boolean): void {
  if (force || 'notMeasured' in report || report.passed) return;
  const { k, customers, recall, rivals } = report;
  throw new ShelfwalkError('GATE_REFUSED', {
    found: `Recall@${k} ${recall.toFixed(4)} of ${customers} customers`,
    expected: rivals
      .filter((rival) => rival.isWorse)
      .map(({ name, recall: theirs }) => `${theirs.toFixed(4)} of ${name}`)
      .join(', '),
    hint: 'Nothing was published. Train anew with mode full, or publish all the same with force',
  });
}
