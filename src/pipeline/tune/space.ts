/** Which values a tuning may try: the default space, in this one place, and how a space of one's own is checked. */
import { z } from 'zod';
import { graphConfigSchema, walkConfigSchema } from '../config.ts';
import { sentencesConfigSchema, spectralConfigSchema, trainConfigSchema } from '../config-training.ts';
import { TUNED_SECTIONS, type TunedSection } from './settings.ts';
import type { Space } from './types.ts';

const shares = (attribute: number): object => ({
  product: { customer: 1 - attribute, product: 1 - attribute, attribute },
  customer: { product: 1 - attribute / 2, customer: 1 - attribute / 2, attribute: attribute / 2 },
});

/**
 * Small on purpose: what moved quality most in bench/results, around the defaults. p and q stand apart: where they
 * are one knob, q is left out (knobs.ts). BPR is not in it: it was below walks on every shop that was measured.
 */
export const DEFAULT_SPACE: Space = {
  'train.algorithm': ['node2vec', 'spectral', 'item2vec'],
  'train.initialVectors': ['random', 'spectral'],
  'train.embeddingDimension': [64, 128, 256],
  'train.windowSize': [2, 3, 5],
  'train.negativeSamplingExponent': [0, 0.25, 0.5, 0.75],
  'walk.walksPerNode': [20, 40],
  'walk.returnFactor': [0.25, 0.5, 1, 2, 4],
  'walk.inOutFactor': [0.25, 0.5, 1, 2, 4],
  'walk.typePolicy': [shares(0.1), shares(0.2), shares(0.4)],
  'graph.attributes': [true, false],
  'spectral.filterExponent': [0, 0.5, 1, 1.5],
  'spectral.degreeExponent': [0.1, 0.2, 0.3],
};

const SCHEMAS: Readonly<Record<TunedSection, Readonly<Record<string, z.ZodType>>>> = {
  graph: graphConfigSchema.shape,
  walk: walkConfigSchema.shape,
  sentences: sentencesConfigSchema.shape,
  train: trainConfigSchema.shape,
  spectral: spectralConfigSchema.shape,
};

/** How a training is run, or which luck it has: no better settings come of these. */
const NOT_TUNED: readonly string[] = ['train.randomSeed', 'train.concurrency', 'train.maxMemoryMiB'];

const isSection = (name: string): name is TunedSection => TUNED_SECTIONS.some((section) => section === name);

/** Undefined: there is no such setting, or not for tuning. */
function findSchema(path: string): z.ZodType | undefined {
  const [section, name, ...more] = path.split('.');
  if (NOT_TUNED.includes(path) || more.length > 0 || !isSection(section!) || name === undefined)
    return undefined;
  const schemas = SCHEMAS[section];
  return Object.hasOwn(schemas, name) ? schemas[name] : undefined;
}

const toKnownPaths = (path: string): string => {
  const section = path.split('.')[0]!;
  const sections = isSection(section) ? [section] : TUNED_SECTIONS;
  return sections
    .flatMap((one) => Object.keys(SCHEMAS[one]).map((name) => `${one}.${name}`))
    .filter((one) => !NOT_TUNED.includes(one))
    .join(', ');
};

const MAX_VALUES = 100;

/** Each value is held to the schema of its setting. */
export const spaceSchema = z
  .record(z.string(), z.array(z.unknown()).min(1).max(MAX_VALUES))
  .superRefine((space, context) => {
    for (const [path, values] of Object.entries(space)) {
      const schema = findSchema(path);
      if (!schema) {
        const message = `no setting to tune; expected one of ${toKnownPaths(path)}`;
        context.addIssue({ code: 'custom', path: [path], message });
        continue;
      }
      for (const [i, value] of values.entries()) {
        const issue = schema.safeParse(value).error?.issues[0];
        if (issue)
          context.addIssue({ code: 'custom', path: [path, i, ...issue.path], message: issue.message });
      }
    }
  });
