/** Training in memory: the same vectors as the pieces below it give, named by the caller's own keys. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { UndirectedGraph } from 'graphology';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { toGraphology } from '../../src/graph/graphology-export.ts';
import { asGraphologyView } from '../../src/graph/graphology-view.ts';
import { copySnapshot } from '../../src/graph/snapshot-copy.ts';
import { createKernelMemory } from '../../src/kernel/memory.ts';
import { type GraphRunInput, graphRunSchema } from '../../src/pipeline/config.ts';
import { toTrainParams, toWalkParams } from '../../src/pipeline/run-params.ts';
import { trainOnGraph } from '../../src/pipeline/train-graph.ts';
import { trainEmbeddings } from '../../src/train/trainer.ts';
import { plantedGraph } from '../graph/planted-graph.ts';
import { KITE, smallGraph } from '../graph/small-graph.ts';

const SMALL: GraphRunInput = {
  walk: { walkLength: 12, walksPerNode: 10 },
  train: { embeddingDimension: 12, concurrency: 1, randomSeed: 7 },
};
const BLOCKS = plantedGraph({ blocks: 3, nodes: 24, insideShare: 0.9, degree: 6 });

describe('the vectors', () => {
  test('deepwalk is node2vec with p = q = 1 and no policy, bit for bit', async () => {
    const snapshot = smallGraph(BLOCKS);
    const { train, walk } = SMALL;
    const plain = { train, walk: { ...walk, returnFactor: 1, inOutFactor: 1, typePolicy: {} } };
    const expected = (await trainOnGraph(snapshot, plain)).vectors;
    const settings: GraphRunInput = { walk, train: { ...train, algorithm: 'deepwalk' } };
    expect((await trainOnGraph(snapshot, settings)).vectors).toEqual(expected);
  });

  test('are those of the trainer below, whichever way the graph comes', async () => {
    const snapshot = smallGraph(BLOCKS);
    const run = graphRunSchema.parse(SMALL);
    const memory = createKernelMemory(2 ** 28);
    const expected = await trainEmbeddings(copySnapshot(snapshot, memory), memory, {
      walk: toWalkParams(run),
      train: toTrainParams(run),
      startTypes: run.walk.startTypes,
    });
    for (const graph of [snapshot, toGraphology(snapshot), asGraphologyView(snapshot)]) {
      const model = await trainOnGraph(graph, SMALL);
      expect(model.keys).toEqual(asGraphologyView(snapshot).nodes());
      for (const [row, key] of model.keys.entries()) {
        expect(model.vector(key)).toEqual(Float32Array.from(expected.vectors.row(row)));
        expect(model.context(key)).toEqual(Float32Array.from(expected.contexts.row(row)));
      }
      expect(model.training).toMatchObject({
        nodeCount: 72,
        relationshipCount: snapshot.arcCount / 2,
        isolatedCount: 0,
        pairs: expected.pairs,
      });
    }
  });

  test('are plain arrays of just their size, and the graph that was given is as it was', async () => {
    const snapshot = smallGraph(BLOCKS);
    const before = structuredClone(snapshot);
    const { vectors, contexts, dimension } = await trainOnGraph(snapshot, SMALL);
    expect(dimension).toBe(12);
    for (const { data } of [vectors, contexts]) {
      expect(data.buffer).toBeInstanceOf(ArrayBuffer);
      expect(data.buffer.byteLength).toBe(72 * 12 * 4);
    }
    expect(snapshot).toEqual(before);
  });

  test('keep nothing of the training’s memory alive', async () => {
    const program = fileURLToPath(new URL('kept-memory.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      program,
      JSON.stringify(SMALL),
    ]);
    expect(JSON.parse(stdout)).toEqual({ made: 1, left: 0, cells: 3 * 12 });
  });
});

describe('neighbours', () => {
  test('of a planted block are of that block', async () => {
    const model = await trainOnGraph(smallGraph(BLOCKS), {
      ...SMALL,
      walk: { ...SMALL.walk, walksPerNode: 40 },
    });
    let inside = 0;
    for (const [row, key] of model.keys.entries()) {
      const found = await model.neighbors(key, { limit: 10 });
      const blockOf = (id: string): number => Math.floor(Number(id.slice(1)) / 24);
      inside += found.filter(({ id }) => blockOf(id) === Math.floor(row / 24)).length;
    }
    // 23 of the 71 others are in the block: chance gives .32. Seed and one thread make this one number.
    expect(inside / (72 * 10)).toBeGreaterThan(0.85);
    await model.close();
  });

  test('are those of plain cosines, within a type, without the node and what is excluded', async () => {
    const random = createRandom(3);
    const graph = new UndirectedGraph();
    for (let i = 0; i < 12; i++) graph.addNode(`c${i}`, { type: 'customer' });
    for (let i = 0; i < 8; i++) graph.addNode(`p${i}`);
    for (let i = 0; i < 60; i++) {
      graph.mergeEdge(`c${Math.floor(random() * 12)}`, `p${Math.floor(random() * 8)}`);
    }
    const model = await trainOnGraph(graph, SMALL);
    const cosine = (a: string, b: string): number => {
      const [x, y] = [model.vector(a), model.vector(b)];
      const dot = x.reduce((sum, value, i) => sum + value * y[i]!, 0);
      return dot / (Math.hypot(...x) * Math.hypot(...y));
    };
    const products = graph.filterNodes((key) => key.startsWith('p'));
    const expected = products
      .filter((key) => key !== 'p3')
      .map((key) => ({ key, score: cosine('c0', key) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, 4);
    const found = await model.neighbors(
      { type: 'customer', id: 'c0' },
      {
        targetType: 'product',
        limit: 4,
        exclude: ['p3', 'nobody'],
      },
    );
    expect(found.map(({ key }) => key)).toEqual(expected.map(({ key }) => key));
    for (const [i, { key, type, id, score }] of found.entries()) {
      expect({ type, id }).toEqual({ type: 'product', id: key });
      expect(score).toBeCloseTo(expected[i]!.score, 5);
    }
    const own = await model.neighbors('p0');
    expect(own.map(({ key }) => key).sort()).toEqual(products.filter((key) => key !== 'p0'));
    await model.close();
    await expect(model.neighbors('p0')).rejects.toMatchObject({ code: 'INDEX_CLOSED' });
    expect(model.vector('p0')).toHaveLength(12);
  });
});

describe('names', () => {
  test('are the graph’s own keys, or type and id', async () => {
    const graph = new UndirectedGraph();
    for (const key of ['alice', 'product:01111', 'lonely']) graph.addNode(key);
    graph.addEdge('alice', 'product:01111');
    const model = await trainOnGraph(graph, SMALL);
    expect(model.vector('alice')).toEqual(model.vector({ type: 'product', id: 'alice' }));
    expect(model.vector('product:01111')).toEqual(model.vector({ type: 'product', id: '01111' }));
    expect([model.has('product:alice'), model.has('01111')]).toEqual([false, false]);
    expect(() => model.vector('product:alice')).toThrow(expect.objectContaining({ code: 'NODE_UNKNOWN' }));
    expect(() => model.vector('lonely')).toThrow(
      expect.objectContaining({
        code: 'NODE_NOT_EMBEDDED',
        details: expect.objectContaining({ node: 'lonely' }),
      }),
    );
    await expect(model.neighbors('alice', { targetType: 'brand' as never })).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      details: { field: 'targetType' },
    });
  });
});

describe('settings are those of a run, and refused by name', () => {
  test.each([
    {
      why: 'a wrong value',
      run: { train: { embeddingDimension: 1 } },
      field: 'train.embeddingDimension',
      found: '1',
    },
    {
      why: 'another kind of value',
      run: { walk: { walkLength: 'long' } },
      field: 'walk.walkLength',
      found: 'long',
    },
    { why: 'NaN', run: { walk: { returnFactor: Number.NaN } }, field: 'walk.returnFactor', found: 'NaN' },
    { why: 'a setting that does not exist', run: { train: { dimensions: 64 } }, field: 'train.dimensions' },
    { why: 'a section of catalogs', run: { graph: {} }, field: 'graph' },
    {
      why: 'two that contradict',
      run: { train: { initialLearningRate: 0.01, minLearningRate: 0.1 } },
      field: 'train.minLearningRate',
      found: '0.1',
    },
    {
      why: 'shared negatives of cbow, which has one input per window',
      run: { train: { objective: 'cbow', negativesSharedBy: 9 } },
      field: 'train.negativesSharedBy',
      found: '9',
    },
    {
      why: 'an algorithm that needs sentences',
      run: { train: { algorithm: 'item2vec' } },
      field: 'train.algorithm',
      found: 'item2vec',
    },
    {
      why: 'p of deepwalk',
      run: { train: { algorithm: 'deepwalk' }, walk: { returnFactor: 2 } },
      field: 'walk.returnFactor',
      found: '2',
    },
    { why: 'no object at all', run: null, field: '', found: 'null' },
  ])('$why', async ({ run, field, found }) => {
    await expect(trainOnGraph(smallGraph(KITE), run as GraphRunInput)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: found === undefined ? { field } : { field, found },
    });
  });

  test('what is no graph is refused', async () => {
    for (const graph of [undefined, null, {}, 'a graph']) {
      await expect(trainOnGraph(graph as never)).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
        details: { field: 'graph' },
      });
    }
  });

  test('a graph without edges, or above the memory allowed, is refused', async () => {
    const empty = smallGraph({ nodes: { product: 3 }, edges: [] });
    await expect(trainOnGraph(empty, SMALL)).rejects.toMatchObject({ code: 'GRAPH_EMPTY' });
    const large = { train: { ...SMALL.train, embeddingDimension: 1024, concurrency: 64, maxMemoryMiB: 16 } };
    const many = smallGraph({ nodes: { product: 3000 }, edges: [[0, 1]] });
    await expect(trainOnGraph(many, large)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });
});

describe('a training under way', () => {
  test('says how far it is', async () => {
    const stages = new Map<string, number>();
    const { training } = await trainOnGraph(smallGraph(BLOCKS), SMALL, {
      onProgress: ({ stage, done, total }) => {
        expect(done).toBeLessThanOrEqual(total!);
        stages.set(stage, done);
      },
    });
    expect([...stages]).toEqual([['walk + train', training.walks]]);
  });

  test('stops when asked: before it begins, and in the middle', async () => {
    await expect(
      trainOnGraph(smallGraph(BLOCKS), SMALL, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'ABORTED' });
    const controller = new AbortController();
    const long = { ...SMALL, walk: { walkLength: 1000, walksPerNode: 1000 } };
    const training = trainOnGraph(smallGraph(BLOCKS), long, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(training).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
  });
});

describe('warnings', () => {
  const typed = smallGraph({
    nodes: { customer: 1, product: 2, attribute: 1 },
    edges: [
      [0, 1], // customer — product
      [1, 2], // product — product, next to a customer: the policy below never goes there
      [2, 3], // product — attribute
    ],
  });

  test('name the edges that the policy gives no share', async () => {
    const typePolicy = { product: { customer: 0.8, attribute: 0.2 } };
    const { warnings } = await trainOnGraph(typed, { ...SMALL, walk: { ...SMALL.walk, typePolicy } });
    // Row 1 has a customer and row 2 an attribute, which both have a share: one arc each way is dead.
    expect(warnings).toEqual([expect.stringMatching(/^2 arcs from products to products are never walked/)]);
  });

  test('there are none by default: the policy has a share for every type of neighbour here', async () => {
    expect((await trainOnGraph(typed, SMALL)).warnings).toEqual([]);
  });

  test('there are none where all arcs are weighed alike, or no other way is open', async () => {
    const alike = await trainOnGraph(typed, { ...SMALL, walk: { ...SMALL.walk, typePolicy: {} } });
    expect(alike.warnings).toEqual([]);
    expect((await trainOnGraph(smallGraph(KITE), SMALL)).warnings).toEqual([]);
  });
});
