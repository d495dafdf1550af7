/**
 * Settings to try next: the best so far with one to three settings changed, each to another value of the space. What a
 * change would not change (settings idle with the algorithm, q where there is one knob) is not drawn, so that
 * no two trials train the same.
 */
import { shuffle } from '../../analyze/shuffle.ts';
import { type RunConfig, runConfigSchema } from '../config.ts';
import { walksAttributes } from '../evaluate-run.ts';
import { findIdleSettings } from '../idle-settings.ts';
import { type Colouring, holdKnobs } from './knobs.ts';
import { DEFAULT_RUN, settingOf, toRunKey, withSetting } from './settings.ts';
import type { Space } from './types.ts';

/** What the catalog has, and hence what settings could make a difference. */
export interface ShopFacts {
  readonly attributes: number;
  readonly baskets: number;
  readonly givenEdges: number;
  readonly colouring: Colouring;
}

export interface DrawOptions {
  readonly count: number;
  /** Changes are made to this one. */
  readonly from: RunConfig;
  readonly start: RunConfig;
  readonly space: Space;
  readonly facts: ShopFacts;
  readonly random: () => number;
  /** Keys of what was tried; those of the candidates are added. */
  readonly tried: Set<string>;
}

export const ALGORITHM = 'train.algorithm';
const MAX_CHANGES = 3;
/** So many draws in a row that bring nothing new end the search: a space may hold few combinations. */
const MAX_DRAWS = 100;

/** Fewer than `count`, and in the end none, where the space has nothing new. Algorithms take turns. */
export function drawCandidates(options: DrawOptions): RunConfig[] {
  const { count, from, space, tried } = options;
  const algorithms = space[ALGORITHM] ?? [from.train.algorithm];
  if (algorithms.length === 0) return [];
  const candidates: RunConfig[] = [];
  for (let draw = 0, inVain = 0; candidates.length < count && inVain < MAX_DRAWS; draw++) {
    const candidate = drawOne(algorithms[draw % algorithms.length], options);
    const isNew = candidate !== undefined && !tried.has(toRunKey(candidate));
    inVain = isNew ? 0 : inVain + 1;
    if (!isNew) continue;
    tried.add(toRunKey(candidate));
    candidates.push(candidate);
  }
  return candidates;
}

function drawOne(algorithm: unknown, options: DrawOptions): RunConfig | undefined {
  const { from, random } = options;
  const isOther = algorithm !== from.train.algorithm;
  let run = toEffective(withSetting(from, ALGORITHM, algorithm), options);
  if (!run) return undefined;
  const least = isOther ? 0 : 1; // another algorithm is a change by itself
  const changes = least + Math.floor(random() * (MAX_CHANGES + 1 - least));
  const paths = Object.keys(options.space).filter((path) => path !== ALGORITHM);
  const order = shuffle(Uint32Array.from(paths.keys()), random);
  let made = 0;
  for (const at of order) {
    if (made === changes) break;
    const changed = drawValue(run, paths[at]!, options);
    if (!changed) continue;
    run = changed;
    made++;
  }
  return run;
}

/** The run with another value at this path; undefined where none would make a difference. */
function drawValue(run: RunConfig, path: string, options: DrawOptions): RunConfig | undefined {
  const key = toRunKey(run);
  const others = options.space[path]!.map((value) =>
    toEffective(withSetting(run, path, value), options),
  ).filter((other) => other !== undefined && toRunKey(other) !== key);
  return others[Math.floor(options.random() * others.length)];
}

/**
 * What is trained with these settings, and nothing that does nothing: settings that are idle are at their defaults, those
 * that make no difference here are as at the start. Undefined: the settings do not go together.
 */
export function toEffective(
  run: RunConfig,
  { start, facts }: Pick<DrawOptions, 'start' | 'facts'>,
): RunConfig | undefined {
  let effective = withoutIdle(run);
  if (!walksAttributes(withSetting(effective, 'graph.attributes', true)) || facts.attributes === 0)
    effective = withSetting(effective, 'graph.attributes', start.graph.attributes);
  const hasOneType = !(effective.graph.attributes && facts.attributes > 0) && facts.givenEdges === 0;
  if (hasOneType && TAKES_POLICY.has(effective.train.algorithm))
    effective = withSetting(effective, 'walk.typePolicy', start.walk.typePolicy); // all neighbours are of one type
  const parsed = runConfigSchema.safeParse(holdKnobs(effective, facts.colouring));
  return parsed.success ? parsed.data : undefined;
}

const TAKES_POLICY: ReadonlySet<string> = new Set(['node2vec', 'spectral']);

/** Weights of types say what is bought and what is only seen: they are not given up for an algorithm that has none. */
const KEPT: readonly string[] = ['graph.typeWeights', 'graph.otherTypes'];

function withoutIdle(run: RunConfig): RunConfig {
  let effective = run;
  for (;;) {
    const idle = findIdleSettings(effective, DEFAULT_RUN)
      .map(({ path }) => path.join('.'))
      .filter((path) => !KEPT.includes(path));
    if (idle.length === 0) return effective;
    // One that is reset may leave another idle: a threshold of node2vec+ without node2vec+.
    for (const path of idle) effective = withSetting(effective, path, settingOf(DEFAULT_RUN, path));
  }
}
