/**
 * The closed form of what comes next, for graphs with arcs between products: the top singular vectors of the law
 * of the next product, its left ones as vectors and its right ones as contexts.
 */
import type { TaskContext } from '../base/task.ts';
import type { NodeRange, Snapshot } from '../graph/types.ts';
import type { SparseRows } from '../kernel/block.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { buildNextProduct, type NextProduct, nextProductBytes } from './next-product.ts';
import {
  createNextProductOperator,
  type NextProductOperator,
  nextProductOperatorBytes,
} from './next-product-operator.ts';
import {
  findDirections,
  LEAST_VALUE,
  orient,
  type SpectralModel,
  type SpectralParams,
  toModel,
  toTurn,
  toWidth,
} from './spectral-embeddings.ts';
import type { Subspace } from './subspace.ts';

interface Size {
  readonly nodeCount: number;
  readonly arcCount: number;
  readonly dimension: number;
}

/** Bytes the model adds to a snapshot, for the estimate. */
export function nextProductModelBytes({ nodeCount, arcCount, dimension }: Size): number {
  const width = toWidth(dimension);
  return (
    nextProductBytes(nodeCount, arcCount) +
    2 * nodeCount * width * 4 +
    nextProductOperatorBytes(nodeCount, width)
  );
}

/**
 * Whether vectors of a graph are those of what comes next: some arc goes one way, or products of a shop have
 * arcs of their own. An undirected graph of products alone has no customers to ask what comes next.
 */
export function hasNextProduct({ symmetric, ranges, offsets, targets }: Snapshot): boolean {
  if (!symmetric) return true;
  const [customers, products] = ranges;
  const leadsToProduct = ({ start, end }: NodeRange): boolean =>
    targets.subarray(offsets[start], offsets[end]).some((to) => to >= products!.start && to < products!.end);
  return leadsToProduct(customers!) && leadsToProduct(products!);
}

/**
 * With N the law of the next product (next-product.ts) and N = U S Vᵀ:
 *
 *     vectors of products = R^-b U Sᵉ, contexts = V Sᵉ
 *
 * so that for e = ½ in·out of two products is R^-½ F C^(b − ½), what comes next of what. Of any other node both rows are
 * means of the rows of the products it leads to, by the law of the walk, so that a customer's in·out is the
 * mean of those of what it took; where it leads to none, of the customers and attributes that have rows.
 *
 * The degree exponent is inside N, where it decides which directions are found; from vectors it is taken again,
 * as from those of the symmetric form (emphasis.ts), and contexts keep it. N is found to what f32 holds beside its
 * largest value, about 2e-3 of it: in the row of a product that hardly anything leaves, that error over its Rᵇ.
 *
 * @param snapshot laid out in `memory`, as is everything that is returned
 * @throws ShelfwalkError GRAPH_EMPTY — no walk leads from a product to a product · LIMIT_EXCEEDED · ABORTED
 */
export async function computeNextProduct(
  snapshot: Snapshot,
  memory: KernelMemory,
  { dimension, filterExponent, degreeExponent, rounds, policy, seed }: SpectralParams,
  context: TaskContext = {},
): Promise<SpectralModel> {
  const width = toWidth(dimension);
  const law = await buildNextProduct(snapshot, memory, { ...context, policy, degreeExponent });
  const operator = await createNextProductOperator(law, memory, width, context);
  const space = await findDirections(operator, law.near, snapshot, memory, {
    ...context,
    ...{ dimension, rounds, seed },
  });
  const singularValues = Float64Array.from(space.values.subarray(0, dimension), (square) =>
    square < LEAST_VALUE ? 0 : Math.sqrt(square),
  );
  const [vectors, contexts] = await weigh(operator, space, singularValues, filterExponent);
  divideRows(vectors, law, width);
  await fillFar(operator, law, snapshot, [vectors, contexts]);
  await orient([vectors, contexts], { ...context, width, dimension });
  return toModel([vectors, contexts], singularValues, space, { dimension, width });
}

/** Left singular vectors are N V S⁻¹. The blocks of the subspace are used up. @returns vectors, contexts: on products */
async function weigh(
  operator: NextProductOperator,
  { block, room, vectors }: Subspace,
  singularValues: Float64Array,
  exponent: number,
): Promise<[vectors: Float32Array, contexts: Float32Array]> {
  const { width } = operator;
  const image = await operator.image(block);
  await operator.transform('near', block, room, toTurn(vectors, singularValues, { width, power: exponent }));
  await operator.transform(
    'near',
    image,
    block,
    toTurn(vectors, singularValues, { width, power: exponent - 1 }),
  );
  return [block, room];
}

/** What a product is followed by is not to depend on how much follows it: its emphasis was for the directions. */
function divideRows(vectors: Float32Array, { near, emphasis }: NextProduct, width: number): void {
  for (const v of near) {
    for (let d = v * width; d < (v + 1) * width; d++) vectors[d]! /= emphasis[v]!;
  }
}

/** Means of the rows of products; then, where a row leads to none, of the far rows that have such a mean. */
async function fillFar(
  operator: NextProductOperator,
  { onward, shares, far }: NextProduct,
  snapshot: Snapshot,
  blocks: readonly Float32Array[],
): Promise<void> {
  const { start, end } = snapshot.ranges[1]!;
  const toProduct = (v: number): boolean => v >= start && v < end;
  const reached = fillMeans(onward, shares, far, toProduct);
  for (const block of blocks) await operator.multiply(far, onward, block);
  const rest = far.filter((v) => reached[v] === 0);
  if (rest.length === 0) return;
  far.set(rest); // the list lies in kernel memory
  const left = far.subarray(0, rest.length);
  fillMeans(onward, shares, left, (v) => reached[v] === 1);
  for (const block of blocks) await operator.multiply(left, onward, block);
}

/**
 * The law of the listed rows, given that it leads to where it counts; 0 elsewhere.
 * @returns u8 [n]: 1 for a listed row that leads there at all
 */
function fillMeans(
  { offsets, targets, values }: SparseRows,
  shares: Float64Array,
  rows: Uint32Array,
  counts: (target: number) => boolean,
): Uint8Array {
  const reached = new Uint8Array(offsets.length - 1);
  for (const v of rows) {
    let total = 0;
    for (let a = offsets[v]!; a < offsets[v + 1]!; a++) if (counts(targets[a]!)) total += shares[a]!;
    for (let a = offsets[v]!; a < offsets[v + 1]!; a++) {
      values[a] = total > 0 && counts(targets[a]!) ? shares[a]! / total : 0;
    }
    if (total > 0) reached[v] = 1;
  }
  return reached;
}
