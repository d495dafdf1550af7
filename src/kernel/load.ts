/**
 * Finds and compiles the kernel: with relaxed-simd FMA where the engine has it, else plain SIMD. The two
 * round differently, so a run names the one it used and bit-reproducibility holds within one.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { toCompiledUrl } from '../base/compiled.ts';

export type KernelFlavour = 'relaxed' | 'plain';

/** What kernel/assembly/kernel.ts exports; addresses are bytes, u64 are bigint. Legends stand there. */
export interface Kernel {
  setGraph(
    classCount: number,
    segments: number,
    sums: number,
    slots: number,
    targets: number,
    keyHashes: number,
    firstProduct: number,
    firstAttribute: number,
    policed: number,
    symmetric: number,
    thresholds: number,
  ): void;
  setWalk(
    length: number,
    returnP: number,
    inOutQ: number,
    triangleFree: number,
    shares: number,
    seed: bigint,
  ): void;
  setStarts(starts: number, orderSeed: bigint, tokens: number, keyHashes: number): void;
  setList(offsets: number, count: number, numberFrom: number): void;
  setTraining(
    stride: number,
    bytes: number,
    vectors: number,
    contexts: number,
    window: number,
    negatives: number,
    objective: number,
    negativeSlots: number,
    negativeStart: number,
    negativeCount: number,
    keep: number,
    frozen: number,
    pushSlots: number,
    pushTotals: number,
    sigmoids: number,
    softplus: number,
    firstProduct: number,
    firstAttribute: number,
    scratch: number,
    seed: bigint,
  ): void;
  setSentences(
    sentenceCount: number,
    offsets: number,
    tokens: number,
    hashes: number,
    areSets: number,
    dealt: number,
    orderSeed: bigint,
  ): void;
  buildSlots(from: number, to: number, weights: number, stack: number, gamma: number): void;
  initVectors(from: number, to: number, dimension: number, keyHashes: number): void;
  walk(start: number, pass: number, out: number): number;
  setSharing(contexts: number): void;
  setRanking(biases: number, logCounts: number, regularization: number, scratch: number): void;
  rankingBytes(): number;
  setPairs(asPairs: number): void;
  trainPair(tokens: number, pass: number, keyHash: bigint, alpha: number): void;
  trainWalk(tokens: number, count: number, pass: number, keyHash: bigint, alpha: number): void;
  trainSet(set: number, count: number, dealt: number, pass: number, keyHash: bigint, alpha: number): void;
  trainSentences(from: number, to: number, pass: number, alpha: number): void;
  trainRange(from: number, to: number, startCount: number, pass: number, alpha: number): void;
  trainList(from: number, to: number, alpha: number): void;
  countRange(from: number, to: number, startCount: number, pass: number, visits: number): void;
  walkRange(from: number, to: number, startCount: number, pass: number): number;
  permute(i: number, n: number, key: bigint): number;
  scratchBytes(): number;
  resetTotals(): void;
  totalTokens(): number;
  totalPairs(): number;
  totalLoss(): number;
  totalLossPairs(): number;
}

export interface KernelModule {
  readonly module: WebAssembly.Module;
  readonly flavour: KernelFlavour;
}

const read = (name: string): Uint8Array => readFileSync(toCompiledUrl(import.meta.url, `./${name}`));

/** Node 20 has relaxed SIMD behind a flag that may be set before the module is compiled; Node 22 has it on. */
function hasRelaxedSimd(bytes: Uint8Array): boolean {
  if (WebAssembly.validate(bytes)) return true;
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(bytes);
}

/** Compiles once; the module is handed to worker threads as it is. */
export async function compileKernel(wanted?: KernelFlavour): Promise<KernelModule> {
  if (wanted !== 'plain') {
    const relaxed = read('kernel-relaxed.wasm');
    if (hasRelaxedSimd(relaxed)) return { module: await WebAssembly.compile(relaxed), flavour: 'relaxed' };
  }
  return { module: await WebAssembly.compile(read('kernel.wasm')), flavour: 'plain' };
}

export function instantiateKernel(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernel {
  const abort = (): never => {
    throw new Error('the kernel aborted');
  };
  return new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as Kernel;
}
