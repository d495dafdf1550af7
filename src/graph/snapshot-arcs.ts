/**
 * The edges of a snapshot in which some go one way: every arc is an edge of its own, an edge that was
 * given both ways two. A row holds the arcs out of a node; those into it are indexed when they are first
 * asked for, which costs 8 bytes an arc.
 */
import { findArc } from './arcs.ts';
import type { SnapshotEdge, SnapshotEdges } from './snapshot-edges.ts';
import type { Snapshot } from './types.ts';

export function createDirectedEdges(g: Snapshot): SnapshotEdges {
  const { nodeCount, arcCount, offsets, targets } = g;
  let index: ArcsInto | undefined;
  const into = (): ArcsInto => (index ??= indexArcsInto(g));
  const outdegree = (row: number): number => offsets[row + 1]! - offsets[row]!;
  const indegree = (row: number): number => into().offsets[row + 1]! - into().offsets[row]!;

  function* arcsOut(from: number): Generator<SnapshotEdge> {
    for (let arc = offsets[from]!; arc < offsets[from + 1]!; arc++) yield { arc, from, to: targets[arc]! };
  }
  function* arcsIn(to: number): Generator<SnapshotEdge> {
    const { offsets: starts, arcs, sources } = into();
    for (let i = starts[to]!; i < starts[to + 1]!; i++) yield { arc: arcs[i]!, from: sources[i]!, to };
  }
  const find = (from: number, to: number): SnapshotEdge[] => {
    const arc = findArc(g, from, to);
    return arc < 0 ? [] : [{ arc, from, to }];
  };
  const targetsOf = (row: number): Uint32Array => targets.subarray(offsets[row], offsets[row + 1]);
  const sourcesOf = (row: number): Uint32Array =>
    into().sources.subarray(into().offsets[row], into().offsets[row + 1]);

  return {
    directed: true,
    count: arcCount,
    *all() {
      for (let from = 0; from < nodeCount; from++) yield* arcsOut(from);
    },
    *at(row, way) {
      if (way !== 'out') yield* arcsIn(row);
      if (way !== 'in') yield* arcsOut(row);
    },
    between: (row, other, way) => [
      ...(way !== 'out' ? find(other, row) : []),
      ...(way !== 'in' ? find(row, other) : []),
    ],
    ofArc(arc) {
      if (!(arc >= 0 && arc < arcCount)) return undefined;
      return { arc, from: findSource(g, arc), to: targets[arc]! };
    },
    neighbors(row, way) {
      if (way === 'out') return targetsOf(row);
      if (way === 'in') return sourcesOf(row);
      const sources = sourcesOf(row);
      const others = targetsOf(row).filter((other) => findArc(g, other, row) < 0);
      const all = new Uint32Array(sources.length + others.length);
      all.set(sources);
      all.set(others, sources.length);
      return all;
    },
    degree: (row, way) => (way !== 'out' ? indegree(row) : 0) + (way !== 'in' ? outdegree(row) : 0),
  };
}

/** Row of the node that an arc leads out of. O(log n) */
export function findSource({ nodeCount, offsets }: Snapshot, arc: number): number {
  let low = 0;
  let high = nodeCount;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (offsets[middle]! <= arc) low = middle;
    else high = middle;
  }
  return low;
}

interface ArcsInto {
  readonly offsets: Uint32Array; // [n + 1] row i is arcs[offsets[i] .. offsets[i + 1])
  readonly arcs: Uint32Array; // [m]
  readonly sources: Uint32Array; // [m] parallel to arcs, ascending within a row
}

function indexArcsInto({ nodeCount, arcCount, offsets, targets }: Snapshot): ArcsInto {
  const starts = new Uint32Array(nodeCount + 1);
  for (const to of targets) starts[to + 1]!++;
  for (let v = 0; v < nodeCount; v++) starts[v + 1]! += starts[v]!;
  const at = starts.slice();
  const [arcs, sources] = [new Uint32Array(arcCount), new Uint32Array(arcCount)];
  for (let from = 0; from < nodeCount; from++) {
    for (let arc = offsets[from]!; arc < offsets[from + 1]!; arc++) {
      const i = at[targets[arc]!]!++;
      arcs[i] = arc;
      sources[i] = from;
    }
  }
  return { offsets: starts, arcs, sources };
}
