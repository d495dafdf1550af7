/**
 * A shop of needs. Whoever has a need buys one of its products of each side, a printer and cartridges, say:
 * products of one side are substitutes, of the two sides of one need complements. Everybody has several needs, so that
 * two products of one customer mostly have nothing to do with one another, and some purchases are of no need.
 */
import { createRandom } from '../../src/base/rng.ts';
import type { MemoryData } from '../graph/memory-source.ts';

export interface NeedsSize {
  readonly needs: number;
  readonly perSide: number;
  readonly customers: number;
  readonly needsPerCustomer: number;
  /** Of purchases, the rest are of needs. */
  readonly noiseShare: number;
}

export interface PlantedProduct {
  readonly need: number;
  readonly side: number; // 0 or 1
}

/** `n03-s0-p2`: the need, the side, the product. */
export const toPlanted = (id: string): PlantedProduct => {
  const [, need, side] = /^n(\d+)-s(\d)-p\d+$/.exec(id)!;
  return { need: Number(need), side: Number(side) };
};

export const isSubstitute = (a: PlantedProduct, b: PlantedProduct): boolean =>
  a.need === b.need && a.side === b.side;
export const isComplement = (a: PlantedProduct, b: PlantedProduct): boolean =>
  a.need === b.need && a.side !== b.side;

export function plantNeeds(size: NeedsSize, seed: number): MemoryData {
  const random = createRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const pad = (n: number): string => String(n).padStart(2, '0');
  const draw = (need: number, side: number): string => `n${pad(need)}-s${side}-p${below(size.perSide)}`;
  const interactions: { customer: string; product: string; basket: string }[] = [];
  for (let c = 0; c < size.customers; c++) {
    const customer = `c${String(c).padStart(4, '0')}`;
    const needs = new Set<number>();
    while (needs.size < size.needsPerCustomer) needs.add(below(size.needs));
    for (const need of needs) {
      for (const side of [0, 1]) {
        const product = random() < size.noiseShare ? draw(below(size.needs), below(2)) : draw(need, side);
        interactions.push({ customer, product, basket: `${customer}-${need}` });
      }
    }
  }
  return { interactions };
}
