/** What a user should know of the graph before training: sizes, isolates, hubs, where the steps go. */
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import type { TaskContext } from '../base/task.ts';
import { toDegrees, toPairCount } from '../graph/arcs.ts';
import { findComponents } from '../graph/components.ts';
import { refOf } from '../graph/snapshot.ts';
import type { ProductArcCounts, Snapshot } from '../graph/types.ts';
import { expectedVisits } from '../walk/law.ts';
import { findStarts } from '../walk/params.ts';
import type { WalkConfig } from './config.ts';
import { type ArcCounts, countUnwalkedArcs } from './unwalked-arcs.ts';

/** Of one type. A degree counts neighbours, whichever way the arc between points. */
export interface DegreeFacts {
  readonly nodes: number;
  /** No interaction, no attribute and no other edge: no walk reaches them, they get no vector. */
  readonly isolated: number;
  readonly median: number;
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
}

export interface Hub {
  readonly type: NodeType;
  readonly id: string;
  readonly name: string;
  readonly degree: number;
  /** Share of all steps that are expected on it. */
  readonly visitShare: number;
}

export interface GraphStats {
  readonly nodeCount: number;
  /** Pairs of nodes with an arc between them, either way. */
  readonly relationshipCount: number;
  /** Of them, between a customer and a product. */
  readonly interactionEdges: number;
  /** Arcs by the types of their two ends: an undirected edge is two of them. */
  readonly arcs: ArcCounts;
  /** Of them, those that the type policy never walks. */
  readonly unwalkedArcs: ArcCounts;
  /** What arcs between products were drawn from, where the settings draw any. */
  readonly drawnFrom?: ProductArcCounts;
  /** Some arc has no reverse of the same weight. */
  readonly directed: boolean;
  /** Nodes that walks reach and cannot leave; none on an undirected graph. */
  readonly deadEnds: number;
  /** Nodes in a walk as expected, at most walkLength: fewer where walks meet dead ends. */
  readonly expectedWalkLength: number;
  readonly byType: Readonly<Record<NodeType, DegreeFacts>>;
  readonly components: number; // isolated nodes not counted
  /** Share of connected nodes in the largest component. */
  readonly largestComponentShare: number;
  /** No triangles, so only returnFactor / inOutFactor matters. */
  readonly twoColourable: boolean;
  /** Share of steps per type, under first-order steps and the type policy. */
  readonly expectedVisits: Readonly<Record<NodeType, number>>;
  readonly hubs: readonly Hub[]; // the ten most visited, most first
  /** Chance to step straight back at a node of the median degree of its type, weights taken as equal; on a directed graph, where an arc leads back. */
  readonly returnProbability: Readonly<Record<NodeType, number>>;
}

const HUBS = 10;

export interface GraphStatsOptions extends TaskContext {
  readonly walk: WalkConfig;
  /** Display name of a node, '' for none. */
  readonly nameOf: (type: NodeType, id: string) => Promise<string>;
}

/** @throws ShelfwalkError ABORTED */
export async function toGraphStats(
  g: Snapshot,
  { walk, nameOf, ...context }: GraphStatsOptions,
): Promise<GraphStats> {
  const starts = findStarts(g, walk.startTypes);
  const visits = await expectedVisits(
    g,
    { starts, length: walk.walkLength, policy: walk.typePolicy },
    context,
  );
  const total = visits.reduce((a, b) => a + b, 0);
  const toShare = (part: number): number => (total > 0 ? part / total : 0);
  const degrees = toDegrees(g);
  const byType = mapTypes((type) => toDegreeFacts(g, type, degrees));
  const rho = walk.returnFactor / walk.inOutFactor;
  const top = topRows(visits, HUBS).filter((v) => visits[v]! > 0);
  const hubs = await Promise.all(
    top.map(async (v) => {
      const { type, id } = refOf(g, v);
      return {
        type,
        id,
        name: await nameOf(type, id),
        degree: degrees[v]!,
        visitShare: toShare(visits[v]!),
      };
    }),
  );
  return {
    nodeCount: g.nodeCount,
    relationshipCount: toPairCount(degrees),
    interactionEdges: countInteractionEdges(g),
    arcs: countArcs(g),
    unwalkedArcs: countUnwalkedArcs(g, walk.typePolicy),
    directed: !g.symmetric,
    deadEnds: countDeadEnds(g, degrees),
    expectedWalkLength: starts.length > 0 ? total / starts.length : 0,
    byType,
    ...toComponentFacts(g, degrees),
    twoColourable: g.twoColourable,
    expectedVisits: mapTypes((type) => {
      const { start, end } = g.ranges[NODE_TYPES.indexOf(type)]!;
      return toShare(visits.subarray(start, end).reduce((a, b) => a + b, 0));
    }),
    hubs,
    returnProbability: mapTypes((type) => {
      const d = byType[type].median;
      return d === 0 ? 0 : 1 / (1 + rho * (d - 1));
    }),
  };
}

const mapTypes = <T>(f: (type: NodeType) => T): Record<NodeType, T> =>
  Object.fromEntries(NODE_TYPES.map((type) => [type, f(type)])) as Record<NodeType, T>;

function toDegreeFacts(g: Snapshot, type: NodeType, all: Uint32Array): DegreeFacts {
  const { start, end } = g.ranges[NODE_TYPES.indexOf(type)]!;
  const degrees = all.slice(start, end).sort();
  const at = (share: number): number =>
    degrees[Math.min(degrees.length - 1, Math.floor(share * degrees.length))] ?? 0;
  const sum = degrees.reduce((a, b) => a + b, 0);
  const firstConnected = degrees.findIndex((d) => d > 0);
  return {
    nodes: degrees.length,
    isolated: firstConnected < 0 ? degrees.length : firstConnected,
    median: at(0.5),
    mean: degrees.length ? sum / degrees.length : 0,
    p99: at(0.99),
    max: degrees[degrees.length - 1] ?? 0,
  };
}

export function countInteractionEdges(g: Snapshot): number {
  const [customers, products] = g.ranges;
  let count = 0;
  for (let a = 0; a < g.offsets[customers!.end]!; a++) {
    if (g.targets[a]! >= products!.start && g.targets[a]! < products!.end) count++;
  }
  return count;
}

function countArcs(g: Snapshot): Record<NodeType, Record<NodeType, number>> {
  const counts = mapTypes(() => mapTypes(() => 0));
  const [customers, products] = g.ranges;
  for (const { type, start, end } of g.ranges) {
    const row = NODE_TYPES.map(() => 0);
    for (let a = g.offsets[start]!; a < g.offsets[end]!; a++) {
      const x = g.targets[a]!;
      row[+(x >= customers!.end) + +(x >= products!.end)]!++;
    }
    counts[type] = mapTypes((to) => row[NODE_TYPES.indexOf(to)]!);
  }
  return counts;
}

function countDeadEnds(g: Snapshot, degrees: Uint32Array): number {
  let count = 0;
  for (let v = 0; v < g.nodeCount; v++) if (degrees[v]! > 0 && g.offsets[v + 1] === g.offsets[v]) count++;
  return count;
}

function toComponentFacts(
  g: Snapshot,
  degrees: Uint32Array,
): Pick<GraphStats, 'components' | 'largestComponentShare'> {
  const { roots } = findComponents(g.offsets, g.targets);
  const sizes = new Map<number, number>();
  let connected = 0;
  for (let v = 0; v < g.nodeCount; v++) {
    if (degrees[v] === 0) continue;
    sizes.set(roots[v]!, (sizes.get(roots[v]!) ?? 0) + 1);
    connected++;
  }
  const largest = [...sizes.values()].reduce((most, size) => Math.max(most, size), 0);
  return { components: sizes.size, largestComponentShare: connected ? largest / connected : 0 };
}

/** Rows of the largest values, largest first, ties by row. */
function topRows(values: Float64Array, count: number): number[] {
  const top: number[] = [];
  for (let row = 0; row < values.length; row++) {
    if (top.length === count && values[row]! <= values[top[count - 1]!]!) continue;
    let at = top.length;
    while (at > 0 && values[top[at - 1]!]! < values[row]!) at--;
    top.splice(at, 0, row);
    top.length = Math.min(top.length, count);
  }
  return top;
}
