import { createExactIndex } from '../../src/neighbors/exact.ts';
import { createReferenceIndex } from '../../src/neighbors/reference.ts';
import { neighborIndexCases } from '../conformance/neighbor-index.cases.ts';

neighborIndexCases('reference', async (m, options) => createReferenceIndex(m, options));
neighborIndexCases('exact, on the calling thread', (m, options) =>
  createExactIndex(m, { ...options, threads: 0 }),
);
neighborIndexCases('exact, on two search threads', (m, options) =>
  createExactIndex(m, { ...options, threads: 2 }),
);
