/** What a node without a vector is told, where an algorithm leaves nodes out on purpose. */
import { MISSING_REASONS, type MissingReasons } from '../vectors/missing-reasons.ts';
import type { RunConfig } from './config.ts';
import { isOnPairs, isOnSentences } from './run-params.ts';

/** The member of a report that says so; none of a run that leaves isolated nodes out only. */
export function toReasons(run: RunConfig): { [MISSING_REASONS]?: MissingReasons } {
  if (isOnSentences(run)) return { [MISSING_REASONS]: toReasonsOfSentences(run) };
  return isOnPairs(run) ? { [MISSING_REASONS]: REASONS_OF_PAIRS } : {};
}

const REASONS_OF_PAIRS: MissingReasons = {
  product: { empty: 'nobody had taken it when this version was trained (bpr)' },
  customer: { empty: 'no interactions when this version was trained (bpr)' },
  attribute: { empty: 'nothing that carries it has a vector in this version (bpr)' },
};

function toReasonsOfSentences({ sentences: { minCount } }: RunConfig): MissingReasons {
  const few = minCount === 1 ? 'is in none' : `is there fewer than ${minCount} times`;
  return {
    product: {
      isolated: `this version was trained on sentences (item2vec): it ${few}, or never stands beside another product`,
    },
    customer: {
      isolated: 'no interactions when this version was trained',
      empty: 'none of its products has a vector in this version (item2vec)',
    },
    attribute: {
      isolated: 'nothing carried it when this version was trained',
      empty: 'nothing that carries it has a vector in this version (item2vec)',
    },
  };
}
