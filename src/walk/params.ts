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
  /** node2vec+: q minds weights. γ ≥ 0: an arc is loose that weighs less than the mean of its segment and γ standard deviations. */
  readonly extend?: { readonly gamma: number } | undefined;
  readonly seed: number;
}

/** Plain data: addresses in kernel memory, ready to be sent to a worker. */
export interface WalkLayout {
  readonly params: WalkParams;
  readonly classCount: number;
  readonly segments: number;
  readonly sums: number;
  readonly thresholds: number; // 0: node2vec+ is not asked for, or would walk as node2vec does
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
export function walkBytes(
  nodeCount: number,
  arcCount: number,
  { typed, weighted, extended }: { typed: boolean; weighted: boolean; extended: boolean },
): number {
  const segments = nodeCount * (typed ? TYPE_COUNT : 1);
  const perSegment = 4 + 4 + (weighted && extended ? 4 : 0); // first arc, sum, threshold
  return segments * perSegment + 4 + (weighted ? arcCount * 16 : 0);
}

/**
 * Where all weights are equal every arc is as heavy as the threshold, and without triangles q ≥ 1 leaves
 * α = 1/q to all but the way back: node2vec+ is node2vec there, and O(1) a step.
 */
const isExtended = (
  { twoColourable }: Snapshot,
  { extend, inOutQ }: WalkParams,
  weighted: boolean,
): boolean => extend !== undefined && weighted && !(twoColourable && inOutQ >= 1);

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
    thresholds: isExtended(snapshot, params, weighted)
      ? addressOf(memory.f32(snapshot.nodeCount * classCount))
      : 0,
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
    w.policed,
    +w.symmetric,
    w.thresholds,
  );
  kernel.setWalk(length, returnP, inOutQ, +w.triangleFree, w.shares, BigInt(seed));
}

/** Alias slots, sums and thresholds of nodes [from, to). @param stack address of `stackBytes` bytes */
export function prepareArcs(
  kernel: Kernel,
  { weights, params }: WalkLayout,
  { from, to, stack }: { from: number; to: number; stack: number },
): void {
  kernel.buildSlots(from, to, weights, stack, params.extend?.gamma ?? 0);
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
