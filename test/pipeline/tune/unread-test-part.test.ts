/** The test part stays unread: by a catalog that throws where it is read, and by what it holds making no difference. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Split } from '../../../src/graph/types.ts';
import { tuneInput } from '../../../src/pipeline/operations/tune.operation.ts';
import type { TrainingCatalog } from '../../../src/pipeline/training-catalog.ts';
import { tuneRecipe } from '../../../src/pipeline/tune/tune-recipe.ts';
import { openWorkspace } from '../../../src/pipeline/workspace.ts';
import { useWorkspace } from '../fresh-workspace.ts';
import { BAD_START, importPlanted, SPACE, withoutTimes } from './tune-rig.ts';

const here = useWorkspace();

describe('the test part', () => {
  test('is never read: each reading is of a split within the training part', async () => {
    await importPlanted(here);
    const splits: Split[] = [];
    const request = tuneInput.parse({ run: BAD_START, space: SPACE, protocol: 'all', trials: 4 });
    const { split } = await tuneRecipe(guarded(here.workspace.catalog, splits), request, {});
    expect(split.within).toMatchObject({ protocol: 'time' });
    expect(splits.length).toBeGreaterThan(4);
    // That, or a part of its training part: recency is learned there.
    for (const read of splits) expect([read, read.within]).toContainEqual(split);
  });

  test('the guard is one: an evaluation on the test part does not pass it', async () => {
    await importPlanted(here);
    const { catalog } = here.workspace;
    const split = await catalog.proposeSplit(0.2);
    const guard = guarded(catalog, []);
    for (const read of [
      () => guard.interactions('test', split),
      () => guard.interactions('train', split),
      () => guard.interactions('all'),
      () => guard.interactionEdges({ typeWeights: {}, otherTypes: 1, damping: 'log' }),
      () => guard.givenEdges(),
    ])
      expect(read).toThrow('the test part was read');
  });

  test('may hold anything: with other purchases in it, everything comes out the same', async () => {
    await importPlanted(here, { lastDays: 5, fate: 1 });
    const request = tuneInput.parse({ run: BAD_START, space: SPACE, protocol: 'all', trials: 4 });
    const one = await tuneRecipe(here.workspace.catalog, request, {});
    const test = one.split.within!;
    expect(test).toEqual({ protocol: 'time', cutoffMs: Date.UTC(2024, 0, 16) });
    const before = await here.workspace.catalog.interactions('test', test);

    const elsewhere = await openWorkspace(join(here.dir, 'elsewhere'));
    try {
      await importPlanted({ dir: here.dir, workspace: elsewhere }, { lastDays: 5, fate: 2 });
      const { product } = await elsewhere.catalog.interactions('test', test);
      expect(product).toHaveLength(before.count);
      expect(product).not.toEqual(before.product);
      expect(withoutTimes(await tuneRecipe(elsewhere.catalog, request, {}))).toEqual(withoutTimes(one));
    } finally {
      await elsewhere.close();
    }
  });

  test('a part that is not validation is refused', () => {
    const parsed = tuneInput.safeParse({ run: { evaluate: { part: 'test' } } });
    expect(parsed.error?.issues[0]).toMatchObject({
      path: ['run', 'evaluate', 'part'],
      message: 'must be validation: the test part is not for tuning',
    });
  });
});

/** Throws where anything is read that the test part is in. What each reading was of is added to `splits`. */
function guarded(catalog: TrainingCatalog, splits: Split[]): TrainingCatalog {
  const check = (split: Split | undefined): void => {
    if (!split?.within) throw new Error('the test part was read');
    splits.push(split);
  };
  return {
    nodeIds: (type) => catalog.nodeIds(type),
    nodeNames: (type) => catalog.nodeNames(type),
    attributeEdges: (owner) => catalog.attributeEdges(owner),
    counts: () => catalog.counts(),
    lastEventMs: () => catalog.lastEventMs(),
    proposeSplit: (share, wish) => catalog.proposeSplit(share, wish),
    atOneMoment: (work) => catalog.atOneMoment((moment) => work(guarded(moment, splits))),
    interactions(part, split, types) {
      check(split);
      return catalog.interactions(part, split, types);
    },
    interactionEdges(weighting, split) {
      check(split);
      return catalog.interactionEdges(weighting, split);
    },
    productArcs(options, split) {
      check(split);
      return catalog.productArcs(options, split);
    },
    countProductArcs: (options, split) => catalog.countProductArcs(options, split), // sizes alone, for the estimate
    givenEdges(split) {
      check(split);
      return catalog.givenEdges(split);
    },
  };
}
