/**
 * Catalog → snapshot. The catalog gives ids in a fixed order and edges in columns; this file lays the
 * node types out one after the other and asks the questions the walk needs answered once.
 */
import {
  asNodeIndex,
  NODE_TYPES,
  type NodeIndex,
  type NodeRef,
  type NodeType,
  toNodeKey,
} from '../base/ids.ts';
import { hashKey } from '../base/rng.ts';
import { createBreather, type TaskContext, throwIfAborted } from '../base/task.ts';
import { isSymmetric } from './arcs.ts';
import { findComponents } from './components.ts';
import { buildCsr, EdgeList, sharedAllocator } from './csr.ts';
import type {
  Allocator,
  CatalogSource,
  EdgeColumns,
  EdgeWeighting,
  GivenEdges,
  NodeRange,
  ProductArcOptions,
  Snapshot,
  Split,
} from './types.ts';

export interface SnapshotOptions extends TaskContext {
  readonly weighting: EdgeWeighting;
  /** Attributes and traits become nodes and edges; without them attributes have no rows at all. */
  readonly attributes: boolean;
  /** Arcs between products, drawn from interactions, beside the edges to customers. */
  readonly productArcs?: ProductArcOptions | undefined;
  /** Leaves the split's test events out. All nodes stay: those seen only in the test part are isolated. */
  readonly split?: Split;
  readonly allocator?: Allocator;
}

/** @throws ShelfwalkError GRAPH_WEIGHT_INVALID · GRAPH_EDGE_INVALID — the catalog broke its contract */
export async function buildSnapshot(source: CatalogSource, options: SnapshotOptions): Promise<Snapshot> {
  const ids: string[] = [];
  const ranges: NodeRange[] = [];
  for (const type of NODE_TYPES) {
    const start = ids.length;
    if (type !== 'attribute' || options.attributes) for (const id of await source.nodeIds(type)) ids.push(id);
    ranges.push({ type, start, end: ids.length });
  }
  const rangeOf = (type: NodeType): NodeRange => ranges.find((r) => r.type === type)!;

  const edges = new EdgeList();
  const breathe = createBreather();
  const collect = async (from: NodeType, to: NodeType, columns: AsyncIterable<EdgeColumns>) => {
    for await (const chunk of columns) await add(chunk, from, to);
  };
  const add = async (chunk: EdgeColumns, from: NodeType, to: NodeType, directed = false) => {
    edges.append(chunk, rangeOf(from), rangeOf(to), { directed });
    options.onProgress?.({ stage: 'read graph', done: edges.count, unit: 'edges' });
    throwIfAborted(options.signal);
    await breathe();
  };
  await collect('customer', 'product', source.interactionEdges(options.weighting, options.split));
  if (options.attributes) {
    for (const owner of ['product', 'customer'] as const) {
      await collect(owner, 'attribute', source.attributeEdges(owner));
    }
  }
  const collectTyped = async (blocks: AsyncIterable<GivenEdges>) => {
    for await (const chunk of blocks) {
      const { fromType, toType, directed } = chunk;
      const hasRows = options.attributes || (fromType !== 'attribute' && toType !== 'attribute');
      if (hasRows) await add(chunk, fromType, toType, directed);
    }
  };
  if (options.productArcs) await collectTyped(source.productArcs(options.productArcs, options.split));
  await collectTyped(source.givenEdges(options.split));
  return freeze(ids, ranges, edges, options.allocator ?? sharedAllocator);
}

/** Snapshot of nodes and edges already at hand; `edges` in rows of `ids`. */
export function freeze(
  ids: string[],
  ranges: NodeRange[],
  edges: EdgeList,
  allocator: Allocator = sharedAllocator,
): Snapshot {
  const csr = buildCsr(ids.length, edges, allocator);
  const keyHashes = allocator.u32(ids.length * 2);
  for (const { type, start, end } of ranges) {
    for (let v = start; v < end; v++) {
      const [low, high] = hashKey(toNodeKey(type, ids[v]!));
      keyHashes[2 * v] = low;
      keyHashes[2 * v + 1] = high;
    }
  }
  return {
    ...csr,
    nodeCount: ids.length,
    arcCount: csr.targets.length,
    ids,
    ranges,
    keyHashes,
    twoColourable: findComponents(csr.offsets, csr.targets).twoColourable,
    symmetric: edges.oneWay === undefined || isSymmetric(csr),
  };
}

/** Arcs out of a node: on a symmetric graph, its neighbours. */
export const degreeOf = (snapshot: Snapshot, v: number): number =>
  snapshot.offsets[v + 1]! - snapshot.offsets[v]!;

export function typeOf(snapshot: Pick<Snapshot, 'ranges'>, v: number): NodeType {
  return snapshot.ranges.find((r) => v >= r.start && v < r.end)!.type;
}

export function refOf(snapshot: Snapshot, v: number): NodeRef {
  return { type: typeOf(snapshot, v), id: snapshot.ids[v]! };
}

/** Row of a node, by linear search in its type: for tests and the command line, not for loops. */
export function findNode(snapshot: Snapshot, { type, id }: NodeRef): NodeIndex | undefined {
  const { start, end } = snapshot.ranges.find((r) => r.type === type)!;
  for (let v = start; v < end; v++) if (snapshot.ids[v] === id) return asNodeIndex(v);
  return undefined;
}
