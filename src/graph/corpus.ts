/**
 * Interactions → sentences of products, for training without a graph (item2vec, product2vec). A sentence
 * is a basket or all that a customer ever took; what is too rare is left out before anything is windowed,
 * and everything that is left out is counted or listed.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { createBreather, type TaskContext, throwIfAborted } from '../base/task.ts';
import { sharedAllocator } from './csr.ts';
import { type Allocator, type InteractionColumns, NO_BASKET, type Snapshot } from './types.ts';

export interface CorpusOptions extends TaskContext {
  readonly of: 'basket' | 'customer';
  /**
   * `set`: products stand once, in the order of their rows, and that order means nothing. `sequence`: in
   * the order of the interactions, as often as they were taken.
   */
  readonly order: 'set' | 'sequence';
  /** Products with fewer tokens than this are left out. */
  readonly minCount: number;
  readonly allocator?: Allocator;
}

/** What became of the interactions; `tokens` of rare products and of short sentences are in none. */
export interface CorpusFacts {
  readonly sentences: number;
  readonly tokens: number;
  /** Interactions without a basket, where sentences are baskets. */
  readonly withoutBasket: number;
  /** Interactions that repeat a product of their set. */
  readonly repeats: number;
  readonly rareProducts: number;
  readonly rareTokens: number;
  /** Sentences with fewer than two tokens left: they teach nothing and are left out. */
  readonly shortSentences: number;
  /** Products that are not rare but stand in short sentences only. */
  readonly aloneProducts: number;
}

export interface Corpus {
  readonly order: 'set' | 'sequence';
  readonly sentenceCount: number;
  readonly offsets: Uint32Array; // [s + 1] sentence i is tokens[offsets[i] .. offsets[i + 1]), two or more
  readonly tokens: Uint32Array; // [t] rows of the snapshot, products all of them
  /** [2s] what a sentence's random numbers are keyed by: its customer, and which of the customer's it is. */
  readonly keyHashes: Uint32Array;
  readonly counts: Uint32Array; // [products] tokens of each, by position
  readonly longest: number; // tokens
  readonly rare: readonly { readonly position: number; readonly count: number }[];
  readonly alone: readonly number[]; // positions
  readonly facts: CorpusFacts;
}

/**
 * Sentences in ascending order of basket number or customer. Four passes over the columns, O(n), and a
 * sort within each set.
 *
 * @param columns as `CatalogSource.interactions` gives them, in order of time
 * @param snapshot whose rows the tokens are
 * @throws ShelfwalkError GRAPH_EDGE_INVALID — a position beyond its type · ABORTED
 */
export async function buildCorpus(
  columns: InteractionColumns,
  snapshot: Pick<Snapshot, 'ranges' | 'keyHashes'>,
  options: CorpusOptions,
): Promise<Corpus> {
  const breathe = createBreather();
  const pause = async (): Promise<void> => {
    throwIfAborted(options.signal);
    await breathe();
  };
  checkPositions(columns, snapshot);
  await pause();
  const given = gather(columns, options.of);
  const keys = toKeys(columns, options.of, given, snapshot);
  await pause();
  const distinct = options.order === 'set' ? toSets(given) : given;
  await pause();
  const { start, end } = snapshot.ranges[1]!;
  const before = countTokens(distinct.tokens, end - start);
  const kept = keepTrained(distinct, keys, (product) => before[product]! >= options.minCount);
  await pause();
  const counts = countTokens(kept.tokens, end - start);
  const { rare, alone } = findLeftOut(before, counts, options.minCount);
  const place = toPlacer(options.allocator ?? sharedAllocator);
  return {
    order: options.order,
    sentenceCount: kept.offsets.length - 1,
    offsets: place(kept.offsets),
    tokens: place(kept.tokens.map((product) => start + product)),
    keyHashes: place(kept.keys),
    counts,
    longest: kept.longest,
    rare,
    alone,
    facts: {
      sentences: kept.offsets.length - 1,
      tokens: kept.tokens.length,
      withoutBasket: columns.count - given.tokens.length,
      repeats: given.tokens.length - distinct.tokens.length,
      rareProducts: rare.length,
      rareTokens: rare.reduce((sum, { count }) => sum + count, 0),
      shortSentences: kept.short,
      aloneProducts: alone.length,
    },
  };
}

/** Sentences as they come, empty ones included; tokens are positions of products. */
interface Sentences {
  readonly offsets: Uint32Array; // [s + 1]
  readonly tokens: Uint32Array; // [t]
}

function checkPositions(columns: InteractionColumns, { ranges }: Pick<Snapshot, 'ranges'>): void {
  for (const [field, range] of [['customer', ranges[0]!] as const, ['product', ranges[1]!] as const]) {
    const size = range.end - range.start;
    for (let i = 0; i < columns.count; i++) {
      if (columns[field][i]! < size) continue;
      const found = columns[field][i];
      throw new ShelfwalkError('GRAPH_EDGE_INVALID', { row: i, field, found, expected: `below ${size}` });
    }
  }
}

/** Rows by sentence, by a stable counting sort: within a sentence they stay in order. Rows without a basket are in none. */
function gather(
  { count, basket, customer, product }: InteractionColumns,
  of: CorpusOptions['of'],
): Sentences {
  const sentence = of === 'basket' ? basket : customer;
  let size = 0;
  for (let i = 0; i < count; i++) if (sentence[i] !== NO_BASKET) size = Math.max(size, sentence[i]! + 1);
  const offsets = new Uint32Array(size + 1);
  for (let i = 0; i < count; i++) if (sentence[i] !== NO_BASKET) offsets[sentence[i]! + 1]!++;
  for (let s = 0; s < size; s++) offsets[s + 1]! += offsets[s]!;
  const at = offsets.slice();
  const tokens = new Uint32Array(offsets[size]!);
  for (let i = 0; i < count; i++) if (sentence[i] !== NO_BASKET) tokens[at[sentence[i]!]!++] = product[i]!;
  return { offsets, tokens };
}

/**
 * A basket is keyed by its customer and by how many baskets the customer began before it, so that what
 * others buy, or what comes later, does not change its random numbers.
 * @returns u32 [2s], for sentences that are customers the customers' own hashes
 */
function toKeys(
  { count, basket, customer }: InteractionColumns,
  of: CorpusOptions['of'],
  { offsets }: Sentences,
  { ranges, keyHashes }: Pick<Snapshot, 'ranges' | 'keyHashes'>,
): Uint32Array {
  const keys = new Uint32Array(2 * (offsets.length - 1));
  const begun = new Uint32Array(ranges[0]!.end - ranges[0]!.start);
  const isSeen = new Uint8Array(offsets.length - 1);
  for (let i = 0; i < count; i++) {
    const s = of === 'basket' ? basket[i]! : customer[i]!;
    if (s === NO_BASKET || isSeen[s]) continue;
    isSeen[s] = 1;
    const row = ranges[0]!.start + customer[i]!;
    keys[2 * s] = keyHashes[2 * row]! ^ Math.imul(begun[customer[i]!]!++, 0x9e3779b1);
    keys[2 * s + 1] = keyHashes[2 * row + 1]!;
  }
  return keys;
}

/** Each sentence in ascending order, each product once. */
function toSets({ offsets, tokens }: Sentences): Sentences {
  const sets = { offsets: new Uint32Array(offsets.length), tokens: new Uint32Array(tokens.length) };
  let size = 0;
  for (let s = 0; s + 1 < offsets.length; s++) {
    const start = size;
    for (const token of tokens.slice(offsets[s], offsets[s + 1]).sort()) {
      if (size === start || sets.tokens[size - 1] !== token) sets.tokens[size++] = token;
    }
    sets.offsets[s + 1] = size;
  }
  return { offsets: sets.offsets, tokens: sets.tokens.slice(0, size) };
}

function countTokens(tokens: Uint32Array, productCount: number): Uint32Array {
  const counts = new Uint32Array(productCount);
  for (const product of tokens) counts[product]!++;
  return counts;
}

/** The tokens that are kept of the sentences that have two of them, and the keys of these. */
function keepTrained(
  { offsets, tokens }: Sentences,
  keys: Uint32Array,
  isKept: (product: number) => boolean,
): Sentences & { readonly keys: Uint32Array; readonly short: number; readonly longest: number } {
  const sentenceCount = offsets.length - 1;
  const kept = {
    offsets: new Uint32Array(sentenceCount + 1),
    tokens: new Uint32Array(tokens.length),
    keys: new Uint32Array(2 * sentenceCount),
  };
  let [size, count, short, longest] = [0, 0, 0, 0];
  for (let s = 0; s < sentenceCount; s++) {
    const start = size;
    for (let i = offsets[s]!; i < offsets[s + 1]!; i++) {
      if (isKept(tokens[i]!)) kept.tokens[size++] = tokens[i]!;
    }
    if (size - start < 2) {
      if (offsets[s + 1]! > offsets[s]!) short++;
      size = start;
      continue;
    }
    longest = Math.max(longest, size - start);
    kept.keys[2 * count] = keys[2 * s]!;
    kept.keys[2 * count + 1] = keys[2 * s + 1]!;
    kept.offsets[++count] = size;
  }
  return {
    offsets: kept.offsets.slice(0, count + 1),
    tokens: kept.tokens.slice(0, size),
    keys: kept.keys.slice(0, 2 * count),
    short,
    longest,
  };
}

/** @param before tokens of each product in all sentences  @param counts in those that are trained on */
function findLeftOut(
  before: Uint32Array,
  counts: Uint32Array,
  minCount: number,
): Pick<Corpus, 'rare' | 'alone'> {
  const rare: { position: number; count: number }[] = [];
  const alone: number[] = [];
  before.forEach((count, position) => {
    if (count > 0 && count < minCount) rare.push({ position, count });
    else if (count > 0 && counts[position] === 0) alone.push(position);
  });
  return { rare, alone };
}

const toPlacer =
  (allocator: Allocator) =>
  (values: Uint32Array): Uint32Array => {
    const room = allocator.u32(values.length);
    room.set(values);
    return room;
  };
