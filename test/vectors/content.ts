import { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import type { NodeTable, TrainedGraph, VersionContent } from '../../src/vectors/types.ts';

/** Ids that a careless store would change: leading zeros, slashes, quotes, spaces, emoji, a NUL, path tricks. */
export const ODD_IDS = [
  '',
  '01111',
  '\ufeffmark', // a byte order mark that is part of the id
  '1111',
  'a/b',
  '../../etc/passwd',
  ' x ',
  '"q"',
  "it's",
  '🧦',
  '🧑‍🚀',
  'ü',
  'u\u0308',
  '\0',
  'null',
  'ﷺ',
  '漢字\n',
];

export function buildNodes(customers: number, products: number, attributes = 0): NodeTable {
  const count = customers + products + attributes;
  const ids = Array.from({ length: count }, (_, i) => ODD_IDS[i] ?? `id-${i}`);
  return {
    count,
    ranges: [
      { type: 'customer', start: 0, end: customers },
      { type: 'product', start: customers, end: customers + products },
      { type: 'attribute', start: customers + products, end: count },
    ],
    ids,
    names: ids.map((id, i) => (i % 3 === 0 ? '' : `Name of ${id}`)),
    degrees: Uint32Array.from(ids, (_, i) => (i === 1 ? 0x7fffffff : i)),
  };
}

export function buildMatrix(rows: number, cols: number, { seed = 1, stride = cols } = {}): Matrix {
  const random = createRandom(seed);
  return new Matrix(
    Float32Array.from({ length: rows * stride }, () => random() - 0.5),
    rows,
    cols,
    stride,
  );
}

/** A ring: two arcs a node. */
export function buildGraph(count: number, seed = 1): TrainedGraph {
  const nodes = Array.from({ length: count }, (_, v) => v);
  return {
    offsets: Uint32Array.from({ length: count + 1 }, (_, v) => 2 * v),
    targets: Uint32Array.from(nodes.flatMap((v) => [(v + count - seed) % count, (v + seed) % count])),
    weights: Float32Array.from(nodes.flatMap((v) => [0.5, v + seed])),
    visits: Uint32Array.from(nodes, (v) => 10 * v + seed),
    pending: Float32Array.from(nodes, (v) => (v * seed) / 100),
  };
}

/** 30 nodes × 8, rows padded to 12 as the kernel would; `seed` makes versions differ. */
export function buildContent(seed = 1): VersionContent {
  return {
    nodes: buildNodes(10, 15, 5),
    vectors: buildMatrix(30, 8, { seed, stride: 12 }),
    contexts: buildMatrix(30, 8, { seed: seed + 1000 }),
    graph: buildGraph(30, seed),
    report: { seed, nested: { list: [1, 'two', null], text: 'naïve 🧦' } },
  };
}

export const FACTS = {
  spaceId: 's1',
  configuration: { walk: { walkLength: 40 } },
  metrics: { 'recall@20': 0.125 },
};

/** The values of a matrix as bytes, padding left out: bit-equality, NaN payloads and −0 included. */
export function toBytes(m: Matrix): Buffer {
  return Buffer.concat(
    Array.from({ length: m.rows }, (_, i) => Buffer.from(Float32Array.from(m.row(i)).buffer)),
  );
}
