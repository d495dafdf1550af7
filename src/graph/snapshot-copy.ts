/** A snapshot laid out again, in memory of its own or in the kernel's: what was given stays as it is. */
import type { Allocator, Snapshot } from './types.ts';

export function copySnapshot(snapshot: Snapshot, allocator: Allocator): Snapshot {
  const u32 = (from: Uint32Array): Uint32Array => {
    const to = allocator.u32(from.length);
    to.set(from);
    return to;
  };
  const weights = allocator.f32(snapshot.weights.length);
  weights.set(snapshot.weights);
  return {
    ...snapshot,
    offsets: u32(snapshot.offsets),
    targets: u32(snapshot.targets),
    keyHashes: u32(snapshot.keyHashes),
    weights,
  };
}
