/** The weights that a version was given for its blend, read back from its report. */
import { z } from 'zod';
import type { BlendWeights } from '../analyze/blend.ts';
import { ShelfwalkError } from '../base/errors.ts';
import type { VersionContent } from '../vectors/types.ts';

/** Where the report of a version has them: what was learned, or why nothing was. */
export const BLEND = 'blend';

const weight = z.number().min(0).max(1);
const learned = z.object({
  weights: z.object({
    embedding: weight,
    walk: weight,
    counts: weight,
    own: weight.default(0), // learned before there was such a member: the blend that its report has figures of
  }),
});
const notLearned = z.object({ notLearned: z.string() });

export const hasBlendWeights = ({ report }: Pick<VersionContent, 'report'>): boolean =>
  learned.safeParse(report[BLEND]).success;

/** @throws ShelfwalkError REQUEST_UNPROCESSABLE — this version has none */
export function getBlendWeights({ report }: Pick<VersionContent, 'report'>): BlendWeights {
  const found = learned.safeParse(report[BLEND]);
  if (found.success) return found.data.weights;
  const why = notLearned.safeParse(report[BLEND]);
  throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
    field: 'scorer',
    found: 'blend',
    expected: 'a version with weights for it',
    hint: why.success
      ? `None were learned: ${why.data.notLearned}`
      : 'They are learned by a training that evaluates, unless evaluate.blend is false (shelfwalk train --no-blend)',
  });
}
