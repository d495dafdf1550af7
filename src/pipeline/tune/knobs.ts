/**
 * What p and q are on a graph: two knobs, or one. Without triangles a walk never steps to a neighbour of the node it
 * came from, the weights of a step are 1/p and 1/q, and only ρ = p / q matters (docs/walks.md). A search over both
 * would then try the same walks twice: q is held at 1, and p is ρ.
 */
import type { RunConfig } from '../config.ts';
import type { Knobs } from './types.ts';

/** By whether attributes are nodes: without them there may be no odd cycle left. */
export interface Colouring {
  readonly withAttributes: boolean;
  readonly without: boolean;
}

const isTwoColourable = (colouring: Colouring, attributes: boolean): boolean =>
  attributes ? colouring.withAttributes : colouring.without;

/** node2vec+ reads the weights of edges where q is below 1: then q is a knob of its own on any graph. */
export const isOneKnob = ({ graph, walk }: RunConfig, colouring: Colouring): boolean =>
  isTwoColourable(colouring, graph.attributes) && !(walk.extend && walk.inOutFactor < 1);

/** The same walks with one knob: p is ρ, q is 1, and node2vec+ is off, for it would do nothing. */
export function holdKnobs(run: RunConfig, colouring: Colouring): RunConfig {
  if (run.train.algorithm !== 'node2vec' || !isOneKnob(run, colouring)) return run;
  const returnFactor = run.walk.returnFactor / run.walk.inOutFactor;
  return { ...run, walk: { ...run.walk, returnFactor, inOutFactor: 1, extend: false, gamma: 0 } };
}

export const toKnobs = (colouring: Colouring, attributes: boolean): Knobs =>
  isTwoColourable(colouring, attributes)
    ? {
        attributes,
        knobs: 1,
        because: 'the graph is two-colourable, so it has no triangle: only ρ = p / q matters, q is held at 1',
      }
    : { attributes, knobs: 2, because: 'the graph has odd cycles: p and q are varied apart' };
