/** The methods of graphology that would change a graph: a view has them all, and each refuses. */
import { ShelfwalkError } from '../base/errors.ts';
import type { Methods } from './graphology-view-rows.ts';

const EDGE_VERBS = ['add', 'merge', 'update'];
const DIRECTIONS = ['', 'Directed', 'Undirected'];
const ATTRIBUTE_OWNERS = ['', 'Node', 'Source', 'Target', 'Opposite', ...DIRECTIONS.map((d) => `${d}Edge`)];

const MUTATORS: readonly string[] = [
  'addNode',
  'mergeNode',
  'updateNode',
  'dropNode',
  ...DIRECTIONS.flatMap((direction) => [
    `drop${direction}Edge`,
    ...EDGE_VERBS.flatMap((verb) => [`${verb}${direction}Edge`, `${verb}${direction}EdgeWithKey`]),
  ]),
  ...ATTRIBUTE_OWNERS.flatMap((owner) => [
    ...['set', 'update', 'remove'].map((verb) => `${verb}${owner}Attribute`),
    ...['replace', 'merge', 'update'].map((verb) => `${verb}${owner}Attributes`),
  ]),
  'updateEachNodeAttributes',
  'updateEachEdgeAttributes',
  'clear',
  'clearEdges',
  'import',
];

/** Each throws ShelfwalkError GRAPH_READ_ONLY. */
export const REFUSALS: Methods = Object.fromEntries(
  MUTATORS.map((method) => [
    method,
    () => {
      const hint = 'toGraphology(snapshot) makes a copy that can be changed';
      throw new ShelfwalkError('GRAPH_READ_ONLY', { method, hint });
    },
  ]),
);
