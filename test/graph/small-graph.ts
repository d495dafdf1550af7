/** Small snapshots for tests, by hand or at random: nodes by type, edges by row. */
import fc from 'fast-check';
import { NODE_TYPES, type NodeType } from '../../src/base/ids.ts';
import { EdgeList } from '../../src/graph/csr.ts';
import { freeze } from '../../src/graph/snapshot.ts';
import type { Allocator, NodeRange, Snapshot } from '../../src/graph/types.ts';

export interface GraphSpec {
  /** How many nodes of a type, or their ids; none if not given. */
  readonly nodes: { readonly [T in NodeType]?: number | readonly string[] };
  /** Row, row, weight (1 if not given). Rows count customers first, then products, then attributes. */
  readonly edges: readonly (readonly [from: number, to: number, weight?: number])[];
  /** The same, one way. */
  readonly arcs?: GraphSpec['edges'];
}

/** Ids are n000, n001, … within each type, so that their order is the order of rows. */
export function smallGraph({ nodes, edges, arcs }: GraphSpec, allocator?: Allocator): Snapshot {
  const ids: string[] = [];
  const ranges: NodeRange[] = NODE_TYPES.map((type) => {
    const given = nodes[type] ?? 0;
    const start = ids.length;
    ids.push(
      ...(typeof given === 'number'
        ? Array.from({ length: given }, (_, i) => `n${String(i).padStart(3, '0')}`)
        : given),
    );
    return { type, start, end: ids.length };
  });
  return freeze(ids, ranges, toEdgeList(edges, ids.length, arcs), allocator);
}

export function toEdgeList(
  edges: GraphSpec['edges'],
  nodeCount = 2 ** 32 - 1,
  arcs: GraphSpec['edges'] = [],
): EdgeList {
  const list = new EdgeList();
  const all: NodeRange = { type: 'product', start: 0, end: nodeCount };
  const toColumns = (rows: GraphSpec['edges']) => ({
    count: rows.length,
    from: Uint32Array.from(rows, (e) => e[0]),
    to: Uint32Array.from(rows, (e) => e[1]),
    weight: Float32Array.from(rows, (e) => e[2] ?? 1),
  });
  list.append(toColumns(edges), all, all);
  if (arcs.length > 0) list.append(toColumns(arcs), all, all, { directed: true });
  return list;
}

/** 0 — 1 — 2 — 0 is a triangle and 2 — 3 hangs off it: the smallest graph with all three distances. */
export const KITE: GraphSpec = {
  nodes: { product: 4 },
  edges: [
    [0, 1],
    [1, 2],
    [2, 0],
    [2, 3],
  ],
};

/** Weights that are exact in f32, equal ones among them, and one that dwarfs the rest. */
const weights = fc.oneof(fc.constantFrom(0.25, 1, 1, 2, 3.5, 7), fc.constant(900));

const sizes = fc.record({
  customer: fc.integer({ min: 1, max: 5 }),
  product: fc.integer({ min: 1, max: 5 }),
  attribute: fc.integer({ min: 0, max: 4 }),
});

/**
 * Isolated nodes, degree 1, parallel edges and (unless `twoColourable`) odd cycles all turn up within a few
 * runs; with `directed` also dead ends, arcs both ways of unlike weight, and edges beside arcs.
 */
export const graphSpecs = (options: {
  twoColourable: boolean;
  directed?: boolean;
}): fc.Arbitrary<GraphSpec> =>
  fc.tuple(sizes, fc.boolean()).chain(([nodes, weighted]) => {
    const n = nodes.customer + nodes.product + nodes.attribute;
    const isProduct = (v: number): boolean => v >= nodes.customer && v < nodes.customer + nodes.product;
    const pair = fc
      .tuple(fc.nat(n - 1), fc.nat(n - 1))
      .filter(([a, b]) => a !== b && (!options.twoColourable || isProduct(a) !== isProduct(b)));
    const edge = fc.tuple(pair, weighted ? weights : fc.constant(1)).map(([[a, b], w]) => [a, b, w] as const);
    const [many, few] = [
      { minLength: 1, maxLength: 30 },
      { minLength: 0, maxLength: 5 },
    ];
    return fc.record({
      nodes: fc.constant(nodes),
      edges: fc.array(edge, options.directed ? few : many),
      ...(options.directed && { arcs: fc.array(edge, many) }),
    });
  });
