/** The grammar of filters, for layers above: what `serve` reads requests by. */
export { FILTER_LIMITS } from '../catalog/filter.ts';
export type { Filter } from '../catalog/types.ts';
