/** Advice on a graph and the walk planned for it, in sentences that say what to do. */
import { compareIds, NODE_TYPES } from '../base/ids.ts';
import type { CatalogCounts } from '../catalog/types.ts';
import type { RunConfig } from './config.ts';
import type { GraphStats } from './graph-stats.ts';
import { toUnwalkedTexts } from './unwalked-arcs.ts';

export interface LintFinding {
  readonly level: 'error' | 'warning' | 'info';
  readonly code: string;
  readonly message: string;
}

/** Events, not relationships, where the two differ. */
export type LintCounts = Pick<CatalogCounts, 'customers' | 'interactions' | 'interactionsByType' | 'edges'>;

type Rule = (facts: {
  stats: GraphStats;
  counts: LintCounts;
  run: Pick<RunConfig, 'graph' | 'walk'>;
}) => LintFinding[];

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

/** From here on one node draws so many steps that its neighbours look alike to every walk. */
const HUB_SHARE = 0.03;
/** … and this many times its fair share: in a graph of fifty nodes every node has much. */
const HUB_TIMES = 10;
const ATTRIBUTE_SHARE = 0.3;
/** Amazon Personalize asks for as much before it trains at all. */
const LEAST_INTERACTIONS = 1000;
const LEAST_CUSTOMERS = 25;

const empty: Rule = ({ stats, counts }) =>
  stats.interactionEdges > 0 || (counts.edges > 0 && stats.relationshipCount > 0)
    ? []
    : [
        {
          level: 'error',
          code: 'GRAPH_EMPTY',
          message:
            'No edge leads from a customer to a product, and none was given: import interactions or edges, or look at typeWeights and otherTypes.',
        },
      ];

const oneKnob: Rule = ({ stats, run: { walk } }) => {
  const { returnFactor: p, inOutFactor: q } = walk;
  if (!stats.twoColourable) {
    return [
      {
        level: 'info',
        code: 'TRIANGLES',
        message: 'The graph has odd cycles: returnFactor (p) and inOutFactor (q) are two knobs.',
      },
    ];
  }
  if (walk.extend && q < 1) {
    const message = `Without triangles node2vec+ follows light edges as q = 1 would and the others as ${q}: returnFactor (p) and inOutFactor (q) are two knobs.`;
    return [{ level: 'info', code: 'NODE2VEC_PLUS', message }];
  }
  const message = `p and q are one knob here: without triangles only returnFactor / inOutFactor matters, now ${p} / ${q} = ${+(p / q).toPrecision(4)}.`;
  return [
    p !== 1 && q !== 1
      ? {
          level: 'warning',
          code: 'P_AND_Q_ARE_ONE_KNOB',
          message: `${message} Vary one and leave the other at 1${walk.extend ? '; extend does nothing here unless q is below 1' : ''}.`,
        }
      : { level: 'info', code: 'P_AND_Q_ARE_ONE_KNOB', message },
  ];
};

const isolated: Rule = ({ stats }) =>
  NODE_TYPES.flatMap((type) => {
    const { isolated, nodes } = stats.byType[type];
    if (isolated === 0) return [];
    const message = `${isolated} of ${nodes} ${type}s have no edge: no walk reaches them and they get no vector; replies say so.`;
    return [{ level: isolated / nodes > 0.2 ? 'warning' : 'info', code: 'ISOLATED', message } as const];
  });

const hubs: Rule = ({ stats }) =>
  stats.hubs
    .filter((hub) => hub.visitShare > Math.max(HUB_SHARE, HUB_TIMES / stats.nodeCount))
    .map((hub) => ({
      level: 'warning',
      code: 'HUB',
      message: `${hub.type} ${hub.id}${hub.name ? ` (${hub.name})` : ''} takes ${percent(hub.visitShare)} of all steps with ${hub.degree} neighbours. ${
        hub.type === 'attribute'
          ? 'Give attributes a smaller share with typePolicy, or leave this kind out.'
          : 'A half-life makes old interactions weigh less; damping log, the default, makes repeated ones weigh less.'
      }`,
    }));

const swallowed: Rule = ({ stats }) =>
  stats.expectedVisits.attribute <= ATTRIBUTE_SHARE
    ? []
    : [
        {
          level: 'warning',
          code: 'ATTRIBUTES_SWALLOW_WALKS',
          message: `Attributes take ${percent(stats.expectedVisits.attribute)} of all steps; behaviour gets the rest. Lower their share with typePolicy.`,
        },
      ];

const pieces: Rule = ({ stats }) =>
  stats.components <= 1 || stats.largestComponentShare > 0.99
    ? []
    : [
        {
          level: 'warning',
          code: 'DISCONNECTED',
          message: `The graph falls into ${stats.components} components, the largest with ${percent(stats.largestComponentShare)} of the connected nodes: vectors of different components cannot be compared.`,
        },
      ];

const small: Rule = ({ counts }) =>
  (counts.interactions >= LEAST_INTERACTIONS && counts.customers >= LEAST_CUSTOMERS) ||
  (counts.interactions === 0 && counts.edges > 0)
    ? []
    : [
        {
          level: 'warning',
          code: 'LITTLE_DATA',
          message: `${counts.interactions} interactions of ${counts.customers} customers are little to learn from; below about ${LEAST_INTERACTIONS} and ${LEAST_CUSTOMERS} expect noise.`,
        },
      ];

const DEAD_END_SHARE = 0.9;

const deadEnds: Rule = ({ stats, run: { walk } }) => {
  if (!stats.directed) return [];
  const directed: LintFinding = {
    level: 'info',
    code: 'DIRECTED',
    message: `Some edges go one way: walks follow them. ${stats.deadEnds} nodes have no way out, and a walk ends there.`,
  };
  if (stats.expectedWalkLength >= DEAD_END_SHARE * walk.walkLength) return [directed];
  const length = +stats.expectedWalkLength.toPrecision(3);
  return [
    directed,
    {
      level: 'warning',
      code: 'DEAD_ENDS',
      message: `Walks of ${walk.walkLength} nodes are expected to end after ${length}: ${stats.deadEnds} nodes have no way out. Raise walksPerNode, or import the edges without --directed.`,
    },
  ];
};

const ignoredEdges: Rule = ({ stats, run: { walk } }) =>
  toUnwalkedTexts(stats.unwalkedArcs, walk.typePolicy).map((message) => ({
    level: 'warning',
    code: 'EDGES_WITHOUT_SHARE',
    message,
  }));

const tooLarge: Rule = ({ stats: { drawnFrom }, run: { graph } }) =>
  (['sequence', 'baskets'] as const).flatMap((option) => {
    const { leftOut, units } = drawnFrom?.[option] ?? { leftOut: 0, units: 0 };
    if (leftOut === 0) return [];
    const message = `${leftOut} of ${units} baskets have more than ${graph.maxBasketProducts} products and take no part in graph.${option}: raise maxBasketProducts to let them in, arcs grow with its square.`;
    return [
      { level: leftOut / units > 0.05 ? 'warning' : 'info', code: 'BASKETS_LEFT_OUT', message } as const,
    ];
  });

const unknownTypes: Rule = ({ counts, run: { graph } }) =>
  Object.keys(graph.typeWeights)
    .filter((type) => !(type in counts.interactionsByType))
    .map((type) => ({
      level: 'warning',
      code: 'TYPE_UNKNOWN',
      message: `typeWeights names "${type}", but there is only: ${Object.keys(counts.interactionsByType).sort(compareIds).join(', ')}.`,
    }));

const RULES: readonly Rule[] = [
  empty,
  small,
  unknownTypes,
  ignoredEdges,
  tooLarge,
  deadEnds,
  hubs,
  swallowed,
  isolated,
  pieces,
  oneKnob,
];

/** Errors first, then warnings, then what is merely good to know. */
export function lintGraph(facts: Parameters<Rule>[0]): LintFinding[] {
  const order = { error: 0, warning: 1, info: 2 };
  return RULES.flatMap((rule) => rule(facts)).sort((a, b) => order[a.level] - order[b.level]);
}
