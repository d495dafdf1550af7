/** What a report says of spectral vectors. A file of its own, for it is public and must not lead to the kernel. */

/** Of the model itself, or of its first vectors. */
export interface SpectrumFacts {
  /** Directions that were found, at most embeddingDimension. */
  readonly rank: number;
  /** The largest and the smallest singular value among them. */
  readonly largest: number;
  readonly smallest: number;
  readonly iterations: number;
  /** Relative change in the last iteration of the sum of what was found: squared singular values where two colours do. */
  readonly change: number;
}
