import type { Snapshot } from '../../src/graph/types.ts';
import type { ParentGraph } from '../../src/refresh/difference.ts';

/** As after a training of everything: nothing is pending. */
export const settled = (g: Snapshot): ParentGraph => ({ ...g, pending: new Float32Array(g.nodeCount) });
