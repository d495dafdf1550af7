// @ts-check
/** A kernel on the calling thread, laid out and initialised for training, as a worker of the trainer has it. */
import { mix64 } from '../dist/base/rng.js';
import { compileKernel, instantiateKernel } from '../dist/kernel/load.js';
import { createKernelMemory } from '../dist/kernel/memory.js';
import { chunkCountOf, runChunk } from '../dist/train/chunk.js';
import { configureTraining } from '../dist/train/configure.js';
import { layOutTraining } from '../dist/train/layout.js';
import { fillNegatives } from '../dist/train/negatives.js';
import { findStarts, layOutWalk } from '../dist/walk/params.js';
import { freezeRetail } from './retail-graph.mjs';

/** @typedef {import('./retail-graph.mjs').Retail} Retail */
/** @typedef {Awaited<ReturnType<typeof createTrainerKernel>>} TrainerKernel */

/**
 * @param {Retail} retail
 * @param {{ walk: import('../dist/walk/params.js').WalkParams, train: import('../dist/train/params.js').TrainParams, flavour: 'plain' | 'relaxed' }} options
 */
export async function createTrainerKernel(retail, { walk, train, flavour }) {
  const memory = createKernelMemory(2 ** 32);
  const snapshot = freezeRetail(retail, memory);
  const starts = findStarts(snapshot, ['customer', 'product', 'attribute']);
  const { layout, arrays } = layOutTraining(layOutWalk(snapshot, walk, memory), starts, train, memory);
  const compiled = await compileKernel(flavour);
  if (compiled.flavour !== flavour) throw new Error(`this engine has no ${flavour} kernel`);
  const kernel = instantiateKernel(compiled.module, memory.memory);
  configureTraining(kernel, layout, 0);
  for (const phase of /** @type {const} */ (['slots', 'init', 'count'])) {
    for (let chunk = 0; chunk < chunkCountOf(phase, layout); chunk++)
      runChunk(kernel, layout, 0, phase, chunk);
  }
  fillNegatives(snapshot, arrays, train);
  const tokens = layout.scratch[0].tokens;
  const length = walk.length;
  const key = (/** @type {number} */ pass) => BigInt.asIntN(64, mix64(BigInt(train.seed) + BigInt(pass)));
  /** Row that walk i of a pass starts from: the order trainRange has. @param {number} i @param {number} pass */
  const startOf = (i, pass) => starts[kernel.permute(i, starts.length, key(pass)) >>> 0];
  const keyHashOf = (/** @type {number} */ v) =>
    new BigInt64Array(memory.memory.buffer, layout.walk.keyHashes, snapshot.nodeCount)[v];
  const hashes = Array.from(starts, (v) => keyHashOf(v));

  return {
    kernel,
    snapshot,
    starts,
    /** Walk i of a pass, u32 [length], a view that the next walk overwrites. @param {number} i @param {number} pass */
    walk(i, pass) {
      const count = kernel.walk(startOf(i, pass), pass, tokens);
      return new Uint32Array(memory.memory.buffer, tokens, count);
    },
    /** Trains on walks that were made before. @param {Uint32Array} corpus [walks × length] @param {number} first @param {number} end @param {number} alpha */
    trainOn(corpus, first, end, alpha) {
      const room = new Uint32Array(memory.memory.buffer, tokens, length);
      for (let w = first; w < end; w++) {
        room.set(corpus.subarray(w * length, (w + 1) * length));
        kernel.trainWalk(tokens, length, w, hashes[w % hashes.length], alpha);
      }
    },
  };
}
