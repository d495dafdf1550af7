/** How the columns of the public data sets map, as docs/datasets.md has them. */
import { join } from 'node:path';
import type { ImportSource, InteractionMapping } from '../../src/catalog/types.ts';

const BASKET_LINES: InteractionMapping = {
  customer: 'user_id',
  product: 'product_id',
  timestamp: 'ts',
  quantity: 'quantity',
  value: 'value',
  basket: 'order_id',
};

/** Interactions of online-retail and of complete-journey. */
export const basketLines = (path: string): ImportSource => {
  return { kind: 'interactions', path, mapping: BASKET_LINES };
};

/** Interactions and products with their kind. @param folder of online-retail */
export const onlineRetailSources = (folder: string): readonly ImportSource[] => [
  basketLines(join(folder, 'interactions.csv.gz')),
  {
    kind: 'products',
    path: join(folder, 'products.csv.gz'),
    mapping: { id: 'product_id', name: 'name', attributes: [{ kind: 'kind', column: 'kind' }] },
  },
];
