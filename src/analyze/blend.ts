/**
 * Several rankings as one: each product gets, from every scorer that ranks it, the reciprocal of its place, and
 * weights say what a scorer's word is worth. Places know no scale, so that dot products, shares and cosines need not be made
 * comparable; the weights are learned on events that came after what was trained.
 *
 * @see Cormack, Clarke & Büttcher, Reciprocal rank fusion outperforms Condorcet, SIGIR 2009; without weights
 */

/** Best first, of one scorer; products as the caller names them. */
export type RankedProducts<P = number> = ArrayLike<P>;

/** Those that rank what is new to a customer. */
export const NEW_MEMBERS = ['embedding', 'walk', 'counts'] as const;
export type NewMember = (typeof NEW_MEMBERS)[number];

/** `own` ranks what the customer has bought before, and that alone. */
export const BLEND_MEMBERS = [...NEW_MEMBERS, 'own'] as const;
export type BlendMember = (typeof BLEND_MEMBERS)[number];

/** ≥ 0, sum to 1. */
export type BlendWeights = Readonly<Record<BlendMember, number>>;

/** Places that count; what stands further down is not ranked by that scorer. */
export const BLEND_DEPTH = 200;

/** RP3β's β, by which the walk of a blend is discounted: it blends better than the plain one. */
export const BLEND_WALK_BETA = 0.6;

/** The paper's constant: the first place is worth no more than a few of the next. */
const RANK_OFFSET = 60;

/** Weights are tried in steps of this. */
const STEPS = 10;

/** @param place from 0 */
export const toWorth = (place: number): number => 1 / (RANK_OFFSET + 1 + place);

/** Product → Σ over scorers of weight / (60 + place), places from 1. */
export function fuseRankings<P>(
  rankings: Readonly<Record<BlendMember, RankedProducts<P>>>,
  weights: BlendWeights,
): Map<P, number> {
  const scores = new Map<P, number>();
  for (const member of BLEND_MEMBERS) {
    if (weights[member] === 0) continue;
    const ranking = rankings[member];
    for (let place = 0; place < ranking.length; place++) {
      const product = ranking[place]!;
      scores.set(product, (scores.get(product) ?? 0) + weights[member] * toWorth(place));
    }
  }
  return scores;
}

/** A customer whose next products are known. */
export interface BlendCase {
  readonly rankings: Readonly<Record<BlendMember, RankedProducts>>;
  /** Distinct, ≥ 1. */
  readonly relevant: readonly number[];
}

/** By what may be in a list: what is new to its customer, or everything. */
export interface BlendCases {
  /** At least one; `own` ranks nothing here. */
  readonly new: readonly BlendCase[];
  readonly all: readonly BlendCase[];
}

export interface LearnedBlend {
  readonly weights: BlendWeights;
  /** Mean NDCG@k of the blend on lists of what is new to the customer, and of each scorer alone there. */
  readonly ndcg: number;
  readonly alone: Readonly<Record<NewMember, number>>;
  readonly k: number;
  readonly cases: number;
  /** The same of lists with repeats, and of the blend there if `own` had no weight. */
  readonly all: {
    readonly ndcg: number;
    readonly withoutOwn: number;
    readonly alone: Readonly<Record<BlendMember, number>>;
    readonly cases: number;
  };
}

/** Each NewMember's part of what they share, in steps; of STEPS. */
type Ratios = Readonly<Record<NewMember, number>>;

/**
 * Weights in steps of a tenth by the greatest mean NDCG@k. First the ratios of those that rank what is new, on lists of
 * what is new, of equal ones those nearest to each other: `own` cannot move anything in such a list, whatever it
 * weighs. Then, on lists with repeats, how much of all goes to `own`, of equal shares the smallest: none where nobody
 * bought again. Three free numbers over hundreds of customers: nothing that could be learned by heart.
 */
export function learnBlend(cases: BlendCases, k: number): LearnedBlend {
  const measureNew = toMeasure(cases.new, k);
  const ratios = learnRatios(measureNew);
  const measureAll = toMeasure(cases.all, k);
  const withoutOwn = measureAll(toWeights(ratios, 0));
  let best = { weights: toWeights(ratios, 0), ndcg: withoutOwn };
  for (let own = 1; own < STEPS; own++) {
    const weights = toWeights(ratios, own);
    const ndcg = measureAll(weights);
    if (ndcg > best.ndcg) best = { weights, ndcg };
  }
  return {
    weights: best.weights,
    ndcg: measureNew(toWeights(ratios, 0)),
    alone: measureAlone(NEW_MEMBERS, measureNew),
    k,
    cases: cases.new.length,
    all: {
      ndcg: best.ndcg,
      withoutOwn,
      alone: measureAlone(BLEND_MEMBERS, measureAll),
      cases: cases.all.length,
    },
  };
}

type Measure = (weights: BlendWeights) => number;

/** Mean NDCG@k; 0 of no cases. */
function toMeasure(cases: readonly BlendCase[], k: number): Measure {
  const tables = cases.map(toTable);
  return (weights) =>
    tables.reduce((sum, table) => sum + toNdcg(table, weights, k), 0) / Math.max(1, tables.length);
}

function learnRatios(measure: Measure): Ratios {
  let best: { ratios: Ratios; ndcg: number } | undefined;
  for (const ratios of listRatios()) {
    const ndcg = measure(toWeights(ratios, 0));
    const isEven = best !== undefined && ndcg === best.ndcg && toSpread(ratios) < toSpread(best.ratios);
    if (!best || ndcg > best.ndcg || isEven) best = { ratios, ndcg };
  }
  return best!.ratios;
}

function* listRatios(): Generator<Ratios> {
  for (let a = 0; a <= STEPS; a++) {
    for (let b = 0; a + b <= STEPS; b++) yield { embedding: a, walk: b, counts: STEPS - a - b };
  }
}

/** @param own in steps; the others share the rest. One division each, so that tenths are tenths. */
function toWeights({ embedding, walk, counts }: Ratios, own: number): BlendWeights {
  const share = (ratio: number): number => (ratio * (STEPS - own)) / STEPS ** 2;
  return { embedding: share(embedding), walk: share(walk), counts: share(counts), own: own / STEPS };
}

const toSpread = (ratios: Ratios): number =>
  NEW_MEMBERS.reduce((sum, member) => sum + ratios[member] ** 2, 0);

function measureAlone<M extends BlendMember>(members: readonly M[], measure: Measure): Record<M, number> {
  const none: BlendWeights = { embedding: 0, walk: 0, counts: 0, own: 0 };
  const entries = members.map((member) => [member, measure({ ...none, [member]: 1 })]);
  return Object.fromEntries(entries) as Record<M, number>;
}

/** Worths of every product that somebody ranks, the relevant ones of them first. */
interface Table {
  readonly worths: Float64Array; // [products * members]
  readonly ranked: number; // products
  readonly relevantRanked: number;
  readonly relevant: number; // ranked or not
}

function toTable({ rankings, relevant }: BlendCase): Table {
  const rows = new Map<number, number>();
  const rowOf = (product: number): number => {
    const row = rows.get(product) ?? rows.size;
    rows.set(product, row);
    return row;
  };
  const known = new Set(BLEND_MEMBERS.flatMap((member) => Array.from(rankings[member])));
  for (const product of relevant) if (known.has(product)) rowOf(product);
  const relevantRanked = rows.size;
  for (const product of known) rowOf(product);
  const worths = new Float64Array(rows.size * BLEND_MEMBERS.length);
  for (const [m, member] of BLEND_MEMBERS.entries()) {
    for (let place = 0; place < rankings[member].length; place++) {
      worths[rowOf(rankings[member][place]!) * BLEND_MEMBERS.length + m] = toWorth(place);
    }
  }
  return { worths, ranked: rows.size, relevantRanked, relevant: relevant.length };
}

/** Of equal ones, those that are not relevant come first: a blend gains nothing by not telling products apart. */
function toNdcg(
  { worths, ranked, relevantRanked, relevant }: Table,
  weights: BlendWeights,
  k: number,
): number {
  const scores = new Float64Array(ranked);
  for (let p = 0; p < ranked; p++) {
    for (const [m, member] of BLEND_MEMBERS.entries()) {
      scores[p]! += worths[p * BLEND_MEMBERS.length + m]! * weights[member];
    }
  }
  let gain = 0;
  for (let p = 0; p < relevantRanked; p++) {
    let place = 0;
    for (let other = 0; other < ranked; other++) {
      const isTied = scores[other]! === scores[p]! && (other >= relevantRanked || other < p);
      if (scores[other]! > scores[p]! || isTied) place++;
    }
    if (scores[p]! > 0 && place < k) gain += 1 / Math.log2(place + 2);
  }
  let ideal = 0;
  for (let place = 0; place < Math.min(relevant, k); place++) ideal += 1 / Math.log2(place + 2);
  return gain / ideal;
}
