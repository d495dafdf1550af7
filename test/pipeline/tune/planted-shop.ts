/**
 * A small shop with a taste per customer: of four shelves, each customer buys from one, a basket of three a day. What
 * a customer buys is drawn anew each day, so that vectors of a shelf foretell it and single repeats do less.
 */
import { createRandom } from '../../../src/base/rng.ts';
import type { ImportSource } from '../../../src/catalog/types.ts';

export const DAYS = 20;
export const CUSTOMERS = 40;
const SHELVES = 4;
const PER_SHELF = 12;

const toDay = (day: number): string => `2024-01-${String(day).padStart(2, '0')}`;

/** @param fate of the last days: another one changes what is bought on them, and nothing before */
export function toPlantedCsv({ lastDays = 0, fate = 1 } = {}): string {
  const rows: string[] = [];
  for (let day = 1; day <= DAYS; day++) {
    const random = createRandom(1000 * day + (day > DAYS - lastDays ? fate : 0));
    for (let customer = 0; customer < CUSTOMERS; customer++) {
      for (let i = 0; i < 3; i++) {
        const product = (customer % SHELVES) * PER_SHELF + Math.floor(random() * PER_SHELF);
        rows.push(`c${customer},p${product},${toDay(day)},b${customer}-${day}`);
      }
    }
  }
  return ['customer,product,ts,basket', ...rows, ''].join('\n');
}

/** Every product once, with its shelf as an attribute: ids do not depend on what is bought. */
export const toProductCsv = (): string =>
  [
    'id,shelf',
    ...Array.from({ length: SHELVES * PER_SHELF }, (_, p) => `p${p},shelf ${Math.floor(p / PER_SHELF)}`),
    '',
  ].join('\n');

export const plantedSources = (purchases: string, products: string): ImportSource[] => [
  {
    kind: 'interactions',
    path: purchases,
    mapping: { customer: 'customer', product: 'product', timestamp: 'ts', basket: 'basket' },
  },
  {
    kind: 'products',
    path: products,
    mapping: { id: 'id', attributes: [{ kind: 'shelf', column: 'shelf' }] },
  },
];
