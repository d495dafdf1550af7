/**
 * The law of the next product, as a sparse operator that is never multiplied out: a walk goes from a product
 * to a product at once, or by way of one customer or attribute. For graphs with arcs between products.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import type { Snapshot } from '../graph/types.ts';
import type { SparseRows } from '../kernel/block.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { toArcShares } from '../walk/law.ts';
import type { TypePolicy } from '../walk/policy.ts';
import { toRelativePowers } from './emphasis.ts';
import { createFlow, type Flow } from './flow.ts';

export interface NextProduct {
  /** With x on the products: z ← onward x on the far rows, then y ← onward [x; z] on the near ones, is y = N x. */
  readonly onward: SparseRows;
  /** Its transpose, which makes Nᵀ of the same two steps. */
  readonly backward: SparseRows;
  /** P, the law of every arc. f64 [m], parallel to those of the snapshot */
  readonly shares: Float64Array;
  /** Rᵇ of a product over its mean over what leaves: by how much N exceeds the law that vectors are of. f64 [n] */
  readonly emphasis: Float64Array;
  /** Products with an arc, in or out. */
  readonly near: Uint32Array;
  /** Customers and attributes with an arc, in or out. */
  readonly far: Uint32Array;
}

/** Bytes that it adds to a snapshot of n nodes and m arcs, for the estimate. */
export const nextProductBytes = (nodeCount: number, arcCount: number): number =>
  arcCount * 12 + nodeCount * 8 + 4;

export interface NextProductOptions extends TaskContext {
  readonly policy: TypePolicy;
  /** b: what leaves a product divides its row, and what arrives its column, to the power ½ − b. */
  readonly degreeExponent: number;
}

/**
 * With P the first-order law of the walk under the policy, p products, f customers and attributes, and Π the
 * strength of a product (the weights of those of its arcs that are walked at all),
 *
 *     F = Π (P_pp + P_pf P_fp)        what flows from product to product
 *     N = R^(b − ½) F C^(b − ½) / σ   R = F 1, C = Fᵀ 1
 *
 * with σ about the largest singular value. For b = 0 it is exactly 1; and of an undirected graph of customers
 * and products F is W D_c⁻¹ Wᵀ then and N is B Bᵀ, with B the normalised adjacency of adjacency.ts.
 * @param snapshot laid out in `memory`
 * @throws ShelfwalkError GRAPH_EMPTY — no walk leads from a product to a product · ABORTED
 */
export async function buildNextProduct(
  snapshot: Snapshot,
  memory: KernelMemory,
  { policy, degreeExponent, ...context }: NextProductOptions,
): Promise<NextProduct> {
  const { offsets, targets, arcCount } = snapshot;
  const shares = toArcShares(snapshot, policy);
  const flow = createFlow(snapshot, shares, context);
  const { left, right, emphasis } = await toScales(snapshot, flow, { shares, degreeExponent });
  const onward: SparseRows = { offsets, targets, values: memory.f32(arcCount) };
  fillValues(onward.values, shares, snapshot, { left, right });
  const backward = transpose(onward, snapshot, memory);
  return { onward, backward, shares, emphasis, ...layOutRows(snapshot, backward, memory) };
}

/** Of the rows and the columns of F. f64 [n], 0 where nothing flows, and on all but products */
interface Scales {
  readonly left: Float64Array;
  readonly right: Float64Array;
}

async function toScales(
  snapshot: Snapshot,
  flow: Flow,
  { shares, degreeExponent }: { readonly shares: Float64Array; readonly degreeExponent: number },
): Promise<Scales & Pick<NextProduct, 'emphasis'>> {
  const strengths = toStrengths(snapshot, shares);
  const leaving = await flow.onward(new Float64Array(snapshot.nodeCount).fill(1)); // R = Π · this
  const arriving = await flow.backward(strengths); // C
  if (!arriving.some((x) => x > 0)) {
    throw new ShelfwalkError('GRAPH_EMPTY', {
      found: 'no walk that leads from a product to a product',
      expected: 'arcs between products, or through a customer or an attribute, that the type policy walks',
    });
  }
  const outward = strengths.map((w, v) => w * leaving[v]!); // R
  const emphasis = toRelativePowers(outward, degreeExponent);
  const left = strengths.map((w, v) => (outward[v]! > 0 ? (w * emphasis[v]!) / Math.sqrt(outward[v]!) : 0));
  const right = arriving.map((x) => (x > 0 ? x ** (degreeExponent - 0.5) : 0));
  const top = await findTop(flow, { left, right }, arriving);
  return { left: left.map((x) => x / top), right, emphasis };
}

/** Sums of the weights of arcs that are walked, on products. f64 [n] */
function toStrengths({ offsets, weights, ranges, nodeCount }: Snapshot, shares: Float64Array): Float64Array {
  const strengths = new Float64Array(nodeCount);
  const { start, end } = ranges[1]!;
  for (let v = start; v < end; v++) {
    for (let a = offsets[v]!; a < offsets[v + 1]!; a++) if (shares[a]! > 0) strengths[v]! += weights[a]!;
  }
  return strengths;
}

/** Few, for the entries are not negative and the first vector is close; the filter needs no more than about 1. */
const POWER_STEPS = 10;

/** The largest singular value, from below, by the power method from √C: for b = 0 that is the singular vector. */
async function findTop(flow: Flow, { left, right }: Scales, arriving: Float64Array): Promise<number> {
  let x = arriving.map(Math.sqrt);
  let top = 0;
  for (let step = 0; step < POWER_STEPS; step++) {
    const length = toLength(x);
    const y = (await flow.onward(x.map((value, v) => (right[v]! * value) / length))).map(
      (value, v) => left[v]! * value,
    );
    top = toLength(y);
    x = (await flow.backward(y.map((value, v) => left[v]! * value))).map((value, v) => right[v]! * value);
  }
  return top;
}

const toLength = (x: Float64Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));

/** Rows of products are scaled from the left, and so are columns of products, in any row, from the right. */
function fillValues(
  values: Float32Array,
  shares: Float64Array,
  { offsets, targets, ranges }: Snapshot,
  { left, right }: Scales,
): void {
  const products = ranges[1]!;
  ranges.forEach((range) => {
    for (let v = range.start; v < range.end; v++) {
      for (let a = offsets[v]!; a < offsets[v + 1]!; a++) {
        const x = targets[a]!;
        const isToProduct = x >= products.start && x < products.end;
        if (range === products) values[a] = left[v]! * shares[a]! * (isToProduct ? right[x]! : 1);
        else values[a] = isToProduct ? shares[a]! * right[x]! : 0; // by way of one node, not of two
      }
    }
  });
}

/** Sources ascend, so rows of the transpose do. */
function transpose(
  { offsets, targets, values }: SparseRows,
  { nodeCount, arcCount }: Snapshot,
  memory: KernelMemory,
): SparseRows {
  const into = memory.u32(nodeCount + 1);
  const sources = memory.u32(arcCount);
  const weights = memory.f32(arcCount);
  for (let a = 0; a < arcCount; a++) into[targets[a]! + 1]!++;
  for (let v = 0; v < nodeCount; v++) into[v + 1]! += into[v]!;
  const next = into.slice();
  for (let v = 0; v < nodeCount; v++) {
    for (let a = offsets[v]!; a < offsets[v + 1]!; a++) {
      const at = next[targets[a]!]!++;
      sources[at] = v;
      weights[at] = values[a]!;
    }
  }
  return { offsets: into, targets: sources, values: weights };
}

function layOutRows(
  { offsets, ranges, nodeCount }: Snapshot,
  { offsets: into }: SparseRows,
  memory: KernelMemory,
): Pick<NextProduct, 'near' | 'far'> {
  const { start, end } = ranges[1]!;
  const connected = Uint32Array.from({ length: nodeCount }, (_, v) => v).filter(
    (v) => offsets[v + 1]! > offsets[v]! || into[v + 1]! > into[v]!,
  );
  const isProduct = (v: number): boolean => v >= start && v < end;
  const place = (rows: Uint32Array): Uint32Array => {
    const room = memory.u32(rows.length);
    room.set(rows);
    return room;
  };
  return { near: place(connected.filter(isProduct)), far: place(connected.filter((v) => !isProduct(v))) };
}
