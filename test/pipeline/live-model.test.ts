/** The live model against the obvious arithmetic, and its swaps against queries in flight. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type ErrorCode, ShelfwalkError } from '../../src/base/errors.ts';
import { toNorm } from '../../src/base/matrix.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import type { LiveModel } from '../../src/pipeline/live-types.ts';
import {
  type FakeShop,
  fakeIndexes,
  fakeShop,
  fakeVersion,
  IDS,
  type IndexControl,
  NASTY_IDS,
  SEEN,
  silent,
} from '../serve/fakes.ts';

let shop: FakeShop;
let live: LiveModel;
let control: IndexControl;

beforeEach(async () => {
  shop = await fakeShop();
  const indexes = fakeIndexes();
  control = indexes.control;
  live = await createLiveModel(shop.workspace, {
    alias: 'prod',
    log: silent,
    createIndex: indexes.createIndex,
  });
});

const V1 = fakeVersion('v1');
const rowOf = (type: 'customer' | 'product' | 'attribute', id: string) =>
  V1.nodes.ranges.find((r) => r.type === type)!.start + IDS[type].indexOf(id);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, x, i) => sum + x * b[i], 0);
const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) => dot(a, b) / toNorm(a) / toNorm(b);
const refused = (code: ErrorCode, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

describe('neighbors', () => {
  test('are ordered by cosine of input vectors, without the node itself', async () => {
    const { results, metric, model } = await live.neighbors({ type: 'product', id: 'lamp' }, { limit: 1000 });
    expect(metric).toBe('cosine');
    expect(model).toEqual({ alias: 'prod', version: 'v1', spaceId: 's1' });
    expect(results.map((r) => r.id).sort()).toEqual(
      IDS.product.filter((id) => id !== 'lamp' && id !== 'lonely').sort(),
    );
    const query = V1.vectors.row(rowOf('product', 'lamp'));
    for (const [i, hit] of results.entries()) {
      expect(hit.score).toBeCloseTo(cosine(query, V1.vectors.row(rowOf('product', hit.id))), 6);
      expect(hit.name).toBe(`name of ${hit.id}`);
      if (i > 0) expect(hit.score).toBeLessThanOrEqual(results[i - 1].score);
    }
  });

  test('across types compare input vectors, and a node of the same id in the other type may appear', async () => {
    const { results } = await live.neighbors(
      { type: 'product', id: 'a b' },
      { limit: 1000, targetType: 'customer' },
    );
    expect(results.every((r) => r.type === 'customer')).toBe(true);
    expect(results.map((r) => r.id)).toContain('a b');
    const query = V1.vectors.row(rowOf('product', 'a b'));
    expect(results[0].score).toBeCloseTo(cosine(query, V1.vectors.row(rowOf('customer', results[0].id))), 6);
  });

  test('excluded ids leave room for others; unknown ones are warned about', async () => {
    const all = await live.neighbors({ type: 'product', id: 'lamp' }, { limit: 5 });
    const exclude = [all.results[0].id, 'no such id'];
    const { results, warnings } = await live.neighbors(
      { type: 'product', id: 'lamp' },
      { limit: 4, exclude },
    );
    expect(results.map((r) => r.id)).toEqual(all.results.slice(1).map((r) => r.id));
    expect(warnings).toEqual(['1 of the ids to exclude are not in this version']);
  });

  test('carry attributes on request', async () => {
    const { results } = await live.neighbors(
      { type: 'product', id: 'lamp' },
      { limit: 2, withAttributes: true },
    );
    expect(results[0].attributes).toEqual([{ kind: 'aisle', value: '24', name: 'Lamps' }]);
    const attributes = await live.neighbors(
      { type: 'product', id: 'lamp' },
      { limit: 2, targetType: 'attribute', withAttributes: true },
    );
    expect(attributes.results[0]).not.toHaveProperty('attributes');
  });

  test.each([...NASTY_IDS])('finds %j byte for byte', async (id) => {
    const { results } = await live.neighbors({ type: 'product', id }, { limit: 1000 });
    expect(results).toHaveLength(IDS.product.length - 2);
    expect(results.map((r) => r.id)).not.toContain(id);
  });
});

describe('recommend', () => {
  test('scores the mean of what was seen, recent first, with context vectors, without what was seen', async () => {
    const { results, metric } = await live.recommend('ada', { limit: 1000, exclude: 'seen' });
    expect(metric).toBe('dot');
    expect(results.map((r) => r.id).sort()).toEqual(
      IDS.product.filter((id) => id !== 'lonely' && !SEEN.ada.includes(id)).sort(),
    );
    const weights = SEEN.ada.map((_, age) => 0.6 ** age); // the fake's ages are positions
    const total = weights.reduce((a, b) => a + b);
    const query = Array.from({ length: V1.vectors.cols }, (_, k) =>
      SEEN.ada.reduce(
        (sum, id, i) => sum + (V1.vectors.row(rowOf('product', id))[k]! * weights[i]!) / total,
        0,
      ),
    );
    for (const hit of results)
      expect(hit.score).toBeCloseTo(dot(query, V1.contexts!.row(rowOf('product', hit.id))), 6);
  });

  test('exclude none brings the seen ones back', async () => {
    const { results } = await live.recommend('ada', { limit: 1000, exclude: 'none' });
    expect(results.map((r) => r.id)).toEqual(expect.arrayContaining([...SEEN.ada]));
  });

  test('nothing seen that has a vector: the own vector answers, and the reply says so', async () => {
    const { results, warnings } = await live.recommend('bob', { limit: 3, exclude: 'seen' });
    const own = V1.vectors.row(rowOf('customer', 'bob'));
    for (const hit of results)
      expect(hit.score).toBeCloseTo(dot(own, V1.contexts!.row(rowOf('product', hit.id))), 6);
    expect(warnings).toEqual([expect.stringContaining('answered from the traits')]);
  });
});

describe('query', () => {
  test('one ref is the neighbours of that ref', async () => {
    const ref = { type: 'product', id: 'sku/7' } as const;
    const [byRef, byPath] = [
      await live.query({ refs: [ref], limit: 5 }),
      await live.neighbors(ref, { limit: 5 }),
    ];
    expect(byRef.results.map((r) => r.id)).toEqual(byPath.results.map((r) => r.id));
  });

  test('several refs are averaged as unit vectors and none is returned', async () => {
    const refs = (['lamp', 'shelf'] as const).map((id) => ({ type: 'product' as const, id }));
    const { results } = await live.query({ refs, limit: 1000 });
    const [a, b] = refs.map((r) => V1.vectors.row(rowOf('product', r.id)));
    const mean = Array.from(a, (x, i) => x / toNorm(a) + b[i] / toNorm(b));
    expect(results.map((r) => r.id)).not.toContain('lamp');
    expect(results.map((r) => r.id)).not.toContain('shelf');
    expect(results[0].score).toBeCloseTo(cosine(mean, V1.vectors.row(rowOf('product', results[0].id))), 6);
  });

  test.each([1, 1e-300, 1e300])('a raw vector scaled by %d asks the same', async (scale) => {
    const vector = Array.from(V1.vectors.row(rowOf('product', 'lamp')), (x) => x * scale);
    const { results } = await live.query({ vector, targetType: 'product', limit: 1 });
    expect(results[0].id).toBe('lamp');
    expect(results[0].score).toBeCloseTo(1, 5);
  });

  test.each<[string, number[], ErrorCode]>([
    ['too short', [1, 2, 3], 'REQUEST_INVALID'],
    ['too long', Array(9).fill(1), 'REQUEST_INVALID'],
    ['all zeros', Array(8).fill(0), 'VECTOR_INVALID'],
    ['NaN', [Number.NaN, ...Array(7).fill(1)], 'VECTOR_INVALID'],
    ['infinite', [Number.POSITIVE_INFINITY, ...Array(7).fill(1)], 'VECTOR_INVALID'],
  ])('refuses a vector that is %s', async (_why, vector, code) => {
    await expect(live.query({ vector, targetType: 'product', limit: 1 })).rejects.toEqual(
      refused(code, { field: 'query.nearest.vector' }),
    );
    expect(control.searches).toBe(0);
  });

  test('needs a target type where none can be told', async () => {
    const mixed = [
      { type: 'product', id: 'lamp' },
      { type: 'customer', id: 'ada' },
    ] as const;
    await expect(live.query({ refs: mixed, limit: 1 })).rejects.toEqual(
      refused('REQUEST_UNPROCESSABLE', { field: 'targetType' }),
    );
    await expect(live.query({ vector: Array(8).fill(1), limit: 1 })).rejects.toEqual(
      refused('REQUEST_UNPROCESSABLE'),
    );
    await expect(live.query({ refs: mixed, limit: 1, targetType: 'product' })).resolves.toHaveProperty(
      'results.length',
      1,
    );
  });
});

describe('a node without a vector has a stated reason', () => {
  test('isolated', async () => {
    const reason = 'no interactions, no attributes and no other edges when version v1 was trained';
    await expect(live.neighbors({ type: 'product', id: 'lonely' }, { limit: 1 })).rejects.toEqual(
      refused('NODE_NOT_EMBEDDED', { reason }),
    );
    await expect(live.recommend('lonely', { limit: 1, exclude: 'seen' })).rejects.toEqual(
      refused('NODE_NOT_EMBEDDED', { reason }),
    );
    expect(await live.embeddingState({ type: 'product', id: 'lonely' })).toEqual({
      embedded: false,
      reason,
      model: { alias: 'prod', version: 'v1', spaceId: 's1' },
    });
  });

  test('newer than the version', async () => {
    const reason = 'added after version v1 was trained, and touches nothing that has a vector in it';
    await expect(live.embedding({ type: 'customer', id: 'late' })).rejects.toEqual(
      refused('NODE_NOT_EMBEDDED', { reason }),
    );
  });

  test('of a type the version was trained without', async () => {
    const { workspace } = await fakeShop();
    workspace.versions.load = async () => fakeVersion('v1', { ids: { ...IDS, attribute: [] } });
    const bare = await createLiveModel(workspace, {
      alias: 'prod',
      log: silent,
      createIndex: fakeIndexes().createIndex,
    });
    await expect(bare.embedding({ type: 'attribute', id: 'aisle/24' })).rejects.toEqual(
      refused('NODE_NOT_EMBEDDED', { reason: 'version v1 was trained without attribute nodes' }),
    );
  });

  test('unknown to the catalog', async () => {
    await expect(live.neighbors({ type: 'product', id: 'ada' }, { limit: 1 })).rejects.toEqual(
      refused('NODE_UNKNOWN', { id: 'ada' }),
    );
    await expect(live.query({ refs: [{ type: 'product', id: 'nope' }], limit: 1 })).rejects.toEqual(
      refused('NODE_UNKNOWN'),
    );
  });
});

test('a version whose second index cannot be made leaves the first one closed', async () => {
  const { workspace } = await fakeShop();
  const indexes = fakeIndexes();
  const failing = createLiveModel(workspace, {
    alias: 'prod',
    log: silent,
    createIndex: (matrix, options) => {
      if (options.metric === 'dot') throw new ShelfwalkError('SEARCH_FAILED');
      return indexes.createIndex(matrix, options);
    },
  });
  await expect(failing).rejects.toEqual(refused('SEARCH_FAILED'));
  expect(indexes.control.closed).toBe(1);
});

test('embedding returns both vectors, exact in f32', async () => {
  const { vector, context, dimension } = await live.embedding({ type: 'attribute', id: 'aisle/a/b' });
  const row = rowOf('attribute', 'aisle/a/b');
  expect(dimension).toBe(8);
  expect(Float32Array.from(vector)).toEqual(V1.vectors.row(row).slice());
  expect(Float32Array.from(context!)).toEqual(V1.contexts!.row(row).slice());
});

describe('swapping', () => {
  test('reload follows the alias; a query in flight ends on the version it began with, which is then closed', async () => {
    let release = () => {};
    control.hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    const inFlight = live.neighbors({ type: 'product', id: 'lamp' }, { limit: 3 });
    await new Promise(setImmediate);
    expect(control.searches).toBe(1);
    shop.aliases.prod = 'v2';
    expect(await live.reload()).toEqual({ changed: true });
    expect(live.info()?.version).toBe('v2');
    const after = live.neighbors({ type: 'product', id: 'lamp' }, { limit: 3 });
    await new Promise(setImmediate);
    expect(control.closed).toBe(0);
    release();
    expect((await inFlight).model.version).toBe('v1');
    expect((await after).model.version).toBe('v2');
    await live.close();
    expect(control.closed).toBe(4);
  });

  test('reload without a move loads nothing', async () => {
    shop.corrupt.add('v1'); // loading it would now fail
    expect(await live.reload()).toEqual({ changed: false });
  });

  test('promote moves the served alias and serves it; another alias leaves the served one alone', async () => {
    expect(await live.promote('staging', 'v3')).toEqual({ previous: undefined });
    expect(live.info()?.version).toBe('v1');
    expect(await live.promote('prod', 'v2')).toEqual({ previous: 'v1' });
    expect(live.info()?.version).toBe('v2');
    expect(shop.aliases).toEqual({ prod: 'v2', staging: 'v3' });
  });

  test.each<[string, string, string | undefined, ErrorCode]>([
    ['damaged', 'v2', undefined, 'VERSION_CORRUPT'],
    ['unknown', 'v9', undefined, 'VERSION_UNKNOWN'],
    ['expected elsewhere', 'v3', 'v2', 'ALIAS_MOVED'],
  ])('promote to a version that is %s moves nothing', async (_why, version, expected, code) => {
    shop.corrupt.add('v2');
    await expect(live.promote('prod', version, expected)).rejects.toEqual(refused(code));
    expect(shop.aliases.prod).toBe('v1');
    expect(live.info()?.version).toBe('v1');
    await expect(live.neighbors({ type: 'product', id: 'lamp' }, { limit: 1 })).resolves.toBeDefined();
  });

  test('two promotions at once with the same expectation: one wins', async () => {
    const both = await Promise.allSettled([
      live.promote('prod', 'v2', 'v1'),
      live.promote('prod', 'v3', 'v1'),
    ]);
    expect(both.map((b) => b.status)).toEqual(['fulfilled', 'rejected']);
    expect(live.info()?.version).toBe('v2');
  });

  test('before the first training every query is NO_MODEL, after it there is one', async () => {
    const { workspace, aliases } = await fakeShop({ aliases: {} });
    const empty = await createLiveModel(workspace, {
      alias: 'prod',
      log: silent,
      createIndex: fakeIndexes().createIndex,
    });
    expect(empty.info()).toBeUndefined();
    await expect(empty.neighbors({ type: 'product', id: 'lamp' }, { limit: 1 })).rejects.toEqual(
      refused('NO_MODEL'),
    );
    await expect(empty.recommend('ada', { limit: 1, exclude: 'seen' })).rejects.toEqual(refused('NO_MODEL'));
    expect(await empty.embeddingState({ type: 'product', id: 'lamp' })).toEqual({
      embedded: false,
      reason: 'no model has been trained yet',
    });
    aliases.prod = 'v1';
    await empty.reload();
    await expect(empty.neighbors({ type: 'product', id: 'lamp' }, { limit: 1 })).resolves.toHaveProperty(
      'results.length',
      1,
    );
  });

  test('an alias on a damaged version fails at the start, by name', async () => {
    const { workspace, corrupt } = await fakeShop();
    corrupt.add('v1');
    await expect(createLiveModel(workspace, { alias: 'prod', log: silent })).rejects.toEqual(
      refused('VERSION_CORRUPT', { file: 'vectors.npy' }),
    );
  });
});
