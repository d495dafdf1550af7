/**
 * Walks as the kernel draws them, in plain TypeScript: slow, obvious, and the oracle of its tests. The
 * same random numbers in the same order, f32 where the kernel has f32: equal node by node.
 */
import { createRng, type Rng } from '../base/rng.ts';
import { keyHashOf, openStream, toBelow, toUnit } from './reference-random.ts';
import { fillAlias } from './tables.ts';

const f32 = Math.fround;
const MAX_REDRAWS = 8;

/** What a snapshot is to the kernel; a `Snapshot` fits. */
export interface ReferenceGraph {
  readonly offsets: Uint32Array; // [n + 1]
  readonly targets: Uint32Array; // [m]
  readonly weights: Float32Array; // [m]
  readonly ranges: readonly { readonly start: number; readonly end: number }[]; // [3]
  readonly keyHashes: Uint32Array; // [2n]
  readonly twoColourable: boolean;
  readonly symmetric: boolean;
}

export interface ReferenceWalkParams {
  readonly length: number;
  readonly returnP: number;
  readonly inOutQ: number;
  readonly seed: number;
  /** node2vec+. */
  readonly extend?: { readonly gamma: number } | undefined;
  /** Bit τ: node type τ has a policy. */
  readonly policed: number;
  /** [3 types][8 masks][3 classes] cumulative. */
  readonly shares: Float32Array;
}

interface Draw {
  readonly node: number;
  readonly weight: number; // of the arc
}

/** What a step by rejection needs to know besides the arcs. */
interface General {
  readonly t: number;
  readonly back: number; // weight of the arc back
  readonly holdsT: boolean;
  readonly alphaOf: (x: Draw) => number;
}

export class ReferenceWalker {
  readonly #g: ReferenceGraph;
  readonly #params: ReferenceWalkParams;
  /** Every arc weighs the same: then each weighs 1, and no alias is asked. */
  readonly #plain: boolean;
  readonly #probability: Float32Array; // [2m] even places
  readonly #alias: Uint32Array; // [2m] odd places
  #random: Rng = createRng(0);

  constructor(g: ReferenceGraph, params: ReferenceWalkParams) {
    this.#g = g;
    this.#params = params;
    this.#plain = g.weights.every((w) => w === g.weights[0]);
    this.#probability = new Float32Array(2 * g.targets.length);
    this.#alias = new Uint32Array(2 * g.targets.length);
    for (let v = 0; v + 1 < g.offsets.length; v++) {
      for (const arcs of [0, 1, 2].map((c) => this.#segment(v, c)).filter((s) => s.length > 0)) {
        const weights = Float64Array.from(arcs, (a) => g.weights[a]!);
        fillAlias(weights, arcs[0]!, this.#probability, this.#alias);
      }
    }
  }

  /** The nodes of walk (start, pass) in order, up to the first dead end; the start alone if it is one. */
  walk(start: number, pass: number): number[] {
    const { offsets, keyHashes } = this.#g;
    this.#random = openStream(BigInt(this.#params.seed), keyHashOf(keyHashes, start), pass, 0);
    const nodes = [start];
    let [t, weight] = [-1, 1];
    while (nodes.length < this.#params.length) {
      const v = nodes[nodes.length - 1]!;
      if (offsets[v] === offsets[v + 1]) break;
      const drawn = this.#step(t, v, weight);
      [t, weight] = [v, drawn.weight];
      nodes.push(drawn.node);
    }
    return nodes;
  }

  #step(t: number, v: number, weight: number): Draw {
    const [p, q] = [f32(this.#params.returnP), f32(this.#params.inOutQ)];
    const c = this.#params.policed === 0 ? 0 : this.#drawClass(v);
    const arcs = this.#segment(v, c);
    const extended = this.#isExtended();
    const firstOrder = this.#g.twoColourable && !extended ? f32(p / q) === 1 : p === 1 && q === 1;
    if (firstOrder || t < 0) return this.#draw(arcs);
    const total = f32(arcs.reduce((sum, a) => sum + this.#weightOf(a), 0));
    const back = this.#g.symmetric ? weight : this.#weightBack(arcs, t);
    const holdsT = this.#classOf(v, t) === c && back > 0;
    if (extended || !this.#g.twoColourable) {
      const alphaOf = (x: Draw): number => (extended ? this.#extendedAlpha(v, t, x) : this.#alpha(t, x));
      return this.#stepGeneral(arcs, total - back, { t, back, holdsT, alphaOf });
    }
    return holdsT ? this.#stepTriangleFree(arcs, total - back, t, back) : this.#draw(arcs);
  }

  /** Return with probability w / (w + ρ·rest), else anything but t. */
  #stepTriangleFree(arcs: number[], rest: number, t: number, weight: number): Draw {
    const rho = f32(f32(this.#params.returnP) / f32(this.#params.inOutQ));
    if (arcs.length === 1) return { node: t, weight };
    if (this.#unit() * (weight + rho * rest) < weight) return { node: t, weight };
    return this.#drawOther(arcs, t, rest);
  }

  /** Rejection under max(1, 1/q), the return arc drawn apart. */
  #stepGeneral(arcs: number[], rest: number, { t, back: weight, holdsT, alphaOf }: General): Draw {
    const upper = Math.max(1, this.#outAlpha());
    const returnMass = f32(1 / f32(this.#params.returnP)) * weight;
    for (;;) {
      if (holdsT && arcs.length === 1) return { node: t, weight };
      if (holdsT && this.#unit() * (returnMass + upper * rest) < returnMass) return { node: t, weight };
      const drawn = holdsT ? this.#drawOther(arcs, t, rest) : this.#draw(arcs);
      if (f32(this.#unit() * upper) < alphaOf(drawn)) return drawn;
    }
  }

  #outAlpha(): number {
    return f32(1 / f32(this.#params.inOutQ));
  }

  #alpha(t: number, { node: x }: Draw): number {
    return this.#arcTo(x, t) === undefined ? this.#outAlpha() : 1;
  }

  /** node2vec+ (Liu, Hirn & Krishnan 2023, eq. 3). */
  #extendedAlpha(v: number, t: number, x: Draw): number {
    const outAlpha = this.#outAlpha();
    const arc = this.#arcTo(x.node, t);
    const near = arc === undefined ? 0 : this.#weightOf(arc);
    const whole = arc === undefined ? 1 : this.#threshold(x.node, t);
    if (near >= whole) return 1;
    if (x.weight < this.#threshold(v, x.node)) return Math.min(1, outAlpha);
    return f32(outAlpha + f32(f32(1 - outAlpha) * f32(near / whole)));
  }

  /** Mean and γ standard deviations of the weights of the arcs from v to nodes of x's class. */
  #threshold(v: number, x: number): number {
    const weights = this.#segment(v, this.#classOf(v, x)).map(this.#weightOf);
    const mean = weights.reduce((a, b) => a + b, 0) / weights.length;
    const variance = weights.reduce((sum, w) => sum + (w - mean) ** 2, 0) / weights.length;
    return f32(mean + this.#params.extend!.gamma * Math.sqrt(variance));
  }

  /** Equal weights, or no triangles and q ≥ 1: node2vec as it is. */
  #isExtended(): boolean {
    return (
      this.#params.extend !== undefined &&
      !this.#plain &&
      !(this.#g.twoColourable && this.#params.inOutQ >= 1)
    );
  }

  #draw(arcs: number[]): Draw {
    const number = this.#random.nextU64();
    let arc = arcs[toBelow(number, arcs.length)]!;
    if (!this.#plain && toUnit(number) >= this.#probability[2 * arc]!) arc = this.#alias[2 * arc + 1]!;
    return { node: this.#g.targets[arc]!, weight: this.#weightOf(arc) };
  }

  #drawOther(arcs: number[], t: number, rest: number): Draw {
    for (let i = 0; i < MAX_REDRAWS; i++) {
      const drawn = this.#draw(arcs);
      if (drawn.node !== t) return drawn;
    }
    const others = arcs.filter((a) => this.#g.targets[a] !== t);
    let left = this.#unit() * rest;
    let at = 0;
    while (at < others.length - 1) {
      left -= this.#weightOf(others[at]!);
      if (left < 0) break;
      at++;
    }
    return { node: this.#g.targets[others[at]!]!, weight: this.#weightOf(others[at]!) };
  }

  /** The class of the next step, drawn only where there is a choice. */
  #drawClass(v: number): number {
    const present = [0, 1, 2].filter((c) => this.#segment(v, c).length > 0);
    if (present.length === 1) return present[0]!;
    const mask = present.reduce((bits, c) => bits | (1 << c), 0);
    const row = (this.#typeOf(v) * 8 + mask) * 3;
    const u = this.#unit();
    return [0, 1, 2].find((c) => u < this.#params.shares[row + c]!)!;
  }

  /** Arcs of v to targets of class c: contiguous, since rows ascend. */
  #segment(v: number, c: number): number[] {
    const { offsets, targets } = this.#g;
    const arcs = Array.from({ length: offsets[v + 1]! - offsets[v]! }, (_, i) => offsets[v]! + i);
    return arcs.filter((a) => this.#classOf(v, targets[a]!) === c);
  }

  /** Weight of the arc back to t, 0 if there is none. */
  #weightBack(arcs: number[], t: number): number {
    const arc = arcs.find((a) => this.#g.targets[a] === t);
    return arc === undefined ? 0 : this.#weightOf(arc);
  }

  #arcTo(a: number, b: number): number | undefined {
    const { offsets, targets } = this.#g;
    const at = targets.subarray(offsets[a]!, offsets[a + 1]!).indexOf(b);
    return at < 0 ? undefined : offsets[a]! + at;
  }

  #unit = (): number => toUnit(this.#random.nextU64());
  #weightOf = (arc: number): number => (this.#plain ? 1 : this.#g.weights[arc]!);
  #typeOf = (v: number): number => this.#g.ranges.findIndex((r) => v >= r.start && v < r.end);
  #classOf = (v: number, x: number): number =>
    (this.#params.policed >> this.#typeOf(v)) & 1 ? this.#typeOf(x) : 0;
}
