/** A small shop with planted communities, and the shortest way from it to a trained model. */
import { createHash } from 'node:crypto';
import { NODE_TYPES } from '../../src/base/ids.ts';
import type { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import { buildSnapshot } from '../../src/graph/snapshot.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { createKernelMemory } from '../../src/kernel/memory.ts';
import type { TrainParams } from '../../src/train/params.ts';
import { type Training, type TrainOptions, trainEmbeddings } from '../../src/train/trainer.ts';
import type { WalkParams } from '../../src/walk/params.ts';
import { createMemorySource, type MemoryData, NO_DAMPING } from '../graph/memory-source.ts';
import { TRAIN, WALK } from '../kernel/rig.ts';

export interface ShopSize {
  readonly blocks: number;
  readonly customers: number; // in a block
  readonly products: number; //  in a block
  readonly purchases: number; // of a customer
  /** Of the purchases, the rest go anywhere. */
  readonly insideShare: number;
}
export const TWO_BLOCKS: ShopSize = {
  blocks: 2,
  customers: 40,
  products: 25,
  purchases: 8,
  insideShare: 0.85,
};

/** Customers `b0-c07`, products `b0-p12`; each product carries a brand that tells nothing. */
export function plantShop(size: ShopSize, seed = 1): MemoryData {
  const random = createRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const name = (block: number, kind: string, i: number): string =>
    `b${block}-${kind}${String(i).padStart(3, '0')}`;
  const all = Array.from({ length: size.blocks }, (_, block) => block);
  const interactions = all.flatMap((block) =>
    Array.from({ length: size.customers * size.purchases }, (_, i) => {
      const from = random() < size.insideShare ? block : below(size.blocks);
      return {
        customer: name(block, 'c', Math.floor(i / size.purchases)),
        product: name(from, 'p', below(size.products)),
      };
    }),
  );
  const productAttributes = all.flatMap((block) =>
    Array.from({ length: size.products }, (_, i) => ({
      owner: name(block, 'p', i),
      kind: 'brand',
      value: String(below(5)),
    })),
  );
  return { interactions, productAttributes };
}

export interface TrainRun extends Omit<TrainOptions, 'walk' | 'train' | 'startTypes'> {
  readonly walk?: Partial<WalkParams>;
  readonly train?: Partial<TrainParams>;
  readonly startTypes?: TrainOptions['startTypes'];
  readonly maxBytes?: number;
}

export async function trainShop(
  data: MemoryData,
  run: TrainRun = {},
): Promise<{ g: Snapshot; training: Training }> {
  const memory = createKernelMemory(run.maxBytes ?? 2 ** 28);
  const source = createMemorySource(data);
  const g = await buildSnapshot(source, { weighting: NO_DAMPING, attributes: true, allocator: memory });
  const training = await trainEmbeddings(g, memory, {
    ...run,
    walk: { ...WALK, ...run.walk },
    train: { ...TRAIN, ...run.train },
    startTypes: run.startTypes ?? NODE_TYPES,
  });
  return { g, training };
}

export const toSha256 = ({ data }: Matrix): string =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');

/** Of the `k` nearest products by cosine, the share from the product's own block, over all products. */
export function toPurity(g: Snapshot, vectors: Matrix, k: number): number {
  const { start, end } = g.ranges[1]!;
  const rows = Array.from({ length: end - start }, (_, i) => start + i);
  const unit = rows.map((v) => {
    const norm = Math.hypot(...vectors.row(v));
    return vectors.row(v).map((x) => x / norm);
  });
  const blockOf = (i: number): string => g.ids[rows[i]!]!.split('-')[0]!;
  const shares = rows.map((_, i) => {
    const near = rows
      .map((_row, j) => ({ j, score: unit[i]!.reduce((sum, x, d) => sum + x * unit[j]![d]!, 0) }))
      .filter(({ j }) => j !== i)
      .sort((a, b) => b.score - a.score)
      .slice(0, k);
    return near.filter(({ j }) => blockOf(j) === blockOf(i)).length / k;
  });
  return shares.reduce((a, b) => a + b, 0) / shares.length;
}
