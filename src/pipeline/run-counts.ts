/** The counts that a run's size follows from: those of the catalog, and of the arcs that its settings draw. */
import type { GraphConfig } from './config.ts';
import type { GraphCounts } from './estimate.ts';
import { toProductArcOptions } from './run-params.ts';
import type { TrainingCatalog } from './training-catalog.ts';

/** @throws ShelfwalkError CONFIG_INVALID — arcs are asked for that the interactions cannot give */
export async function readRunCounts(catalog: TrainingCatalog, graph: GraphConfig): Promise<GraphCounts> {
  const options = toProductArcOptions(graph);
  if (!options) return catalog.counts();
  return catalog.atOneMoment(async (moment) => {
    const counts = await moment.counts();
    if (counts.interactions === 0) return counts;
    const { sequence, baskets } = await moment.countProductArcs(options);
    const most = counts.products * (counts.products - 1); // all that there can be
    return { ...counts, productArcs: Math.min(most, (sequence?.arcs ?? 0) + (baskets?.arcs ?? 0)) };
  });
}
