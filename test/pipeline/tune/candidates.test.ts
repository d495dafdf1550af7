/** What is drawn: settings that go together, that are new, and that make a difference; p and q as one knob or two. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toStream } from '../../../src/analyze/shuffle.ts';
import { type RunConfig, type RunConfigInput, runConfigSchema } from '../../../src/pipeline/config.ts';
import { drawCandidates, type ShopFacts, toEffective } from '../../../src/pipeline/tune/candidates.ts';
import { toLiveSpace } from '../../../src/pipeline/tune/live-space.ts';
import { findDifferences, toRunKey, toSettings } from '../../../src/pipeline/tune/settings.ts';
import { DEFAULT_SPACE, spaceSchema } from '../../../src/pipeline/tune/space.ts';
import type { Space } from '../../../src/pipeline/tune/types.ts';

const start = runConfigSchema.parse({});
const BIPARTITE: ShopFacts = {
  attributes: 5,
  baskets: 100,
  givenEdges: 0,
  colouring: { withAttributes: true, without: true },
};
const TRIANGLES: ShopFacts = { ...BIPARTITE, colouring: { withAttributes: false, without: false } };

const toRun = (settings: RunConfigInput): RunConfig => runConfigSchema.parse(settings);

function draw(space: Space, facts: ShopFacts, { count = 40, seed = 1, from = start } = {}): RunConfig[] {
  const live = toLiveSpace(space, from, facts);
  const tried = new Set([toRunKey(from)]);
  return drawCandidates({
    count,
    from,
    start: from,
    space: live.space,
    facts,
    tried,
    random: toStream(seed, 'draw'),
  });
}

describe('candidates', () => {
  test('are settings that go together, each once, and not those of the start', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom(BIPARTITE, TRIANGLES), (seed, facts) => {
        const runs = draw(DEFAULT_SPACE, facts, { seed });
        expect(runs).toHaveLength(40);
        for (const run of runs) expect(runConfigSchema.safeParse(run).success).toBe(true);
        expect(new Set([toRunKey(start), ...runs.map(toRunKey)]).size).toBe(41);
      }),
      { numRuns: 5 },
    );
  });

  test('take the algorithms of the space in turn, with one to three changes', () => {
    const runs = draw(DEFAULT_SPACE, BIPARTITE, { count: 9 });
    const algorithms = ['node2vec', 'spectral', 'item2vec'];
    expect(runs.map(({ train }) => train.algorithm)).toEqual([...algorithms, ...algorithms, ...algorithms]);
    for (const run of runs.filter(({ train }) => train.algorithm === 'node2vec')) {
      const { length } = findDifferences(run, start);
      expect(length).toBeGreaterThanOrEqual(1);
      expect(length).toBeLessThanOrEqual(3);
    }
  });

  test('end where the space does', () => {
    const space = { 'train.windowSize': [2, 3, 5], 'train.embeddingDimension': [64, 128] };
    const runs = draw(space, BIPARTITE, { count: 100 });
    const tried = runs.map(({ train }) => `${train.windowSize} ${train.embeddingDimension}`);
    expect(tried.sort()).toEqual(['2 128', '2 64', '3 64', '5 128', '5 64']);
  });

  test('the same seed draws the same', () => {
    expect(draw(DEFAULT_SPACE, BIPARTITE)).toEqual(draw(DEFAULT_SPACE, BIPARTITE));
    expect(draw(DEFAULT_SPACE, BIPARTITE, { seed: 2 })).not.toEqual(draw(DEFAULT_SPACE, BIPARTITE));
  });

  test('settings of the start that an algorithm has no use for are left, weights of types are not', () => {
    const longer = toRun({ walk: { walkLength: 80 }, graph: { damping: 'none' } });
    const other = { ...longer, train: { ...longer.train, algorithm: 'item2vec' as const } };
    const run = toEffective(other, { start: longer, facts: BIPARTITE })!;
    expect(toSettings(run)).toEqual({ train: { algorithm: 'item2vec' } });

    const weighed = toRun({ graph: { typeWeights: { view: 0.2 } } });
    const { space, leftOut } = toLiveSpace(DEFAULT_SPACE, weighed, BIPARTITE);
    expect(space['train.algorithm']).toEqual(['node2vec', 'spectral']);
    expect(leftOut.map(({ setting }) => setting)).toContain('train.algorithm item2vec');
  });

  test('without attributes and given edges, neither they nor shares of types are varied', () => {
    const bare = { ...BIPARTITE, attributes: 0 };
    const { space, leftOut } = toLiveSpace(DEFAULT_SPACE, start, bare);
    expect(Object.keys(space)).not.toContain('graph.attributes');
    expect(Object.keys(space)).not.toContain('walk.typePolicy');
    expect(leftOut.map(({ setting }) => setting)).toEqual(
      expect.arrayContaining(['graph.attributes', 'walk.typePolicy', 'walk.inOutFactor']),
    );
    for (const run of draw(
      { 'graph.attributes': [true, false], 'walk.typePolicy': [{}], 'train.windowSize': [2, 5] },
      bare,
    ))
      expect(findDifferences(run, start)).toEqual(['train.windowSize']);
  });

  test('without baskets there is no item2vec', () => {
    const { space, leftOut } = toLiveSpace(DEFAULT_SPACE, start, { ...BIPARTITE, baskets: 0 });
    expect(space['train.algorithm']).toEqual(['node2vec', 'spectral']);
    expect(leftOut).toContainEqual({
      setting: 'train.algorithm item2vec',
      because: 'there are no baskets to read as sentences',
    });
  });

  test('a space in which nothing can make a difference is refused', () => {
    const facts = { ...BIPARTITE, attributes: 0 };
    expect(() => toLiveSpace({ 'graph.attributes': [true, false] }, start, facts)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        details: expect.objectContaining({ field: 'space' }),
      }),
    );
  });
});

describe('p and q', () => {
  const KNOBS: Space = { 'walk.returnFactor': [0.25, 1, 4], 'walk.inOutFactor': [0.25, 1, 4] };

  test('are one knob on a two-colourable graph: q stays 1, p is varied', () => {
    const runs = draw(KNOBS, BIPARTITE);
    expect(runs.map(({ walk }) => [walk.returnFactor, walk.inOutFactor]).sort()).toEqual([
      [0.25, 1],
      [4, 1],
    ]);
    const { knobs, leftOut } = toLiveSpace(KNOBS, start, BIPARTITE);
    expect(knobs).toEqual([
      { attributes: true, knobs: 1, because: expect.stringContaining('two-colourable') },
    ]);
    expect(leftOut).toEqual([{ setting: 'walk.inOutFactor', because: 'p and q are one knob here' }]);
  });

  test('are two on a graph with triangles: both are varied', () => {
    const runs = draw(KNOBS, TRIANGLES);
    expect(new Set(runs.map(({ walk }) => `${walk.returnFactor} ${walk.inOutFactor}`)).size).toBe(8);
    expect(toLiveSpace(KNOBS, start, TRIANGLES).knobs).toMatchObject([{ attributes: true, knobs: 2 }]);
  });

  test('a list of q alone becomes one of ρ', () => {
    const runs = draw({ 'walk.inOutFactor': [0.5, 1, 2] }, BIPARTITE);
    expect(runs.map(({ walk }) => [walk.returnFactor, walk.inOutFactor]).sort()).toEqual([
      [0.5, 1],
      [2, 1],
    ]);
  });

  test('a start with both off 1 keeps its ρ in what is drawn from it', () => {
    const from = toRun({ walk: { returnFactor: 2, inOutFactor: 4 } });
    const [run] = draw({ 'train.windowSize': [5] }, BIPARTITE, { from });
    expect(run!.walk).toMatchObject({ returnFactor: 0.5, inOutFactor: 1 });
  });

  test('by node2vec+ with q below 1 they are two, and without attributes there may be one', () => {
    const extended = toRun({ walk: { extend: true, inOutFactor: 0.5 } });
    expect(toEffective(extended, { start, facts: BIPARTITE })!.walk).toMatchObject({
      extend: true,
      inOutFactor: 0.5,
    });
    const mixed = { ...BIPARTITE, colouring: { withAttributes: false, without: true } };
    const { knobs, space } = toLiveSpace({ ...KNOBS, 'graph.attributes': [true, false] }, start, mixed);
    expect(knobs).toMatchObject([
      { attributes: true, knobs: 2 },
      { attributes: false, knobs: 1 },
    ]);
    expect(space['walk.inOutFactor']).toBeDefined();
    const bare = toRun({ graph: { attributes: false }, walk: { returnFactor: 2, inOutFactor: 0.5 } });
    expect(toEffective(bare, { start, facts: mixed })!.walk).toMatchObject({
      returnFactor: 4,
      inOutFactor: 1,
    });
    const full = toRun({ walk: { returnFactor: 2, inOutFactor: 0.5 } });
    expect(toEffective(full, { start, facts: mixed })!.walk).toMatchObject({
      returnFactor: 2,
      inOutFactor: 0.5,
    });
  });
});

describe('a space', () => {
  test('the default is one', () => expect(spaceSchema.safeParse(DEFAULT_SPACE).success).toBe(true));

  test.each([
    [{ 'train.window': [2] }, ['train.window'], /no setting to tune; expected one of train\.algorithm/],
    [{ windowSize: [2] }, ['windowSize'], /expected one of graph\./],
    [{ 'train.randomSeed': [1, 2] }, ['train.randomSeed'], /no setting to tune/],
    [{ 'evaluate.k': [[10]] }, ['evaluate.k'], /no setting to tune/],
    [{ 'train.__proto__': [1] }, ['train.__proto__'], /no setting to tune/],
    [{ 'train.windowSize': [2, 2.5] }, ['train.windowSize', 1], /int/],
    [{ 'train.windowSize': ['3'] }, ['train.windowSize', 0], /number/],
    [{ 'walk.typePolicy': [{ shop: { product: 1 } }] }, ['walk.typePolicy', 0], /shop/],
    [{ 'train.windowSize': [] }, ['train.windowSize'], /1/],
    [{ 'train.windowSize': 3 }, ['train.windowSize'], /array/],
  ])('%j is refused by its path', (space, path, message) => {
    const issue = spaceSchema.safeParse(space).error!.issues[0]!;
    expect(issue.path).toEqual(path);
    expect(issue.message).toMatch(message);
  });
});
