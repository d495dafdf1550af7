/** buildCsr on any edges: its invariants, and agreement with a map of pairs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isShelfwalkError } from '../../src/base/errors.ts';
import { findConnected, toDegrees, toPairCount } from '../../src/graph/arcs.ts';
import { findComponents } from '../../src/graph/components.ts';
import { buildCsr, EdgeList } from '../../src/graph/csr.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { type GraphSpec, smallGraph, toEdgeList } from './small-graph.ts';

/** Small and dense on purpose: parallel edges and isolated nodes turn up within a few runs. */
const graphs = fc.integer({ min: 2, max: 12 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    edges: fc.array(
      fc
        .tuple(fc.nat(n - 1), fc.nat(n - 1), fc.float({ min: Math.fround(0.01), max: 100, noNaN: true }))
        .filter(([a, b]) => a !== b),
      { maxLength: 40 },
    ),
  }),
);

test('a snapshot keeps its invariants', () => {
  fc.assert(
    fc.property(graphs, ({ n, edges }) => {
      const g = buildCsr(n, toEdgeList(edges));
      expect(g.offsets.length).toBe(n + 1);
      expect(g.offsets[0]).toBe(0);
      expect(g.offsets[n]).toBe(g.targets.length);
      expect(g.weights.length).toBe(g.targets.length);
      for (let v = 0; v < n; v++) {
        expect(g.offsets[v + 1]!).toBeGreaterThanOrEqual(g.offsets[v]!);
        for (let a = g.offsets[v]! + 1; a < g.offsets[v + 1]!; a++)
          expect(g.targets[a]).toBeGreaterThan(g.targets[a - 1]!);
      }
      expect(g.weights.every((w) => w > 0 && Number.isFinite(w))).toBe(true);
    }),
  );
});

test('every pair holds the sum of its edges, the same bits from both ends', () => {
  fc.assert(
    fc.property(graphs, ({ n, edges }) => {
      const sums = new Map<string, number>();
      for (const [a, b, w] of edges) {
        for (const key of [`${a}-${b}`, `${b}-${a}`]) sums.set(key, Math.fround((sums.get(key) ?? 0) + w));
      }
      const g = buildCsr(n, toEdgeList(edges));
      const found = new Map<string, number>();
      for (let v = 0; v < n; v++) {
        for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++)
          found.set(`${v}-${g.targets[a]}`, g.weights[a]!);
      }
      expect(found).toEqual(sums);
    }),
  );
});

test('the order of edges and of their ends makes no difference where pairs are distinct', () => {
  fc.assert(
    fc.property(graphs, fc.nat(), ({ n, edges }, shift) => {
      const distinct = [...new Map(edges.map((e) => [[e[0], e[1]].sort().join('-'), e])).values()];
      const turned = distinct
        .map(([a, b, w], i) => ((i + shift) % 2 ? ([b, a, w] as const) : ([a, b, w] as const)))
        .reverse();
      expect(buildCsr(n, toEdgeList(turned))).toEqual(buildCsr(n, toEdgeList(distinct)));
    }),
  );
});

describe.each([{ directed: false }, { directed: true }])(
  'components, directed: $directed',
  ({ directed }) => {
    const build = (n: number, edges: GraphSpec['edges']) =>
      buildCsr(n, directed ? toEdgeList([], n, edges) : toEdgeList(edges));

    test('two colours do if one of all colourings does', () => {
      fc.assert(
        fc.property(graphs, ({ n, edges }) => {
          const g = build(n, edges);
          let possible = false;
          for (let colours = 0; colours < 2 ** n && !possible; colours++) {
            possible = edges.every(([a, b]) => ((colours >> a) & 1) !== ((colours >> b) & 1));
          }
          expect(findComponents(g.offsets, g.targets).twoColourable).toBe(possible);
        }),
      );
    });

    test('two nodes have one root if edges lead from one to the other, whichever way they point', () => {
      fc.assert(
        fc.property(graphs, ({ n, edges }) => {
          const g = build(n, edges);
          const of = Array.from({ length: n }, (_, v) => v); // the least node that is joined
          for (let round = 0; round < n; round++) {
            for (const [a, b] of edges) of[a] = of[b] = Math.min(of[a]!, of[b]!);
          }
          const { roots } = findComponents(g.offsets, g.targets);
          for (let a = 0; a < n; a++) {
            for (let b = 0; b < n; b++) expect(roots[a] === roots[b]).toBe(of[a] === of[b]);
          }
        }),
      );
    });
  },
);

describe('arcs one way', () => {
  test('every arc holds the sum of its edges, and no other arc is there', () => {
    fc.assert(
      fc.property(graphs, graphs, ({ n, edges }, { edges: more }) => {
        const arcs = more.filter(([a, b]) => a < n && b < n);
        const sums = new Map<string, number>();
        const add = (a: number, b: number, w: number) =>
          sums.set(`${a}→${b}`, Math.fround((sums.get(`${a}→${b}`) ?? 0) + w));
        for (const [a, b, w] of edges) {
          add(a, b, w);
          add(b, a, w);
        }
        for (const [a, b, w] of arcs) add(a, b, w);
        const g = freezeSmall(n, edges, arcs);
        const found = new Map<string, number>();
        for (let v = 0; v < n; v++) {
          const row = g.targets.subarray(g.offsets[v]!, g.offsets[v + 1]!);
          expect([...row]).toEqual([...new Set(row)].sort((a, b) => a - b));
          row.forEach((x, i) => void found.set(`${v}→${x}`, g.weights[g.offsets[v]! + i]!));
        }
        expect(found).toEqual(sums);
        const isSame = [...sums].every(([arc, w]) => sums.get(arc.split('→').reverse().join('→')) === w);
        expect(g.symmetric).toBe(isSame);
      }),
    );
  });

  test('degrees count neighbours either way; connected is who has one', () => {
    fc.assert(
      fc.property(graphs, ({ n, edges }) => {
        const g = freezeSmall(n, edges.slice(0, 3), edges.slice(3));
        const neighbours = Array.from({ length: n }, () => new Set<number>());
        for (const [a, b] of edges) {
          neighbours[a]!.add(b);
          neighbours[b]!.add(a);
        }
        const degrees = toDegrees(g);
        expect([...degrees]).toEqual(neighbours.map((set) => set.size));
        expect([...findConnected(g)]).toEqual(neighbours.map((set) => +(set.size > 0)));
        expect(toPairCount(degrees)).toBe(new Set(edges.map(([a, b]) => [a, b].sort().join('-'))).size);
      }),
    );
  });

  test('both ways of one weight are an edge', () => {
    const both = freezeSmall(
      2,
      [],
      [
        [0, 1, 2],
        [1, 0, 2],
      ],
    ); // prettier-ignore
    const edge = freezeSmall(2, [[0, 1, 2]], []);
    expect(both).toEqual(edge);
    expect(
      freezeSmall(
        2,
        [],
        [
          [0, 1, 2],
          [1, 0, 3],
        ],
      ).symmetric,
    ).toBe(false); // prettier-ignore
  });
});

const freezeSmall = (product: number, edges: GraphSpec['edges'], arcs: GraphSpec['edges']): Snapshot =>
  smallGraph({ nodes: { product }, edges, arcs });

describe('refusals name the edge', () => {
  test.each([
    {
      why: 'an end that is no row',
      edges: [
        [0, 1],
        [1, 3],
      ],
      code: 'GRAPH_EDGE_INVALID',
      details: { edge: 1, to: 3 },
    },
    { why: 'a loop', edges: [[2, 2]], code: 'GRAPH_EDGE_INVALID', details: { edge: 0, from: 2, to: 2 } },
    {
      why: 'weight zero',
      edges: [[0, 1, 0]],
      code: 'GRAPH_WEIGHT_INVALID',
      details: { edge: 0, found: '0' },
    },
    { why: 'a negative weight', edges: [[0, 1, -1]], code: 'GRAPH_WEIGHT_INVALID', details: { found: '-1' } },
    { why: 'NaN', edges: [[0, 1, Number.NaN]], code: 'GRAPH_WEIGHT_INVALID', details: { found: 'NaN' } },
    {
      why: 'infinity',
      edges: [[0, 1, Infinity]],
      code: 'GRAPH_WEIGHT_INVALID',
      details: { found: 'Infinity' },
    },
    {
      why: 'a sum that overflows',
      edges: [
        [0, 1, 3e38],
        [1, 0, 3e38],
      ],
      code: 'GRAPH_WEIGHT_INVALID',
      details: { from: 0, to: 1 },
    },
  ] as const)('$why: $code', ({ edges, code, details }) => {
    let error: unknown;
    try {
      buildCsr(3, toEdgeList(edges));
    } catch (thrown) {
      error = thrown;
    }
    if (!isShelfwalkError(error)) throw new Error('buildCsr took it', { cause: error });
    expect(error.code).toBe(code);
    expect(error.details).toMatchObject(details);
  });
});

describe('EdgeList', () => {
  test('grows past its first room and keeps what it has', () => {
    const list = new EdgeList();
    const all = { type: 'product', start: 0, end: 10_000 } as const;
    for (let chunk = 0; chunk < 4; chunk++) {
      const rows = Uint32Array.from({ length: 900 }, (_, i) => chunk * 900 + i);
      list.append(
        { count: 900, from: rows, to: rows.map((v) => v + 1), weight: new Float32Array(900).fill(chunk + 1) },
        all,
        all,
      );
    }
    expect(list.count).toBe(3600);
    for (let i = 0; i < list.count; i++) {
      if (list.from[i] !== i || list.to[i] !== i + 1 || list.weight[i] !== Math.floor(i / 900) + 1)
        throw new Error(`edge ${i}`);
    }
  });

  test('refuses a position beyond its type, which would be a node of the next one', () => {
    const customers = { type: 'customer', start: 0, end: 2 } as const;
    const products = { type: 'product', start: 2, end: 5 } as const;
    const edge = (from: number, to: number) => ({
      count: 1,
      from: Uint32Array.of(from),
      to: Uint32Array.of(to),
      weight: Float32Array.of(1),
    });
    const list = new EdgeList();
    list.append(edge(1, 2), customers, products);
    expect([list.from[0], list.to[0]]).toEqual([1, 4]);
    expect(() => list.append(edge(2, 0), customers, products)).toThrow(
      expect.objectContaining({ code: 'GRAPH_EDGE_INVALID' }),
    );
    expect(() => list.append(edge(0, 3), customers, products)).toThrow(
      expect.objectContaining({ code: 'GRAPH_EDGE_INVALID' }),
    );
  });
});
