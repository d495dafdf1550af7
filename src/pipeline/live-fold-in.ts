/**
 * Vectors for nodes that the served version does not know, from what they touch; nothing is stored. What
 * the fold-in must know of a version is gathered once, at the first question, while others are answered.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { NODE_TYPES, type NodeRef, type NodeType, toAttributeId, toNodeKey } from '../base/ids.ts';
import type { Catalog, EntityType } from '../catalog/types.ts';
import { buildCsr, EdgeList } from '../graph/csr.ts';
import type { EdgeColumns, EdgeWeighting } from '../graph/types.ts';
import { prepareFoldIn } from '../refresh/fold-in.ts';
import type { FoldIn, FoldInGraph, Touched } from '../refresh/types.ts';
import type { LoadedVersion, VersionStore } from '../vectors/types.ts';
import type { ColdContent } from './cold-table.ts';
import { type GraphConfig, graphConfigSchema } from './config.ts';
import type { InferReply, InferRequest, MissingNode, ModelRef } from './live-types.ts';
import { findReasonWithoutVector, type LiveVersion, toReasonNotListed } from './live-version.ts';
import { toWeighting } from './run-params.ts';

type Source = Pick<
  Catalog,
  'nodeIds' | 'interactionEdges' | 'attributeEdges' | 'givenEdges' | 'lastEventMs' | 'neighborhoods'
>;

export interface FoldInSources {
  readonly catalog: Source;
  readonly versions: Pick<VersionStore, 'graph'>;
}

/** A version, with the rows of it that may be answered with. */
export type FoldInRows = Pick<LiveVersion, 'info' | 'content' | 'range' | 'findRow'>;

export interface FoldIns {
  /**
   * Prepared for this version; the same one at every call.
   * @throws ShelfwalkError CONTEXTS_MISSING — one matrix alone does not say what goes with what
   */
  of(live: FoldInRows): Promise<FoldIn>;
  /**
   * For products or customers of the catalog, from what they touch now. Without an entry: not in the
   * catalog, or nothing that they touch tells anything.
   * @throws ShelfwalkError CONTEXTS_MISSING
   */
  fold(live: FoldInRows, type: EntityType, ids: readonly string[]): Promise<Map<string, ColdContent>>;
}

export function createFoldIns({ catalog, versions }: FoldInSources): FoldIns {
  const prepared = new WeakMap<LoadedVersion, Promise<FoldIn>>();
  function of(live: FoldInRows): Promise<FoldIn> {
    const known = prepared.get(live.content);
    if (known) return known;
    const preparing = prepare({ catalog, versions }, live);
    prepared.set(live.content, preparing);
    preparing.catch(() => prepared.delete(live.content)); // the next question tries again
    return preparing;
  }
  return {
    of,
    async fold(live, type, ids) {
      const foldIn = await of(live);
      const weighting = await readWeighting(catalog, live.content);
      const contents = new Map<string, ColdContent>();
      for (const [id, { name, touched }] of await catalog.neighborhoods({ type, ids }, weighting)) {
        const known = sumWeights(touched).flatMap(([ref, weight]): Touched[] => {
          const row = live.findRow(ref);
          return row !== undefined && foldIn.canUse(type, row) ? [{ row, weight }] : [];
        });
        const folded = foldIn.fold(type, known);
        if (folded) contents.set(id, { name, folded, from: Uint32Array.from(known, ({ row }) => row) });
      }
      return contents;
    },
  };
}

async function prepare({ catalog, versions }: FoldInSources, live: FoldInRows): Promise<FoldIn> {
  const { vectors, contexts } = live.content;
  if (!contexts) {
    const hint = 'Import the contexts too, or name another model';
    throw new ShelfwalkError('CONTEXTS_MISSING', { version: live.info.version, hint });
  }
  const ranges = NODE_TYPES.map((type) => ({ type, ...live.range(type) }));
  const graph = { ...(await readVersionGraph({ catalog, versions }, live)), ranges };
  return prepareFoldIn({ vectors, contexts, graph });
}

/** In compressed sparse rows, by rows of the version. */
export async function readVersionGraph(
  { catalog, versions }: FoldInSources,
  live: FoldInRows,
): Promise<Omit<FoldInGraph, 'ranges'>> {
  return (await versions.graph(live.info.version)) ?? (await readGraph(catalog, live));
}

/** For a version that does not remember its graph: the catalog's edges between nodes that it knows, in its rows. */
async function readGraph(catalog: Source, live: FoldInRows): Promise<Omit<FoldInGraph, 'ranges'>> {
  const { count } = live.content.nodes;
  const whole = { type: 'customer', start: 0, end: count } as const; // rows are rows already
  const rows = {} as Record<NodeType, Int32Array>;
  for (const type of NODE_TYPES) {
    const ids = await catalog.nodeIds(type);
    rows[type] = Int32Array.from(ids, (id) => live.findRow({ type, id }) ?? -1);
  }
  const edges = new EdgeList();
  const collect = (columns: EdgeColumns, from: NodeType, to: NodeType): void =>
    edges.append(toRowColumns(columns, rows[from], rows[to]), whole, whole);
  const weighting = await readWeighting(catalog, live.content);
  for await (const columns of catalog.interactionEdges(weighting)) collect(columns, 'customer', 'product');
  for (const owner of ['product', 'customer'] as const) {
    for await (const columns of catalog.attributeEdges(owner)) collect(columns, owner, 'attribute');
  }
  for await (const { fromType, toType, ...columns } of catalog.givenEdges()) {
    collect(columns, fromType, toType); // both ways, since what is touched is what counts here
  }
  return buildCsr(count, edges);
}

function toRowColumns(columns: EdgeColumns, fromRows: Int32Array, toRows: Int32Array): EdgeColumns {
  const from = new Uint32Array(columns.count);
  const to = new Uint32Array(columns.count);
  const weight = new Float32Array(columns.count);
  let count = 0;
  for (let i = 0; i < columns.count; i++) {
    const [u, v] = [fromRows[columns.from[i]!]!, toRows[columns.to[i]!]!];
    if (u < 0 || v < 0) continue;
    from[count] = u;
    to[count] = v;
    weight[count++] = columns.weight[i]!;
  }
  return { count, from, to, weight };
}

/** As the version was trained, if it says how; by default otherwise. */
export async function readWeighting(
  catalog: Pick<Source, 'lastEventMs'>,
  { manifest }: LoadedVersion,
): Promise<EdgeWeighting> {
  const recorded = graphConfigSchema.safeParse(manifest.configuration['graph']);
  const graph: GraphConfig = recorded.success ? recorded.data : graphConfigSchema.parse({});
  return toWeighting(graph, await catalog.lastEventMs());
}

/** @throws ShelfwalkError CONTEXTS_MISSING · FOLD_IN_IMPOSSIBLE */
export async function inferVectors(
  foldIns: FoldIns,
  live: LiveVersion & { readonly model: ModelRef },
  { type, edges = [], attributes = [] }: InferRequest,
): Promise<Omit<InferReply, 'tookMs'>> {
  const foldIn = await foldIns.of(live);
  const touched: Touched[] = [];
  const missing: MissingNode[] = [];
  const asked = [
    ...edges,
    ...attributes.map(({ kind, value }) => ({ type: 'attribute' as const, id: toAttributeId(kind, value) })),
  ];
  for (const [ref, weight] of sumWeights(asked)) {
    const row = live.findRow(ref);
    if (row !== undefined && foldIn.canUse(type, row)) touched.push({ row, weight });
    else missing.push({ ...ref, reason: toReason(live, ref, { row, type }) });
  }
  const folded = foldIn.fold(type, touched);
  if (!folded) {
    throw new ShelfwalkError('FOLD_IN_IMPOSSIBLE', {
      type,
      version: live.info.version,
      missing,
      hint: `Name ${type === 'product' ? 'attributes or customers' : 'products or traits'} that the version knows`,
    });
  }
  const toNumbers = (row: Float32Array): number[] => Array.from(row, (x) => Number(x.toPrecision(9)));
  return {
    type,
    dimension: foldIn.dimension,
    vector: toNumbers(folded.vector),
    context: toNumbers(folded.context),
    coldStart: true,
    basis: folded.basis,
    missing,
    model: live.model,
  };
}

/** An edge named twice is one edge of both weights. */
function sumWeights(refs: readonly (NodeRef & { readonly weight?: number })[]): [NodeRef, number][] {
  const sums = new Map<string, [NodeRef, number]>();
  for (const { type, id, weight = 1 } of refs) {
    const key = toNodeKey(type, id);
    sums.set(key, [{ type, id }, (sums.get(key)?.[1] ?? 0) + weight]);
  }
  return [...sums.values()];
}

function toReason(
  live: LiveVersion,
  ref: NodeRef,
  { row, type }: { readonly row: number | undefined; readonly type: NodeType },
): string {
  if (row === undefined) {
    const { version, nodes } = live.info;
    return nodes[ref.type] === 0 ? toReasonNotListed(live, ref.type) : `version ${version} does not know it`;
  }
  const without = findReasonWithoutVector(live, row);
  return without ?? `no trained ${type} has an edge to a ${ref.type}, so nothing says what one means`;
}
