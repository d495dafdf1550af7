/**
 * Both vectors of a node that training has not seen, from what it touches. Its attributes say where nodes
 * like it lie (attribute-effects.ts); every other node it touches then asks for the score that real pairs
 * have (row-regression.ts): the vector is regressed on contexts and the context on vectors, because the two
 * meet in in·out. A mean of its neighbours' vectors answers another question: what is used like them.
 *
 * Prepared once per version, in a few passes over its rows; folding in is then arithmetic on what is
 * touched, deterministic, and safe to call at any time, as nothing is changed by it.
 */
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import { createBreather, type TaskContext, throwIfAborted } from '../base/task.ts';
import { findTrained, fitTypeModel, type TypeModel, toExpected } from './type-model.ts';
import type { FoldIn, FoldInGraph, FoldInVersion } from './types.ts';

export type { FoldedIn, FoldIn, FoldInBasis, FoldInGraph, FoldInVersion, Touched } from './types.ts';

/**
 * Reads every row of the version a few times: 2.6 CPU seconds for 88,000 nodes with 425,000 attribute edges
 * at 64 dimensions, the event loop running meanwhile. Takes a second copy of the rows of one type while it runs.
 * @param types of the nodes that will be folded in; all if not given. Each costs its part
 * @throws ShelfwalkError ABORTED
 */
export async function prepareFoldIn(
  version: FoldInVersion,
  { types = NODE_TYPES, ...context }: TaskContext & { readonly types?: readonly NodeType[] } = {},
): Promise<FoldIn> {
  const breathe = createBreather();
  const pause = async (): Promise<void> => {
    throwIfAborted(context.signal);
    await breathe();
  };
  const models = new Map<NodeType, BothModels>();
  for (const [done, type] of types.entries()) {
    context.onProgress?.({ stage: 'prepare fold-in', done, total: types.length, unit: 'types' });
    const { vectors, contexts, graph } = version;
    const nodes = findTrained(version, type);
    if (nodes.rows.length === 0) continue;
    models.set(type, {
      vector: await fitTypeModel({ own: vectors, other: contexts, graph, type, nodes, pause }),
      context: await fitTypeModel({ own: contexts, other: vectors, graph, type, nodes, pause }),
    });
  }
  const isAttribute = toAttributeTest(version.graph);
  return {
    dimension: version.vectors.cols,
    canUse: (type, row) => canUse(models.get(type), row),
    fold(type, touched) {
      const model = models.get(type);
      if (!model) return undefined;
      const known = touched.filter(({ row }) => canUse(model, row));
      if (known.length === 0) return undefined;
      const attributes = known.filter(({ row }) => isAttribute(row)).length;
      return {
        vector: Float32Array.from(toExpected(model.vector, known)),
        context: Float32Array.from(toExpected(model.context, known)),
        basis: { interactions: known.length - attributes, attributes },
      };
    },
  };
}

interface BothModels {
  readonly vector: TypeModel;
  readonly context: TypeModel;
}

const canUse = (models: BothModels | undefined, row: number): boolean =>
  models?.vector.canUse(row) === true && models.context.canUse(row);

function toAttributeTest({ ranges }: FoldInGraph): (row: number) => boolean {
  const { start, end } = ranges.find((r) => r.type === 'attribute')!;
  return (row) => row >= start && row < end;
}
