/** A refresh, as a person reads it: what was found, what was decided and why, what came of it. */
import type { GateReport, RefreshResult } from '../pipeline/refresh-types.ts';
import { toKeyValues, toNumberText } from './render-table.ts';

export function toRefreshText({ mode, reason, parent, plan, published, alias }: RefreshResult): string {
  const head = toKeyValues({ parent, mode, because: reason, ...(plan && toPlanRows(plan)) });
  if (!published) return mode === 'none' ? `${head}nothing to do\n` : `${head}nothing was done: a dry run\n`;
  const { version, spaceId, training, gate, drift, alignment } = published;
  const { products, customers } = {
    products: drift.types.product.vectors,
    customers: drift.types.customer.vectors,
  };
  return `${head}${toKeyValues({
    version: `${version} (alias ${alias})`,
    space: spaceId,
    'trained in': `${toNumberText(training.computeMillis)} ms`,
    gate: toGateText(gate),
    ...(alignment?.residual && {
      'residual after turning': `${toNumberText(alignment.residual.vectors)}, at most ${alignment.maxResidual}`,
    }),
    ...(products && {
      'products moved': `mean ${toNumberText(products.mean)}, p95 ${toNumberText(products.p95)} (1 − cosine)`,
    }),
    ...(customers && {
      'customers moved': `mean ${toNumberText(customers.mean)}, p95 ${toNumberText(customers.p95)} (1 − cosine)`,
    }),
    ...(drift.overlap.vectors !== undefined && {
      'neighbours kept': `${toNumberText(drift.overlap.vectors)} of ${drift.overlap.k}`,
    }),
  })}`;
}

const toPlanRows = (plan: NonNullable<RefreshResult['plan']>): Record<string, string> => {
  const { radius, newNodes, goneNodes, computeMillis } = plan;
  return {
    changed: `${toNumberText(100 * radius)} % of all steps`,
    nodes: `${toNumberText(newNodes)} new, ${toNumberText(goneNodes)} gone`,
    ...toLocalRows(plan),
    ...(computeMillis !== undefined && { about: `${toNumberText(computeMillis)} ms` }),
  };
};

function toLocalRows(plan: NonNullable<RefreshResult['plan']>): Record<string, string> {
  const { moving, leftOut = 0, frozen = 0, walks = 0, pushWalks = 0, steps, fullSteps } = plan;
  if (!moving) return {};
  return {
    'may move': `${toNumberText(moving.new)} new, ${toNumberText(moving.changed)} changed, ${toNumberText(moving.neighbors)} next to them`,
    stays: `${toNumberText(frozen)} frozen, of them ${toNumberText(leftOut)} left for the next time`,
    walks: `${toNumberText(walks)} and ${toNumberText(pushWalks)} that push, ${toNumberText((100 * steps) / fullSteps)} % of the steps of training anew`,
  };
}

function toGateText(gate: GateReport): string {
  if ('notMeasured' in gate) return `not measured: ${gate.notMeasured}`;
  const { recall, k, customers, rivals, passed } = gate;
  const others = rivals.map((rival) => `${rival.name} ${toNumberText(rival.recall)}`).join(', ');
  return `${passed ? 'passed' : 'forced'}: Recall@${k} ${toNumberText(recall)} (${others}) on ${toNumberText(customers)} customers`;
}
