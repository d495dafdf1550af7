/** The kernel's random numbers against BigInt arithmetic: one stream, one permutation, everywhere. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRng } from '../../src/base/rng.ts';
import { initialVector } from '../../src/kernel/reference.ts';
import { keyHashOf, openStream, permute } from '../../src/kernel/reference-random.ts';
import { smallGraph } from '../graph/small-graph.ts';
import { createHost, createTrainRig, type KernelHost } from './rig.ts';

let host: KernelHost;
beforeAll(async () => {
  host = await createHost();
});

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test('SplitMix64 gives the numbers of its authors’ program', () => {
  // splitmix64.c (Vigna), seed 1234567.
  const { nextU64 } = createRng(1234567);
  expect([nextU64(), nextU64(), nextU64(), nextU64(), nextU64()]).toEqual([
    6457827717110365317n,
    3203168211198807973n,
    9817491932198370423n,
    4593380528125082431n,
    16408922859458223821n,
  ]);
});

describe('permute', () => {
  test('is the reference’s, for any n and key', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }), fc.nat(), u64, (n, at, key) => {
        const i = at % n;
        expect(host.kernel.permute(i, n, key) >>> 0).toBe(permute(i, n, key));
      }),
      { numRuns: 300 },
    );
  });

  test('visits each of n exactly once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), u64, (n, key) => {
        const seen = Array.from({ length: n }, (_, i) => host.kernel.permute(i, n, key) >>> 0);
        expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
      { numRuns: 60 },
    );
  });

  test('gives another order for another key', () => {
    const order = (key: bigint): number[] =>
      Array.from({ length: 100 }, (_, i) => host.kernel.permute(i, 100, key));
    expect(order(1n)).not.toEqual(order(2n));
  });
});

test('first vectors are those of the reference, keyed by the node and not by its row', () => {
  const spec = {
    nodes: { customer: 2, product: 3 },
    edges: [
      [0, 2],
      [0, 3],
      [1, 4],
    ],
  } as const; // prettier-ignore
  const rig = createTrainRig(host, smallGraph(spec, host.memory));
  rig.run('init');
  for (let v = 0; v < rig.g.nodeCount; v++) {
    const { dimension, seed } = rig.layout.params;
    const wanted = initialVector(seed, keyHashOf(rig.g.keyHashes, v), dimension);
    expect(rig.vector(v).subarray(0, dimension)).toEqual(wanted);
    expect(Math.max(...wanted.map(Math.abs))).toBeLessThanOrEqual(1 / dimension);
    expect(rig.context(v).every((x) => x === 0)).toBe(true);
  }
  const more = createTrainRig(
    host,
    smallGraph(
      {
        nodes: { customer: ['n000', 'n000b', 'n001'], product: 3 },
        edges: [
          [0, 3],
          [2, 4],
        ],
      },
      host.memory,
    ),
  );
  more.run('init');
  expect(more.vector(2)).toEqual(rig.vector(1)); // customer n001, a row further down
});

test('streams of another seed, node, pass or purpose are others', () => {
  const first = (...args: Parameters<typeof openStream>): bigint => openStream(...args).nextU64();
  const drawn = [
    first(1n, 5n, 0, 0),
    first(2n, 5n, 0, 0),
    first(1n, 6n, 0, 0),
    first(1n, 5n, 1, 0),
    first(1n, 5n, 0, 1),
    first(1n, 5n, 0, 2),
  ];
  expect(new Set(drawn).size).toBe(drawn.length);
});
