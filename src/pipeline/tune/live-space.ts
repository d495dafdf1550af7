/** The part of a space that can make a difference on this shop, and what was left out of it and why. */
import { ShelfwalkError } from '../../base/errors.ts';
import type { RunConfig } from '../config.ts';
import { ALGORITHM, type ShopFacts, toEffective } from './candidates.ts';
import { toKnobs } from './knobs.ts';
import { withSetting } from './settings.ts';
import type { Knobs, LeftOut, Space } from './types.ts';

export interface LiveSpace {
  readonly space: Space;
  readonly leftOut: readonly LeftOut[];
  readonly knobs: readonly Knobs[];
}

const P = 'walk.returnFactor';
const Q = 'walk.inOutFactor';

/** @throws ShelfwalkError CONFIG_INVALID — nothing in the space differs from the start */
export function toLiveSpace(given: Space, start: RunConfig, facts: ShopFacts): LiveSpace {
  const leftOut: LeftOut[] = [];
  const space: Record<string, readonly unknown[]> = { ...given };
  const leave = (setting: string, because: string): void => {
    delete space[setting];
    leftOut.push({ setting, because });
  };
  if (space['graph.attributes'] && facts.attributes === 0)
    leave('graph.attributes', 'the catalog has no attributes');
  if (space['walk.typePolicy'] && facts.attributes === 0 && facts.givenEdges === 0)
    leave(
      'walk.typePolicy',
      'a node has neighbours of one type: without attributes and given edges there is no choice',
    );
  const knobs = toGraphs(space, start, facts).map((attributes) => toKnobs(facts.colouring, attributes));
  const isExtended = start.walk.extend || space['walk.extend'] !== undefined;
  if (space[P] && space[Q] && !isExtended && knobs.every((graph) => graph.knobs === 1))
    leave(Q, 'p and q are one knob here');
  if (space[ALGORITHM]) {
    const { algorithms, impossible } = toAlgorithms(space, start, facts);
    space[ALGORITHM] = algorithms;
    leftOut.push(...impossible);
  }
  if (Object.keys(space).length > 0) return { space, leftOut, knobs };
  const found = leftOut.map(({ setting, because }) => `${setting}: ${because}`).join('; ');
  const expected = 'settings with values that can make a difference here';
  throw new ShelfwalkError('CONFIG_INVALID', { field: 'space', found: found || 'no settings', expected });
}

/** Whether attributes are nodes, in the graphs that may come up. */
function toGraphs(space: Space, start: RunConfig, facts: ShopFacts): boolean[] {
  if (facts.attributes === 0) return [false];
  return [...new Set([start.graph.attributes, ...(space['graph.attributes'] ?? [])])].map(Boolean);
}

function toAlgorithms(
  space: Space,
  start: RunConfig,
  facts: ShopFacts,
): { algorithms: readonly unknown[]; impossible: LeftOut[] } {
  const impossible: LeftOut[] = [];
  const needsBaskets = start.sentences.of === 'basket' && !space['sentences.of'];
  const algorithms = space[ALGORITHM]!.filter((algorithm) => {
    const because =
      algorithm === 'item2vec' && needsBaskets && facts.baskets === 0
        ? 'there are no baskets to read as sentences'
        : toEffective(withSetting(start, ALGORITHM, algorithm), { start, facts })
          ? undefined
          : 'it does not go together with the settings of the start';
    if (because !== undefined) impossible.push({ setting: `${ALGORITHM} ${String(algorithm)}`, because });
    return because === undefined;
  });
  return { algorithms: algorithms.length > 0 ? algorithms : [start.train.algorithm], impossible };
}
