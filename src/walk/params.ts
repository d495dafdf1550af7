/**
 * Parameters of the walk and how they are laid out for the kernel. Defaults live in pipeline/config.ts;
 * here are only preconditions.
 */
import type { NODE_TYPES } from '../base/ids.ts';
import type { Snapshot } from '../graph/types.ts';
import type { Kernel } from '../kernel/load.ts';
import { addressOf, type KernelMemory } from '../kernel/memory.ts';
import { TYPE_COUNT, type TypePolicy, toPolicedBits, toShareTable } from './policy.ts';

export interface WalkParams {
  /** Nodes in a walk, the start included; fewer where no arc leads on. ≥ 2. */
  readonly length: number;
  /** p — return parameter. < 1 goes back more often. > 0. */
  readonly returnP: number;
  /** q — in-out parameter. < 1 wanders outward, > 1 stays near. > 0. */
  readonly inOutQ: number;
  /** First the neighbour type is drawn by its share, then p, q and weights act within that type. {}: plain node2vec. */
  readonly policy: TypePolicy;
  readonly seed: number;
}

/** Plain data: addresses in kernel memory, ready to be sent to a worker. */
export interface WalkLayout {
  readonly params: WalkParams;
  readonly classCount: number;
  readonly segments: number;
  readonly sums: number;
  readonly slots: number; // 0 when all weights are equal
  readonly targets: number;
  readonly weights: number;
  readonly keyHashes: number;
  readonly shares: number;
  readonly policed: number;
  readonly firstProduct: number;
  readonly firstAttribute: number;
  readonly triangleFree: boolean;
  readonly symmetric: boolean;
  readonly nodeCount: number;
  /** Bytes of the stack that `buildSlots` needs in each worker. */
  readonly stackBytes: number;
}

/** Bytes the layout adds to a snapshot of n nodes and m arcs, for the estimate. */
export function walkBytes(nodeCount: number, arcCount: number, typed: boolean, weighted: boolean): number {
  const classes = typed ? TYPE_COUNT : 1;
  return (nodeCount * classes + 1) * 4 + nodeCount * classes * 4 + (weighted ? arcCount * 16 : 0);
}

/** @param snapshot laid out in `memory` */
export function layOutWalk(snapshot: Snapshot, params: WalkParams, memory: KernelMemory): WalkLayout {
  const policed = toPolicedBits(params.policy);
  const classCount = policed === 0 ? 1 : TYPE_COUNT;
  const segments = classCount === 1 ? snapshot.offsets : buildSegments(snapshot, policed, memory);
  const weighted = !hasEqualWeights(snapshot.weights);
  const shares = memory.f32(TYPE_COUNT * 8 * TYPE_COUNT);
  shares.set(toShareTable(params.policy));
  return {
    params,
    classCount,
    segments: addressOf(segments),
    sums: addressOf(memory.f32(snapshot.nodeCount * classCount)),
    slots: weighted ? memory.bytes(snapshot.arcCount * 16) : 0,
    targets: addressOf(snapshot.targets),
    weights: addressOf(snapshot.weights),
    keyHashes: addressOf(snapshot.keyHashes),
    shares: addressOf(shares),
    policed,
    firstProduct: snapshot.ranges[1]!.start,
    firstAttribute: snapshot.ranges[2]!.start,
    triangleFree: snapshot.twoColourable,
    symmetric: snapshot.symmetric,
    nodeCount: snapshot.nodeCount,
    stackBytes: 16 * maxDegree(snapshot),
  };
}

export function configureWalk(kernel: Kernel, w: WalkLayout): void {
  const { length, returnP, inOutQ, seed } = w.params;
  kernel.setGraph(
    w.classCount,
    w.segments,
    w.sums,
    w.slots,
    w.targets,
    w.keyHashes,
    w.firstProduct,
    w.firstAttribute,
  );
  kernel.setWalk(length, returnP, inOutQ, +w.triangleFree, +w.symmetric, w.shares, w.policed, BigInt(seed));
}

/** Rows ascend and types are row ranges, so the arcs to one type are contiguous: [n × 3 + 1] boundaries. */
function buildSegments(snapshot: Snapshot, policed: number, memory: KernelMemory): Uint32Array {
  const { offsets, targets, nodeCount, ranges } = snapshot;
  const segments = memory.u32(nodeCount * TYPE_COUNT + 1);
  ranges.forEach((range, type) => {
    for (let v = range.start; v < range.end; v++) {
      let a = offsets[v]!;
      const end = offsets[v + 1]!;
      for (let c = 0; c < TYPE_COUNT; c++) {
        segments[v * TYPE_COUNT + c] = a;
        const bound = (policed >> type) & 1 ? ranges[c]!.end : nodeCount; // without a policy the row is class 0
        while (a < end && targets[a]! < bound) a++;
      }
    }
  });
  segments[nodeCount * TYPE_COUNT] = offsets[nodeCount]!;
  return segments;
}

function hasEqualWeights(weights: Float32Array): boolean {
  for (let a = 1; a < weights.length; a++) if (weights[a] !== weights[0]) return false;
  return true;
}

function maxDegree({ offsets, nodeCount }: Snapshot): number {
  let max = 0;
  for (let v = 0; v < nodeCount; v++) max = Math.max(max, offsets[v + 1]! - offsets[v]!);
  return max;
}

/** Rows that walks start from: of the given types, with an arc to take. */
export function findStarts(snapshot: Snapshot, types: readonly (typeof NODE_TYPES)[number][]): Uint32Array {
  const starts: number[] = [];
  for (const { type, start, end } of snapshot.ranges) {
    if (!types.includes(type)) continue;
    for (let v = start; v < end; v++) if (snapshot.offsets[v + 1]! > snapshot.offsets[v]!) starts.push(v);
  }
  return Uint32Array.from(starts);
}
