/**
 * Settings that would do nothing with the chosen algorithm. They are refused rather than ignored: who
 * sets a walk length expects walks. A value equal to the default says nothing and passes.
 */
import { isDeepStrictEqual } from 'node:util';
import type { RunConfig } from './config.ts';

export type Defaults = Pick<RunConfig, 'graph' | 'walk' | 'sentences' | 'train'>;

interface IdleSetting {
  readonly path: [section: keyof Defaults, name: string];
  readonly message: string;
}

/** @param defaults of the settings that may be idle */
export function findIdleSettings(run: RunConfig, defaults: Defaults): IdleSetting[] {
  const changed = (section: keyof Defaults, why: string, names = Object.keys(run[section])): IdleSetting[] =>
    names
      .filter((name) => !isDeepStrictEqual(settingOf(run, section, name), settingOf(defaults, section, name)))
      .map((name) => ({ path: [section, name], message: `must be left out: ${why}` }));
  const { algorithm } = run.train;
  if (algorithm === 'item2vec') {
    const weights = 'sentences of item2vec have no weights';
    const window = 'in a set everything is context of everything; sentences.order sequence has a window';
    return [
      ...changed('walk', 'item2vec trains on sentences, there are no walks'),
      ...changed('graph', weights, ['damping', 'halfLifeDays', 'asOf']),
      ...findTypeWeights(run),
      ...(run.sentences.order === 'set' ? changed('train', window, ['windowSize']) : []),
    ];
  }
  const sentences = changed('sentences', `only item2vec reads sentences, not ${algorithm}`);
  if (algorithm === 'node2vec') return sentences;
  const plain = 'deepwalk walks with p = q = 1 and no type policy; node2vec has them';
  const biased = changed('walk', plain, ['returnFactor', 'inOutFactor', 'typePolicy']);
  // {} is what deepwalk does.
  return [...sentences, ...biased.filter(({ path }) => !isEmpty(settingOf(run, path[0], path[1])))];
}

/** A type is in the sentences or it is not. */
function findTypeWeights({ graph }: RunConfig): IdleSetting[] {
  const isWhole = (weight: number): boolean => weight === 0 || weight === 1;
  const message = 'must be 0 or 1: sentences of item2vec have no weights, a type is in them or it is not';
  const names = [
    ...(Object.values(graph.typeWeights).every(isWhole) ? [] : ['typeWeights']),
    ...(isWhole(graph.otherTypes) ? [] : ['otherTypes']),
  ];
  return names.map((name) => ({ path: ['graph', name], message }));
}

const settingOf = (run: Defaults, section: keyof Defaults, name: string): unknown =>
  (run[section] as Readonly<Record<string, unknown>>)[name];

const isEmpty = (value: unknown): boolean => isDeepStrictEqual(value, {});
