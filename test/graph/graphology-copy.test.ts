/** Snapshot ⇄ graphology: what comes back, what is refused, and with which words. */
import fc from 'fast-check';
import { DirectedGraph, MultiGraph, MultiUndirectedGraph, UndirectedGraph } from 'graphology';
import type { AbstractGraph, Attributes } from 'graphology-types';
import { describe, expect, test } from 'vitest';
import { toGraphology } from '../../src/graph/graphology-export.ts';
import { fromGraphology, importGraphology } from '../../src/graph/graphology-import.ts';
import { asGraphologyView } from '../../src/graph/graphology-view.ts';
import { type GraphSpec, graphSpecs, KITE, smallGraph } from './small-graph.ts';

const refusal = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

describe('there and back', () => {
  test.each([
    { edges: 'both ways', specs: graphSpecs({ twoColourable: false }) },
    { edges: 'one way or both', specs: graphSpecs({ twoColourable: false, directed: true }) },
  ])('a whole graph keeps nodes, arcs and weights, through a copy and a view, edges $edges', ({ specs }) => {
    fc.assert(
      fc.property(specs, (spec) => {
        const snapshot = smallGraph(spec);
        expect(fromGraphology(toGraphology(snapshot))).toEqual(snapshot);
        expect(fromGraphology(asGraphologyView(snapshot))).toEqual(snapshot);
        expect(toGraphology(snapshot).export()).toEqual(asGraphologyView(snapshot).copy().export());
      }),
    );
  });

  test('any id survives, and rows come in the order of UTF-8 bytes', () => {
    const given = ['01111', 'a/b', '🥕', 'product:x', 'a:b', ' ', '\ufffd', 'Z', 'é'];
    const graph = new UndirectedGraph();
    for (const id of given) graph.addNode(`product:${id}`);
    for (const id of given.slice(1)) graph.addEdge(`product:${id}`, 'product:01111');
    const { ids } = fromGraphology(graph);
    const byBytes = [...given].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(ids).toEqual(byBytes);
    expect(fromGraphology(toGraphology(fromGraphology(graph)))).toEqual(fromGraphology(graph));
  });
});

describe('the type of a node', () => {
  const graph = new UndirectedGraph();
  graph.addNode('alice', { type: 'customer' });
  graph.addNode('customer:bob');
  graph.addNode('SKU-1');
  graph.addNode('brand/Acme', { type: 'attribute' });
  graph.addNode('customer:odd', { type: 'product' }); // the attribute decides, so the key is the id
  graph.addEdge('alice', 'SKU-1');

  test('is its attribute, else the prefix of its key, else product', () => {
    const { snapshot, keys } = importGraphology(graph);
    const named = snapshot.ranges.map(({ type, start, end }) => [type, snapshot.ids.slice(start, end)]);
    expect(named).toEqual([
      ['customer', ['alice', 'bob']],
      ['product', ['SKU-1', 'customer:odd']],
      ['attribute', ['brand/Acme']],
    ]);
    expect(keys).toEqual(['alice', 'customer:bob', 'SKU-1', 'customer:odd', 'brand/Acme']);
  });

  test('is what typeOf says', () => {
    const { ranges } = fromGraphology(graph, { typeOf: (key) => (key === 'alice' ? 'customer' : 'product') });
    expect(ranges.map(({ start, end }) => end - start)).toEqual([1, 4, 0]);
  });

  test.each([
    {
      why: 'a word of another trade',
      attributes: { type: 'circle' },
      details: { node: 'a', found: 'circle' },
    },
    { why: 'null', attributes: { type: null }, details: { node: 'a', found: 'null' } },
  ])('$why is refused', ({ attributes, details }) => {
    const sigma = new UndirectedGraph();
    sigma.addNode('a', attributes);
    expect(() => fromGraphology(sigma)).toThrow(refusal('NODE_KEY_INVALID', details));
    expect(fromGraphology(sigma, { typeOf: () => 'product' }).nodeCount).toBe(1);
    expect(() => fromGraphology(sigma, { typeOf: () => undefined as never })).toThrow(
      refusal('NODE_KEY_INVALID', { field: 'typeOf' }),
    );
  });

  test('two keys of one node are refused, and a key without an id', () => {
    const twice = new UndirectedGraph();
    for (const key of ['product:1', '1']) twice.addNode(key);
    expect(() => fromGraphology(twice)).toThrow(refusal('NODE_KEY_INVALID', { hint: 'Both are product:1' }));
    const empty = new UndirectedGraph();
    empty.addNode('product:');
    expect(() => fromGraphology(empty)).toThrow(refusal('NODE_KEY_INVALID', { found: 'product:' }));
  });
});

describe('the weight of an edge', () => {
  const graphOf = (...edges: Attributes[]): MultiUndirectedGraph => {
    const graph = new MultiUndirectedGraph();
    for (const node of ['a', 'b']) graph.addNode(node);
    edges.forEach((attributes, i) => void graph.addEdgeWithKey(`e${i}`, 'a', 'b', attributes));
    return graph;
  };

  test.each([
    { why: 'is its attribute', graph: graphOf({ weight: 2.5 }), weight: undefined, expected: 2.5 },
    { why: 'is 1 where no edge has one', graph: graphOf({}), weight: undefined, expected: 1 },
    { why: 'is 1 when asked for', graph: graphOf({ weight: 2.5 }), weight: null, expected: 1 },
    { why: 'is another attribute', graph: graphOf({ n: 4 }), weight: 'n', expected: 4 },
    {
      why: 'is what a function says',
      graph: graphOf({ n: 4 }),
      weight: (_edge: string, { n }: Attributes) => n * 2,
      expected: 8,
    },
    {
      why: 'adds up over parallel edges',
      graph: graphOf({ weight: 2 }, { weight: 0.5 }),
      weight: undefined,
      expected: 2.5,
    },
  ])('$why', ({ graph, weight, expected }) => {
    expect([...fromGraphology(graph, { weight }).weights]).toEqual([expected, expected]);
  });

  test.each([
    { why: 'NaN', attributes: { weight: Number.NaN }, found: 'NaN' },
    { why: 'infinity', attributes: { weight: Infinity }, found: 'Infinity' },
    { why: 'zero', attributes: { weight: 0 }, found: '0' },
    { why: 'a negative number', attributes: { weight: -1 }, found: '-1' },
    { why: 'text', attributes: { weight: '3' }, found: '3' },
    { why: 'null', attributes: { weight: null }, found: 'null' },
    { why: 'one missing among others', attributes: {}, found: 'undefined' },
    { why: 'beyond 32 bits', attributes: { weight: 1e50 }, found: '1e+50' },
    { why: 'nothing left of it in 32 bits', attributes: { weight: 1e-50 }, found: '1e-50' },
  ])('$why is refused by the name of its edge', ({ attributes, found }) => {
    expect(() => fromGraphology(graphOf({ weight: 1 }, attributes))).toThrow(
      refusal('GRAPH_WEIGHT_INVALID', { edge: 'e1', source: 'a', target: 'b', found }),
    );
  });

  test('an attribute that was asked for must be there', () => {
    for (const weight of ['weight', 'n']) {
      expect(() => fromGraphology(graphOf({}), { weight })).toThrow(
        refusal('GRAPH_WEIGHT_INVALID', { found: 'undefined' }),
      );
    }
  });
});

test('self-loops are refused with their number, or dropped when asked', () => {
  const graph = new UndirectedGraph();
  for (const node of ['a', 'b']) graph.addNode(node);
  for (const node of ['a', 'b']) graph.addEdge(node, node);
  graph.addEdge('a', 'b');
  expect(() => fromGraphology(graph)).toThrow(
    refusal('GRAPH_EDGE_INVALID', { from: 'a', to: 'a', found: 'a self-loop, of 2' }),
  );
  expect(fromGraphology(graph, { selfLoops: 'drop' }).arcCount).toBe(2);
});

describe('edges that go one way', () => {
  const ends = (a: string, b: string, weight?: number) =>
    [a, b, weight === undefined ? {} : { weight }] as const;
  const arcsOf = (graph: AbstractGraph): unknown[] => {
    const { offsets, targets, weights, ids } = fromGraphology(graph);
    return ids.flatMap((id, v) =>
      Array.from(targets.subarray(offsets[v], offsets[v + 1]), (x, i) => [
        id,
        ids[x],
        weights[offsets[v]! + i],
      ]),
    );
  };

  test('are arcs from their source to their target', () => {
    const graph = new DirectedGraph();
    for (const node of ['a', 'b', 'c']) graph.addNode(node);
    for (const edge of [ends('b', 'a', 2), ends('a', 'c', 3), ends('c', 'a', 4)]) graph.addEdge(...edge);
    expect(arcsOf(graph)).toEqual([
      ['a', 'c', 3],
      ['b', 'a', 2],
      ['c', 'a', 4],
    ]);
    expect(fromGraphology(graph).symmetric).toBe(false);
  });

  test('lie beside undirected ones in a mixed multigraph, and parallel ones add up by direction', () => {
    const graph = new MultiGraph();
    for (const node of ['a', 'b']) graph.addNode(node);
    graph.addUndirectedEdge(...ends('b', 'a', 1));
    for (const weight of [2, 4]) graph.addDirectedEdge(...ends('a', 'b', weight));
    graph.addDirectedEdge(...ends('b', 'a', 8));
    expect(arcsOf(graph)).toEqual([
      ['a', 'b', 7],
      ['b', 'a', 9],
    ]);
  });

  test('that all have an equal one back make an undirected graph', () => {
    const graph = new DirectedGraph();
    for (const node of ['a', 'b']) graph.addNode(node);
    for (const edge of [ends('a', 'b', 2), ends('b', 'a', 2)]) graph.addEdge(...edge);
    const snapshot = fromGraphology(graph);
    expect(snapshot.symmetric).toBe(true);
    expect(toGraphology(snapshot)).toMatchObject({ type: 'undirected', size: 1 });
  });

  test('belong to a neighbourhood whichever way they go, all those among its nodes', () => {
    // 0 → 1 → 2 → 3, and 3 → 1
    const arcs = [ends('n0', 'n1'), ends('n1', 'n2'), ends('n2', 'n3'), ends('n3', 'n1')];
    const graph = new DirectedGraph();
    for (const node of ['n0', 'n1', 'n2', 'n3']) graph.addNode(node);
    for (const edge of arcs) graph.addEdge(...edge);
    const near = toGraphology(fromGraphology(graph), { around: { type: 'product', id: 'n2' } });
    expect(near.mapEdges((_edge, _attributes, source, target) => `${source} ${target}`)).toEqual([
      'product:n1 product:n2',
      'product:n2 product:n3',
      'product:n3 product:n1',
    ]);
  });
});

describe('a neighbourhood', () => {
  // A path n000 — n001 — … — n005, and a hub n006 that hangs on n001 with the heaviest edge.
  const path: GraphSpec = {
    nodes: { product: 7 },
    edges: [
      [0, 1, 1],
      [1, 2, 2],
      [2, 3, 1],
      [3, 4, 1],
      [4, 5, 1],
      [1, 6, 9],
      [0, 2, 0.5],
    ],
  };
  const snapshot = smallGraph(path);
  const around = { type: 'product', id: 'n001' } as const;
  const rowsOf = (graph: ReturnType<typeof toGraphology>): number[] =>
    graph.mapNodes((_key, { id }) => Number(id.slice(1)));

  test.each([
    { depth: 0, expected: [1] },
    { depth: 1, expected: [0, 1, 2, 6] },
    { depth: 2, expected: [0, 1, 2, 3, 6] },
    { depth: 9, expected: [0, 1, 2, 3, 4, 5, 6] },
  ])('of depth $depth is $expected', ({ depth, expected }) => {
    const graph = toGraphology(snapshot, { around, depth });
    expect(rowsOf(graph)).toEqual(expected);
    expect(graph.getAttribute('truncated')).toBe(false);
  });

  test('holds all edges among its nodes, with the keys and weights they have in the whole', () => {
    const graph = toGraphology(snapshot, { around });
    const view = asGraphologyView(snapshot);
    expect(graph.size).toBe(4); // 0 — 1, 0 — 2, 1 — 2, 1 — 6
    graph.forEachEdge((edge, { weight }, source, target) => {
      expect(view.extremities(edge)).toEqual([source, target]);
      expect(view.getEdgeAttribute(edge, 'weight')).toBe(weight);
    });
  });

  test('of maxNodes nodes: the nearest, those on heavy edges first, and it says so', () => {
    const graph = toGraphology(snapshot, { around, depth: 3, maxNodes: 3 });
    expect(rowsOf(graph)).toEqual([1, 2, 6]);
    expect(graph.getAttribute('truncated')).toBe(true);
    const exact = toGraphology(snapshot, { around, depth: 1, maxNodes: 4 });
    expect(exact.getAttribute('truncated')).toBe(false);
  });

  test('of several nodes is the union', () => {
    const end = { type: 'product', id: 'n005' } as const;
    expect(rowsOf(toGraphology(snapshot, { around: [around, end] }))).toEqual([0, 1, 2, 4, 5, 6]);
  });

  test.each([
    { why: 'an unknown node', options: { around: { type: 'customer', id: 'n001' } }, code: 'NODE_UNKNOWN' },
    { why: 'half a step', options: { around, depth: 0.5 }, code: 'REQUEST_INVALID' },
    { why: 'no node at all', options: { around, maxNodes: 0 }, code: 'REQUEST_INVALID' },
    {
      why: 'more than maxNodes named',
      options: { around: [around, { type: 'product', id: 'n002' }], maxNodes: 1 },
      code: 'LIMIT_EXCEEDED',
    },
    { why: 'a whole graph above maxNodes', options: { maxNodes: 6 }, code: 'LIMIT_EXCEEDED' },
    { why: 'too few names', options: { names: [] }, code: 'REQUEST_INVALID' },
  ] as const)('$why: $code', ({ options, code }) => {
    expect(() => toGraphology(snapshot, options)).toThrow(refusal(code));
  });
});

test('more edges than graphology can hold are refused with the number, before any is copied', () => {
  const large = { ...smallGraph(KITE), arcCount: 2 * (2 ** 24 + 1) };
  expect(() => toGraphology(large)).toThrow(
    refusal('LIMIT_EXCEEDED', { field: 'edges', found: 16_777_217, limit: 16_777_216 }),
  );
});

test('names become attributes, where there are any', () => {
  const graph = toGraphology(smallGraph(KITE), { names: ['Oat drink', '', '', ''] });
  expect(graph.getNodeAttributes('product:n000')).toEqual({ type: 'product', id: 'n000', name: 'Oat drink' });
  expect(graph.getNodeAttributes('product:n001')).toEqual({ type: 'product', id: 'n001' });
});
