/** Settings by the path they have in a space, `train.windowSize`: read, replaced, compared, and as a file holds them. */
import { isDeepStrictEqual } from 'node:util';
import { type RunConfig, type RunConfigInput, runConfigSchema } from '../config.ts';

/** What a training is made of; how it is measured is not among them. */
export const TUNED_SECTIONS = ['graph', 'walk', 'sentences', 'train', 'spectral'] as const;
export type TunedSection = (typeof TUNED_SECTIONS)[number];
type Values = Readonly<Record<string, unknown>>;

export const DEFAULT_RUN: RunConfig = runConfigSchema.parse({});

export function splitPath(path: string): [section: TunedSection, name: string] {
  const dot = path.indexOf('.');
  return [path.slice(0, dot) as TunedSection, path.slice(dot + 1)];
}

export function settingOf(run: RunConfig, path: string): unknown {
  const [section, name] = splitPath(path);
  return (run[section] as Values)[name];
}

/** Not checked: a value may be wrong beside the others. */
export function withSetting(run: RunConfig, path: string, value: unknown): RunConfig {
  const [section, name] = splitPath(path);
  return { ...run, [section]: { ...run[section], [name]: value } };
}

/** Paths of settings that differ, in the order of the schema. */
export function findDifferences(run: RunConfig, from: RunConfig): string[] {
  return TUNED_SECTIONS.flatMap((section) =>
    [...new Set([...Object.keys(run[section]), ...Object.keys(from[section])])]
      .map((name) => `${section}.${name}`)
      .filter((path) => !isDeepStrictEqual(settingOf(run, path), settingOf(from, path))),
  );
}

/** By path, what `run` has otherwise than `from`; null where it has nothing. */
export const toChanged = (run: RunConfig, from: RunConfig): Record<string, unknown> =>
  Object.fromEntries(findDifferences(run, from).map((path) => [path, settingOf(run, path) ?? null]));

/**
 * What differs from the defaults, as `--config` reads it. How it was measured goes along but for the part: a training
 * with these settings is measured on the test part, which the search has not seen.
 */
export function toSettings(run: RunConfig): RunConfigInput {
  const settings: Record<string, Record<string, unknown>> = {};
  for (const path of findDifferences(run, DEFAULT_RUN)) {
    const [section, name] = splitPath(path);
    settings[section] = { ...settings[section], [name]: settingOf(run, path) };
  }
  const { part: _, ...evaluate } = run.evaluate;
  const measured = Object.entries(evaluate).filter(
    ([name, value]) => !isDeepStrictEqual(value, (DEFAULT_RUN.evaluate as Values)[name]),
  );
  return measured.length === 0 ? settings : { ...settings, evaluate: Object.fromEntries(measured) };
}

/** Two runs that train the same have the same key. */
export const toRunKey = (run: RunConfig): string => JSON.stringify(TUNED_SECTIONS.map((s) => run[s]));
