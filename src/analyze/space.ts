/**
 * Does the space know what the catalogue knows? Purity and silhouette for every attribute kind of
 * products and every trait of customers, each beside what random labels would give.
 */
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { findRange } from './embedding-scorers.ts';
import { degreeOf } from './incidence.ts';
import { type KindLabels, toLabels } from './labels.ts';
import { measurePurity, toLabelled } from './purity.ts';
import { createPause } from './ranker.ts';
import type { KindReport, SpaceReport } from './report.ts';
import { toRowTable } from './row-scan.ts';
import { measureSilhouette } from './silhouette.ts';
import type { EvaluatedAttributes, EvaluatedModel } from './types.ts';

export interface SpaceInput {
  readonly model: EvaluatedModel;
  readonly attributes: EvaluatedAttributes;
  readonly customerCount: number;
  readonly productCount: number;
  readonly seed: number;
}

/** Sample sizes. Purity: ±0.03 at worst with 1,000 asked; the null band is much narrower than either. */
const PURITY_LIMITS = {
  neighbors: 10,
  maxQueries: 1000,
  minQueries: 200,
  permutations: 100,
} as const;

const SILHOUETTE_LIMITS = { maxPoints: 2000, permutations: 40, budget: 2e9 } as const;

export async function measureSpace(input: SpaceInput, context: TaskContext): Promise<SpaceReport> {
  const kinds = [
    ...(await measureOwner('product', input, context)),
    ...(await measureOwner('customer', input, context)),
  ];
  const text = input.attributes.walked
    ? 'these attributes were nodes of the graph that was walked: some agreement is there by construction'
    : 'these attributes were not part of the graph: agreement comes from purchases alone';
  return { walked: input.attributes.walked, text, kinds };
}

async function measureOwner(
  owner: 'product' | 'customer',
  input: SpaceInput,
  context: TaskContext,
): Promise<KindReport[]> {
  const count = owner === 'product' ? input.productCount : input.customerCount;
  const kinds = toLabels(input.attributes.ids, input.attributes[owner], count);
  if (kinds.length === 0) return [];
  const table = toRowTable(input.model.vectors, findRange(input.model, owner, count), 'cosine');
  const { seed } = input;
  const pause = createPause(context);
  const say = (done: number): void =>
    context.onProgress?.({ stage: `evaluate ${owner} space`, done, total: kinds.length + 1, unit: 'kinds' });
  const purities = await measurePurity(kinds, table, { ...PURITY_LIMITS, seed, pause });
  say(1);
  const reports: KindReport[] = [];
  for (const [i, kind] of kinds.entries()) {
    throwIfAborted(context.signal);
    const silhouette = await measureSilhouette(kind, table, { ...SILHOUETTE_LIMITS, seed, pause });
    reports.push(
      toKindReport(kind, { owner, labelled: toLabelled(kind, table), purity: purities[i], silhouette }),
    );
    say(i + 2);
  }
  return reports;
}

function toKindReport(
  { kind, labels }: KindLabels,
  parts: {
    owner: 'product' | 'customer';
    labelled: Uint32Array;
    purity?: KindReport['purity'];
    silhouette?: KindReport['silhouette'];
  },
): KindReport {
  const notes: string[] = [];
  if (!parts.purity) notes.push('no purity: fewer than two nodes with a vector carry a value');
  if (!parts.silhouette)
    notes.push('no silhouette: fewer than two values on nodes with a vector and exactly one value');
  return {
    owner: parts.owner,
    kind,
    values: labels.cols,
    labelled: parts.labelled.length,
    multiValued: parts.labelled.filter((i) => degreeOf(labels, i) > 1).length,
    purity: parts.purity ?? null,
    silhouette: parts.silhouette ?? null,
    notes,
  };
}
