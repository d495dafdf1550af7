/** What a user should know of the graph before training: sizes, isolates, hubs, where the steps go. */
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import type { TaskContext } from '../base/task.ts';
import { degreeOf, refOf } from '../graph/snapshot.ts';
import type { Snapshot } from '../graph/types.ts';
import { expectedVisits } from '../walk/law.ts';
import { findStarts } from '../walk/params.ts';
import type { WalkConfig } from './config.ts';

export interface DegreeFacts {
  readonly nodes: number;
  /** No interaction and no attribute: no walk reaches them, they get no vector. */
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
  readonly relationshipCount: number;
  /** Of them, between a customer and a product. */
  readonly interactionEdges: number;
  readonly byType: Readonly<Record<NodeType, DegreeFacts>>;
  readonly components: number; // isolated nodes not counted
  /** Share of connected nodes in the largest component. */
  readonly largestComponentShare: number;
  /** No triangles, so only returnFactor / inOutFactor matters. */
  readonly twoColourable: boolean;
  /** Share of steps per type, under first-order steps and the type policy. */
  readonly expectedVisits: Readonly<Record<NodeType, number>>;
  readonly hubs: readonly Hub[]; // the ten most visited, most first
  /** Chance to step straight back at a node of the median degree of its type, weights taken as equal. */
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
  const total = visits.reduce((a, b) => a + b, 0) || 1;
  const byType = mapTypes((type) => toDegreeFacts(g, type));
  const rho = walk.returnFactor / walk.inOutFactor;
  const top = topRows(visits, HUBS).filter((v) => visits[v]! > 0);
  const hubs = await Promise.all(
    top.map(async (v) => {
      const { type, id } = refOf(g, v);
      return {
        type,
        id,
        name: await nameOf(type, id),
        degree: degreeOf(g, v),
        visitShare: visits[v]! / total,
      };
    }),
  );
  return {
    nodeCount: g.nodeCount,
    relationshipCount: g.arcCount / 2,
    interactionEdges: countInteractionEdges(g),
    byType,
    ...toComponents(g),
    twoColourable: g.twoColourable,
    expectedVisits: mapTypes((type) => {
      const { start, end } = g.ranges[NODE_TYPES.indexOf(type)]!;
      return visits.subarray(start, end).reduce((a, b) => a + b, 0) / total;
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

function toDegreeFacts(g: Snapshot, type: NodeType): DegreeFacts {
  const { start, end } = g.ranges[NODE_TYPES.indexOf(type)]!;
  const degrees = Uint32Array.from({ length: end - start }, (_, i) => degreeOf(g, start + i)).sort();
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

function toComponents(g: Snapshot): { components: number; largestComponentShare: number } {
  const seen = new Uint8Array(g.nodeCount);
  const queue = new Uint32Array(g.nodeCount);
  let components = 0;
  let largest = 0;
  let connected = 0;
  for (let root = 0; root < g.nodeCount; root++) {
    if (seen[root] || degreeOf(g, root) === 0) continue;
    let head = 0;
    let tail = 0;
    queue[tail++] = root;
    seen[root] = 1;
    while (head < tail) {
      const v = queue[head++]!;
      for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) {
        const x = g.targets[a]!;
        if (!seen[x]) {
          seen[x] = 1;
          queue[tail++] = x;
        }
      }
    }
    components++;
    connected += tail;
    largest = Math.max(largest, tail);
  }
  return { components, largestComponentShare: connected ? largest / connected : 0 };
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
