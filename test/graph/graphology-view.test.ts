/**
 * The view against a real graphology graph of the same edges, method by method: the names are taken from
 * graphology's own class, so a method that the view lacks, or that nobody compares, fails here.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { DirectedGraph, UndirectedGraph } from 'graphology';
import louvainModule from 'graphology-communities-louvain';
import { bfs, bfsFromNode, dfs, dfsFromNode } from 'graphology-traversal';
import type { AbstractGraph } from 'graphology-types';
import isGraphModule from 'graphology-utils/is-graph.js';
import { describe, expect, test } from 'vitest';
import { NODE_TYPES } from '../../src/base/ids.ts';
import { createRandom } from '../../src/base/rng.ts';
import { asGraphologyView, type GraphologyView } from '../../src/graph/graphology-view.ts';
import { freeze } from '../../src/graph/snapshot.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { plantedGraph } from './planted-graph.ts';
import { type GraphSpec, graphSpecs, KITE, smallGraph, toEdgeList } from './small-graph.ts';

// CommonJS whose types speak of a default export: the module is the function.
const louvain = louvainModule as unknown as (typeof louvainModule)['default'];
const isGraph = isGraphModule as unknown as (typeof isGraphModule)['default'];

/**
 * Edges with the keys that their arcs have, counted the slow way, row by row: by (lower, higher) end with
 * the arcs back counted too, or every arc for itself where one lacks its like in the other direction.
 */
function toRealGraph(spec: GraphSpec, snapshot: Snapshot): UndirectedGraph | DirectedGraph {
  const weights = new Map<string, number>();
  const add = (a: number, b: number, w: number): void =>
    void weights.set(`${a} ${b}`, Math.fround((weights.get(`${a} ${b}`) ?? 0) + w));
  for (const [a, b, w = 1] of spec.edges)
    for (const [from, to] of [
      [a, b],
      [b, a],
    ])
      add(from!, to!, w);
  for (const [a, b, w = 1] of spec.arcs ?? []) add(a, b, w);
  const arcs = [...weights].map(([key, weight]) => ({ ends: key.split(' ').map(Number), weight }));
  arcs.sort((x, y) => x.ends[0]! - y.ends[0]! || x.ends[1]! - y.ends[1]!);
  const directed = arcs.some(({ ends: [a, b], weight }) => weights.get(`${b} ${a}`) !== weight);

  const graph = new (directed ? DirectedGraph : UndirectedGraph)({ allowSelfLoops: false });
  const keys = snapshot.ranges.flatMap(({ type, start, end }) =>
    snapshot.ids.slice(start, end).map((id) => graph.addNode(`${type}:${id}`, { type, id })),
  );
  arcs.forEach(({ ends: [a, b], weight }, arc) => {
    if (directed || a! < b!) graph.addEdgeWithKey(String(arc), keys[a!]!, keys[b!]!, { weight });
  });
  return graph;
}

type Call = (graph: AbstractGraph) => unknown;

/** What comes back, iterators unrolled; `refused` for any error, whose class is not graphology's to say. */
function toOutcome(call: Call, graph: AbstractGraph): unknown {
  try {
    const value = call(graph);
    const isIterator = typeof (value as { next?: unknown } | undefined)?.next === 'function';
    return isIterator ? [...(value as Iterable<unknown>)] : value;
  } catch {
    return 'refused';
  }
}

/** All of graphology's methods, but its constructor and one private one. */
const METHODS = Object.getOwnPropertyNames(Object.getPrototypeOf(UndirectedGraph.prototype)).filter(
  (name) => name !== 'constructor' && !name.startsWith('_'),
);
const CHANGES = /^(add|merge|update|drop|clear|set|remove|replace|import)/;
const READS = METHODS.filter((name) => !CHANGES.test(name));

/** Where the view is better on purpose. */
const DIFFERENT: Readonly<Record<'undirected' | 'directed', Readonly<Record<string, string>>>> = {
  undirected: {
    inspect: 'says sizes, not every node and edge',
    findInEdge: 'graphology returns false although its types say undefined',
    findOutEdge: 'the same',
    findDirectedEdge: 'the same',
    getUndirectedEdgeAttribute: 'graphology refuses the key alone; all edges of a snapshot are undirected',
    getUndirectedEdgeAttributes: 'the same',
    hasUndirectedEdgeAttribute: 'the same',
  },
  directed: {
    inspect: 'says sizes, not every node and edge',
    findUndirectedEdge: 'graphology returns false although its types say undefined',
    getDirectedEdgeAttribute: 'graphology refuses the key alone; all edges are directed here',
    getDirectedEdgeAttributes: 'the same',
    hasDirectedEdgeAttribute: 'the same',
  },
};

/** Graphs of both types; some of the second have an equal arc back for each and are undirected after all. */
const SPECS = [
  { edges: 'both ways', specs: graphSpecs({ twoColourable: false }) },
  { edges: 'one way or both', specs: graphSpecs({ twoColourable: false, directed: true }) },
];

type AnyMethod = (...args: unknown[]) => unknown;
const invoke = (graph: AbstractGraph, name: string, args: readonly unknown[]): unknown =>
  (graph as unknown as Record<string, AnyMethod>)[name]!(...args);

/** Calls a method the way its family is called, with every form of naming nodes and edges. */
function toCalls(name: string, nodes: readonly string[], edges: readonly string[]): Call[] {
  const pairs = nodes.flatMap((a) => nodes.map((b) => [a, b]));
  const ofNode = nodes.map((n) => [n]);
  const with1 = (where: unknown[][], ...more: unknown[]): Call[] =>
    where.map((args) => (graph) => invoke(graph, name, [...args, ...more]));
  /** Once for each thing named, with a callback that notes all it is told and says yes now and then. */
  const noted = (where: unknown[][], { reduces = false } = {}): Call[] =>
    where.flatMap((args) =>
      [1, 3].map((every) => (graph: AbstractGraph) => {
        const seen: unknown[] = [];
        const note = (...told: unknown[]): unknown => {
          seen.push(told);
          return reduces ? `${told[0]} ${told[1]}` : seen.length % every === 0;
        };
        return [invoke(graph, name, reduces ? [...args, note, 'start'] : [...args, note]), seen];
      }),
    );
  if (/^(get|has)(Node|Source|Target)Attribute$/.test(name))
    return ['type', 'name', 'toString'].flatMap((a) => with1([...ofNode, ...edges.map((e) => [e])], a));
  if (/^get(Node|Source|Target)Attributes$/.test(name)) return with1([...ofNode, ...edges.map((e) => [e])]);
  const crossed = nodes.flatMap((n) => edges.map((e) => [n, e]));
  if (/OppositeAttribute$/.test(name)) return with1(crossed, 'id');
  if (/OppositeAttributes$|^opposite$/.test(name)) return with1(crossed);
  if (name === 'hasExtremity') return with1(crossed.map(([n, e]) => [e, n]));
  if (/EdgeAttribute$/.test(name)) return with1([...edges.map((e) => [e]), ...pairs], 'weight');
  if (/EdgeAttributes$/.test(name)) return with1([...edges.map((e) => [e]), ...pairs]);
  if (/^has.*Edge$/.test(name)) return with1([...edges.map((e) => [e]), ...pairs]);
  if (/^(are.*Neighbors|edge|(un)?directedEdge)$/.test(name)) return with1(pairs);
  if (/^(source|target|extremities|isDirected|isUndirected|isSelfLoop)$/.test(name))
    return with1(edges.map((e) => [e]));
  if (/Adjacency/.test(name)) return noted([[]]);
  if (/^(forEach|map|filter|find|some|every|reduce).*Nodes?$/.test(name))
    return noted([[]], { reduces: /^reduce/.test(name) });
  if (/^(forEach|map|filter|find|some|every|reduce).*Edges?$/.test(name))
    return noted([[], ...ofNode, ...pairs], { reduces: /^reduce/.test(name) });
  if (/^(forEach|map|filter|find|some|every|reduce).*Neighbors?$/.test(name))
    return noted(ofNode, { reduces: /^reduce/.test(name) });
  if (/(edges|Edges|[eE]dgeEntries)$/.test(name)) return with1([[], ...ofNode, ...pairs]);
  if (/([nN]eighbors|[nN]eighborEntries|[dD]egree|SelfLoops|hasNode)$/.test(name)) return with1(ofNode);
  if (/^(nodes|nodeEntries|export|toJSON|toString|inspect|getAttributes)$/.test(name)) return with1([[]]);
  if (/^(get|has)Attribute$/.test(name)) return with1([['truncated']]);
  if (/^(null|empty)?[cC]opy$/.test(name))
    return [(graph) => (invoke(graph, name, []) as AbstractGraph).export()];
  return [];
}

test('every method of graphology is either compared or refuses to change anything', () => {
  const snapshot = smallGraph(KITE);
  const view = asGraphologyView(snapshot);
  expect(METHODS.length).toBeGreaterThan(280);
  expect(READS.filter((name) => toCalls(name, ['a'], ['0']).length === 0)).toEqual([]);
  const before = view.export();
  for (const name of METHODS.filter((one) => CHANGES.test(one))) {
    expect(() => invoke(view, name, ['product:n000', 'product:n001', {}]), name).toThrow(
      expect.objectContaining({
        code: 'GRAPH_READ_ONLY',
        details: expect.objectContaining({ method: name }),
      }),
    );
  }
  expect(view.export()).toEqual(before);
});

test.each(SPECS)('reads are those of a real graph of the same edges, edges $edges', ({ specs }) => {
  fc.assert(
    fc.property(specs, (spec) => {
      const snapshot = smallGraph(spec);
      const view = asGraphologyView(snapshot);
      const real = toRealGraph(spec, snapshot);
      // Few of each, or all pairs of all methods would take minutes; and one that is not there.
      const nodes = [...real.nodes().slice(0, 4), 'product:nobody'];
      const edges = [...real.edges().slice(0, 4), '01', 'x', '99999'];
      for (const name of READS) {
        if (name in DIFFERENT[real.type as 'undirected' | 'directed']) continue;
        for (const call of toCalls(name, nodes, edges)) {
          const [found, wanted] = [toOutcome(call, view), toOutcome(call, real)];
          if (!isDeepStrictEqual(found, wanted)) expect(found, name).toEqual(wanted); // slow, but it shows
        }
      }
    }),
    { numRuns: 60 },
  );
});

test.each(SPECS)('properties are those of a real graph, and cannot be set, edges $edges', ({ specs }) => {
  fc.assert(
    fc.property(specs, (spec) => {
      const snapshot = smallGraph(spec);
      const view = asGraphologyView(snapshot);
      const real = toRealGraph(spec, snapshot);
      const names = Object.keys(real) as (keyof AbstractGraph)[];
      expect(names).toContain('selfLoopCount');
      for (const name of names.filter((one) => one !== 'implementation')) {
        expect(view[name], name).toEqual(real[name]);
        expect(() => Object.assign(view, { [name]: 1 }), name).toThrow(TypeError);
      }
    }),
    { numRuns: 20 },
  );
});

describe('where it differs from graphology', () => {
  const view = asGraphologyView(smallGraph(KITE));

  test('find of edges that cannot be: undefined, as the types say', () => {
    expect(view.findDirectedEdge(() => true)).toBeUndefined();
    expect(view.findInEdge(() => true)).toBeUndefined();
    expect(view.findOutEdge(() => true)).toBeUndefined();
  });

  test('an undirected edge may be named by its key', () => {
    const edge = view.edge('product:n000', 'product:n001');
    expect(invoke(view, 'getUndirectedEdgeAttribute', [edge, 'weight'])).toBe(1);
    expect(invoke(view, 'getUndirectedEdgeAttributes', [edge])).toEqual({ weight: 1 });
    expect(invoke(view, 'hasUndirectedEdgeAttribute', [edge, 'weight'])).toBe(true);
  });

  test('one way or not, a find that cannot be is undefined', () => {
    const directed = asGraphologyView(smallGraph({ ...KITE, arcs: [[3, 0]] }));
    expect(directed.type).toBe('directed');
    expect(directed.findUndirectedEdge(() => true)).toBeUndefined();
  });

  test('a directed edge may be named by its key, or by its ends in their order', () => {
    const ring = asGraphologyView(
      smallGraph({
        nodes: { product: 3 },
        edges: [],
        arcs: [
          [0, 1, 2],
          [1, 2, 3],
          [2, 0, 4],
        ],
      }),
    );
    const named = [['1'], ['product:n001', 'product:n002']];
    for (const edge of named) {
      expect(invoke(ring, 'getDirectedEdgeAttribute', [...edge, 'weight'])).toBe(3);
      expect(invoke(ring, 'getDirectedEdgeAttributes', edge)).toEqual({ weight: 3 });
      expect(invoke(ring, 'hasDirectedEdgeAttribute', [...edge, 'weight'])).toBe(true);
    }
    for (const edge of [['9'], ['product:n002', 'product:n001']]) {
      expect(() => invoke(ring, 'getDirectedEdgeAttributes', edge)).toThrow(
        expect.objectContaining({ code: 'EDGE_UNKNOWN' }),
      );
    }
  });

  test('a hub of 200,000 arcs has its neighbours listed: more than a call takes arguments', () => {
    const ids = Array.from({ length: 200_001 }, (_, i) => String(i).padStart(6, '0'));
    const arcs = ids.slice(1).map((_, i) => [i + 1, 0] as const);
    const ranges = NODE_TYPES.map((type) => ({
      type,
      start: type === 'attribute' ? ids.length : 0,
      end: type === 'customer' ? 0 : ids.length,
    }));
    const star = asGraphologyView(freeze(ids, ranges, toEdgeList([], ids.length, arcs)));
    expect(star.neighbors('product:000000')).toHaveLength(200_000);
  });

  test('inspect says sizes', () => {
    expect(view.inspect()).toMatchObject({ order: 4, size: 4, type: 'undirected' });
  });

  test('errors are ours, with a code', () => {
    expect(() => view.neighbors('n000')).toThrow(expect.objectContaining({ code: 'NODE_UNKNOWN' }));
    expect(() => view.source('1.5')).toThrow(expect.objectContaining({ code: 'EDGE_UNKNOWN' }));
    expect(() => view.edgeEntries('nobody')).toThrow(expect.objectContaining({ code: 'NODE_UNKNOWN' }));
    expect(() => invoke(view, 'edges', ['a', 'b', 'c'])).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    );
  });

  test('attributes cannot be written to, so that no write is lost', () => {
    const attributes = view.getNodeAttributes('product:n000') as { id: string };
    expect(() => {
      attributes.id = 'other';
    }).toThrow(TypeError);
  });
});

test('names, where they are given, are attributes', () => {
  const snapshot = smallGraph(KITE);
  const view = asGraphologyView(snapshot, { names: ['Oat drink', '', 'Rye', 'Tea'] });
  expect(view.getNodeAttributes('product:n000')).toEqual({ type: 'product', id: 'n000', name: 'Oat drink' });
  expect(view.hasNodeAttribute('product:n001', 'name')).toBe(false);
  expect(() => asGraphologyView(snapshot, { names: ['one'] })).toThrow(
    expect.objectContaining({ code: 'REQUEST_INVALID' }),
  );
});

describe('algorithms of graphology run on the view', () => {
  test('it passes for a graph', () => {
    expect(isGraph(asGraphologyView(smallGraph(KITE)))).toBe(true);
  });

  test.each(SPECS)('visits come in the order of a real graph, edges $edges', ({ specs }) => {
    fc.assert(
      fc.property(specs, fc.nat(), (spec, pick) => {
        const snapshot = smallGraph(spec);
        const real = toRealGraph(spec, snapshot);
        const start = real.nodes()[pick % real.order]!;
        const orders = ([asGraphologyView(snapshot), real] as AbstractGraph[]).map((graph) => {
          const visits: unknown[] = [];
          const note = (node: string, attributes: unknown, depth: number): boolean => {
            visits.push([node, attributes, depth]);
            return depth > 3; // and no further from there
          };
          bfs(graph, note);
          dfs(graph, note);
          bfsFromNode(graph, start, note);
          for (const mode of ['undirected', 'inbound', 'out'] as const)
            dfsFromNode(graph, start, note, { mode });
          return visits;
        });
        expect(orders[0]).toEqual(orders[1]);
      }),
    );
  });

  test.each([
    { edges: 'both ways', oneWay: false },
    { edges: 'one way', oneWay: true },
  ])('Louvain finds planted communities, and the partition of a real graph, edges $edges', ({ oneWay }) => {
    const planted = plantedGraph({ blocks: 4, nodes: 30, insideShare: 0.9, degree: 8 });
    const spec = oneWay ? { nodes: planted.nodes, edges: [], arcs: planted.edges } : planted;
    const snapshot = smallGraph(spec);
    expect(snapshot.symmetric).toBe(!oneWay);
    const detect = (graph: AbstractGraph) => louvain(graph, { rng: createRandom(5) });
    const found = detect(asGraphologyView(snapshot));
    expect(found).toEqual(detect(toRealGraph(spec, snapshot)));
    const blocks = new Map<number, Set<number>>();
    Object.values(found).forEach((community, row) => {
      const block = Math.floor(row / 30);
      blocks.set(block, (blocks.get(block) ?? new Set()).add(community));
    });
    // Every block is one community, and no two blocks share it.
    expect([...blocks.values()].map((communities) => communities.size)).toEqual([1, 1, 1, 1]);
    expect(new Set(Object.values(found)).size).toBe(4);
  });

  test('what writes its result back is refused by name', () => {
    const view: GraphologyView = asGraphologyView(smallGraph(KITE));
    expect(() => louvain.assign(view)).toThrow(expect.objectContaining({ code: 'GRAPH_READ_ONLY' }));
  });
});
