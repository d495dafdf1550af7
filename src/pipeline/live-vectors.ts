/** What a query is looked up by: a vector of the caller's own, checked, or the mean of several nodes. */
import { ShelfwalkError } from '../base/errors.ts';
import { toNorm } from '../base/matrix.ts';
import type { NearestQuery } from './live-types.ts';
import type { LiveVersion } from './live-version.ts';

/**
 * @throws ShelfwalkError REQUEST_INVALID — another length · VECTOR_INVALID — not finite, or all zeros
 * @throws ShelfwalkError SPACE_MISMATCH — of another space, whatever its length
 */
export function checkVector(live: LiveVersion, { vector = [], spaceId }: NearestQuery): Float32Array {
  const { dimension, version, spaceId: found } = live.info;
  if (spaceId !== undefined && spaceId !== found) {
    const hint = 'GET /v1/models lists versions with their spaces; model chooses one by its alias';
    throw new ShelfwalkError('SPACE_MISMATCH', { version, found, expected: spaceId, hint });
  }
  if (vector.length !== dimension) {
    throw new ShelfwalkError('REQUEST_INVALID', {
      field: 'query.nearest.vector',
      found: `${vector.length} numbers`,
      expected: `${dimension} numbers, as in version ${version}`,
    });
  }
  const largest = vector.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  if (largest === 0 || !Number.isFinite(largest)) {
    const found = largest === 0 ? 'all zeros' : 'a value that is not finite';
    throw new ShelfwalkError('VECTOR_INVALID', { field: 'query.nearest.vector', found });
  }
  // Cosine knows no length: scaled by its largest value, no double is too large or too small for f32.
  return Float32Array.from(vector, (x) => x / largest);
}

/**
 * Mean of unit vectors, so that a node with a long vector does not speak for the others.
 * @throws ShelfwalkError REQUEST_UNPROCESSABLE — the vectors cancel out
 */
export function toMean(live: LiveVersion, vectors: readonly Float32Array[]): ArrayLike<number> {
  const mean = new Float64Array(live.info.dimension);
  for (const vector of vectors) {
    const norm = toNorm(vector);
    for (let i = 0; i < mean.length; i++) mean[i] += vector[i] / norm / vectors.length;
  }
  if (toNorm(mean) < 1e-6) {
    throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
      field: 'query.nearest.refs',
      found: 'vectors that cancel out',
    });
  }
  return mean;
}
