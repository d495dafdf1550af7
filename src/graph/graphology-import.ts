/**
 * A graphology graph → snapshot. Nodes get a type and an id, edges a weight that is checked one by one:
 * graphology's own getters take 1 for a weight that is missing or NaN, and training would not notice.
 */
import type { AbstractGraph, Attributes } from 'graphology-types';
import { ShelfwalkError } from '../base/errors.ts';
import { compareIds, NODE_TYPES, type NodeType, toNodeKey } from '../base/ids.ts';
import { EdgeList } from './csr.ts';
import { freeze } from './snapshot.ts';
import type { Allocator, NodeRange, Snapshot } from './types.ts';

export interface GraphologyImport {
  /** Type of a node. If not given: its attribute `type`, else the prefix of its key, else product. */
  readonly typeOf?: (key: string, attributes: Attributes) => NodeType;
  /**
   * Attribute with the weight, or a function that says it; null: every edge weighs 1. If not given,
   * `weight`, and 1 where no edge of the graph has that attribute.
   */
  readonly weight?: string | null | ((edge: string, attributes: Attributes) => number);
  /** A walk never stays where it is: loops are refused (default), or dropped when asked to. */
  readonly selfLoops?: 'refuse' | 'drop';
  readonly allocator?: Allocator;
}

/** A snapshot, and the keys its nodes have in the graph it came from. */
export interface ImportedGraph {
  readonly snapshot: Snapshot;
  readonly keys: readonly string[]; // [n] by row
}

/**
 * Parallel edges add up. A key `product:SKU-1` gives the id `SKU-1` when the node is a product; any other
 * key is the id as it stands.
 * Directed edges become arcs, undirected ones an arc each way, also where a graph has both.
 * @throws ShelfwalkError GRAPH_WEIGHT_INVALID · GRAPH_EDGE_INVALID — a self-loop · NODE_KEY_INVALID
 */
export const fromGraphology = (graph: AbstractGraph, options: GraphologyImport = {}): Snapshot =>
  importGraphology(graph, options).snapshot;

/** fromGraphology, for callers that answer in the graph's own keys. */
export function importGraphology(graph: AbstractGraph, options: GraphologyImport = {}): ImportedGraph {
  const { ids, ranges, keys, rowOf } = layOutNodes(graph, options);
  const edges = readEdges(graph, rowOf, options);
  return { snapshot: freeze(ids, ranges, edges, options.allocator), keys };
}

interface Node {
  readonly key: string;
  readonly id: string;
}

function layOutNodes(graph: AbstractGraph, options: GraphologyImport) {
  const byType: Record<NodeType, Node[]> = { customer: [], product: [], attribute: [] };
  graph.forEachNode((key, attributes) => {
    const type = readType(key, attributes, options);
    const prefix = `${type}:`;
    const id = key.startsWith(prefix) ? key.slice(prefix.length) : key;
    if (id === '') throw new ShelfwalkError('NODE_KEY_INVALID', { found: key, expected: 'an id' });
    byType[type].push({ key, id });
  });
  const ids: string[] = [];
  const keys: string[] = [];
  const rowOf = new Map<string, number>();
  const ranges = NODE_TYPES.map((type): NodeRange => {
    const start = ids.length;
    for (const { key, id } of byType[type].sort((a, b) => compareIds(a.id, b.id))) {
      if (ids.length > start && ids.at(-1) === id) refuseSameNode(keys.at(-1)!, key, toNodeKey(type, id));
      rowOf.set(key, ids.length);
      ids.push(id);
      keys.push(key);
    }
    return { type, start, end: ids.length };
  });
  return { ids, keys, ranges, rowOf };
}

function refuseSameNode(first: string, second: string, node: string): never {
  throw new ShelfwalkError('NODE_KEY_INVALID', {
    found: `${first} and ${second}`,
    expected: 'one node for each type and id',
    hint: `Both are ${node}`,
  });
}

/** @throws ShelfwalkError NODE_KEY_INVALID — a type that is none of ours: sigma, for one, has another use for the word */
function readType(key: string, attributes: Attributes, { typeOf }: GraphologyImport): NodeType {
  const given: unknown = typeOf ? typeOf(key, attributes) : attributes['type'];
  if (given === undefined && !typeOf) return NODE_TYPES.find((t) => key.startsWith(`${t}:`)) ?? 'product';
  const type = NODE_TYPES.find((t) => t === given);
  if (type) return type;
  throw new ShelfwalkError('NODE_KEY_INVALID', {
    node: key,
    field: typeOf ? 'typeOf' : 'type',
    found: String(given),
    expected: NODE_TYPES.join(' | '),
    hint: typeOf ? undefined : 'If the attribute means something else, say the types with the option typeOf',
  });
}

function readEdges(
  graph: AbstractGraph,
  rowOf: ReadonlyMap<string, number>,
  options: GraphologyImport,
): EdgeList {
  const weightOf = createWeightReader(graph, options);
  const columns = { both: createColumns(graph.undirectedSize), oneWay: createColumns(graph.directedSize) };
  graph.forEachEdge((edge, attributes, source, target, _source, _target, undirected) => {
    if (source === target) {
      if (options.selfLoops !== 'drop') refuseLoop(graph, edge, source);
      return;
    }
    const to = undirected ? columns.both : columns.oneWay;
    to.from[to.count] = rowOf.get(source)!;
    to.to[to.count] = rowOf.get(target)!;
    to.weight[to.count++] = checkWeight(weightOf(edge, attributes), { edge, source, target });
  });
  const list = new EdgeList();
  const all: NodeRange = { type: 'product', start: 0, end: graph.order }; // the columns hold rows already
  list.append(columns.both, all, all);
  if (columns.oneWay.count > 0) list.append(columns.oneWay, all, all, { directed: true });
  return list;
}

const createColumns = (length: number) => ({
  count: 0,
  from: new Uint32Array(length),
  to: new Uint32Array(length),
  weight: new Float32Array(length),
});

function refuseLoop(graph: AbstractGraph, edge: string, node: string): never {
  throw new ShelfwalkError('GRAPH_EDGE_INVALID', {
    edge,
    from: node,
    to: node,
    found: `a self-loop, of ${graph.selfLoopCount}`,
    hint: "A walk never stays where it is; selfLoops: 'drop' leaves them out",
  });
}

/** Where one edge has the attribute `weight`, all must: one that lacks it is a slip, not a 1. */
function createWeightReader(
  graph: AbstractGraph,
  { weight }: GraphologyImport,
): (edge: string, attributes: Attributes) => unknown {
  if (typeof weight === 'function') return weight;
  if (weight === null) return () => 1;
  const name = weight ?? 'weight';
  const isWeighted =
    weight !== undefined || graph.someEdge((_e, attributes) => attributes[name] !== undefined);
  return isWeighted ? (_edge, attributes) => attributes[name] : () => 1;
}

function checkWeight(found: unknown, edge: { edge: string; source: string; target: string }): number {
  // Also as the 32-bit number that it becomes: 1e-50 would be 0, 1e50 infinite.
  if (typeof found === 'number' && Math.fround(found) > 0 && Math.fround(found) < Infinity) return found;
  throw new ShelfwalkError('GRAPH_WEIGHT_INVALID', {
    ...edge,
    found: String(found),
    expected: 'a 32-bit number above 0',
    hint: 'weight: null makes every edge weigh 1',
  });
}
