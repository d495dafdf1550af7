/** What a training would need, from counts alone: asked before anything is allocated, and by `train` itself. */
import { ShelfwalkError } from '../base/errors.ts';
import type { CatalogCounts } from '../catalog/types.ts';
import { LIMIT_HINT, toStride } from '../kernel/memory.ts';
import { nextProductModelBytes } from '../spectral/next-product-embeddings.ts';
import { spectralBytes, spectralOperations } from '../spectral/spectral-embeddings.ts';
import { trainBytes } from '../train/layout.ts';
import type { TrainParams } from '../train/params.ts';
import { walkBytes } from '../walk/params.ts';
import type { RunConfig } from './config.ts';
import {
  isClosedForm,
  isOnPairs,
  isOnSentences,
  toTrainParams,
  toWalkParams,
  usesSpectrum,
} from './run-params.ts';

/** The counts that a graph's size follows from. */
export type GraphCounts = Pick<
  CatalogCounts,
  | 'customers'
  | 'products'
  | 'attributes'
  | 'interactions'
  | 'pairs'
  | 'attributeEdges'
  | 'edges'
  | 'edgePairs'
> &
  Partial<Pick<CatalogCounts, 'baskets'>> /* a graph of sums keeps none */ & {
    /** Drawn from interactions, at most; not there where the settings draw none. */
    readonly productArcs?: number;
  };

export interface Estimate {
  readonly nodeCount: number;
  readonly relationshipCount: number; // edges, at most
  /** With item2vec there are sentences instead, with spectral neither. */
  readonly walks?: number;
  readonly sentences?: number;
  readonly tokens: number;
  /** Kernel memory: graph, walk tables or sentences, both matrices, scratch. */
  readonly bytesMin: number;
  /** The whole process at its peak: bytesMin, the arrays the graph is built from, and what Node itself takes. */
  readonly bytesMax: number;
  readonly requiredMemory: string;
  readonly limitBytes: number;
  /** Rough: at two million pairs a second and thread for dimension 128; of spectral vectors on one thread. */
  readonly computeMillis: number;
  readonly configuration: RunConfig;
}

const PAIRS_PER_SECOND = 2e6;
const OPERATIONS_PER_SECOND = 3e9; // of spectral vectors: multiply and add
const PROCESS_BYTES = 150 * 2 ** 20; // Node, DuckDB and the code, idle
const ID_BYTES = 64; // of one id as a JavaScript string, in both places it is held

/** @throws ShelfwalkError CONFIG_INVALID — item2vec, and there are no sentences of that kind */
export function toEstimate(counts: GraphCounts, run: RunConfig): Estimate {
  const params = toTrainParams(run);
  const attributes = run.graph.attributes ? counts.attributes : 0;
  const nodeCount = counts.customers + counts.products + attributes;
  // A directed edge takes half of what is counted for it here, and one with an attribute may be left out.
  const edges =
    counts.pairs +
    counts.edgePairs +
    (run.graph.attributes ? counts.attributeEdges : 0) +
    Math.ceil((counts.productArcs ?? 0) / 2);
  const graph = (nodeCount + 1) * 4 + edges * 2 * 8 + nodeCount * 8;
  const load = toLoad(counts, run, nodeCount, edges);
  const trained = isClosedForm(run) ? 0 : trainBytes(nodeCount, params, load.tokenRoom, load.maxDegree);
  const spectrum = usesSpectrum(run) ? toSpectrumLoad(counts, run, nodeCount, edges) : NO_SPECTRUM;
  const bytesMin = graph + load.bytes + trained + spectrum.bytes;
  const building = edges * (24 + 32) + nodeCount * 16; // edge columns that double, arcs scattered twice
  const bytesMax =
    bytesMin +
    Math.max(building, load.building, spectrum.building, nodeCount * toStride(params.dimension) * 4) +
    nodeCount * ID_BYTES +
    PROCESS_BYTES;
  const tokens = load.tokens * params.passes;
  return {
    nodeCount,
    relationshipCount: edges,
    ...load.shown,
    tokens,
    bytesMin,
    bytesMax,
    requiredMemory: `${toMiB(bytesMin)} MiB … ${toMiB(bytesMax)} MiB`,
    limitBytes: run.train.maxMemoryMiB * 2 ** 20,
    computeMillis: Math.round(
      ((tokens * toPairCost(load.contexts, params)) / (PAIRS_PER_SECOND * params.workers)) *
        (params.dimension / 128) *
        1000 +
        spectrum.millis,
    ),
    configuration: run,
  };
}

/** What a run goes through. */
interface Load {
  readonly shown: Pick<Estimate, 'walks' | 'sentences'>;
  readonly tokens: number; // of a pass
  readonly contexts: number; // of a token, on average
  readonly bytes: number; // of kernel memory besides the graph
  readonly building: number; // bytes outside it at the peak
  readonly tokenRoom: number;
  readonly maxDegree: number;
}

function toLoad(counts: GraphCounts, run: RunConfig, nodeCount: number, edges: number): Load {
  if (isClosedForm(run)) return NO_LOAD;
  if (isOnSentences(run)) return toSentenceLoad(counts, run);
  return (isOnPairs(run) ? toPairLoad : toWalkLoad)(counts, run, nodeCount, edges);
}

const NO_LOAD: Load = {
  shown: {},
  tokens: 0,
  contexts: 0,
  bytes: 0,
  building: 0,
  tokenRoom: 0,
  maxDegree: 0,
};

/** Of spectral vectors, as the model or as first vectors. */
interface SpectrumLoad {
  readonly bytes: number; // of kernel memory
  readonly building: number; // bytes outside it at the peak
  readonly millis: number;
}

const NO_SPECTRUM: SpectrumLoad = { bytes: 0, building: 0, millis: 0 };

/** Which of the two forms it is shows when the graph is read: with arcs between products, drawn or perhaps given, the larger. */
function toSpectrumLoad(
  counts: GraphCounts,
  { graph, train, spectral }: RunConfig,
  nodeCount: number,
  edges: number,
): SpectrumLoad {
  const size = { nodeCount, arcCount: edges * 2, dimension: train.embeddingDimension };
  const mayBeNextProduct = graph.sequence || graph.baskets || counts.edgePairs > 0;
  const worked = mayBeNextProduct ? { ...size, arcCount: size.arcCount * 2 } : size; // there and back
  return {
    bytes: mayBeNextProduct ? nextProductModelBytes(size) : spectralBytes(size),
    building: edges * 2 * 8 + nodeCount * (mayBeNextProduct ? 64 : 4), // the law of the walk, and what flows, in f64
    millis: (spectralOperations(worked, spectral.iterations) / OPERATIONS_PER_SECOND) * 1000,
  };
}

function toWalkLoad(counts: GraphCounts, run: RunConfig, nodeCount: number, edges: number): Load {
  const { walkLength, walksPerNode, startTypes } = run.walk;
  const { policy, extend } = toWalkParams(run);
  const walked = { typed: Object.keys(policy).length > 0, weighted: true, extended: extend !== undefined };
  const { customers, products } = counts;
  const starting = {
    customer: customers,
    product: products,
    attribute: run.graph.attributes ? counts.attributes : 0,
  };
  const starts = startTypes.reduce((sum, type) => sum + starting[type], 0);
  return {
    shown: { walks: starts * walksPerNode },
    tokens: starts * walkLength,
    contexts: run.train.windowSize + 1,
    bytes: walkBytes(nodeCount, edges * 2, walked),
    building: 0,
    tokenRoom: walkLength,
    maxDegree: Math.max(customers, products),
  };
}

/** A pass takes as many pairs as there are, each a walk of two nodes with one window. */
function toPairLoad(counts: GraphCounts, run: RunConfig, nodeCount: number, edges: number): Load {
  const { customers, products, pairs } = counts;
  return {
    shown: { walks: pairs * run.walk.walksPerNode },
    tokens: pairs * 2,
    contexts: 1 / 2,
    bytes: walkBytes(nodeCount, edges * 2, { typed: true, weighted: true, extended: false }),
    building: 0,
    tokenRoom: 2,
    maxDegree: Math.max(customers, products),
  };
}

/**
 * Sentences before anything is left out. How many contexts a token has in a set depends on how unequal
 * the sets are: counted is what lengths that fall off exponentially would give, twice the mean.
 */
function toSentenceLoad(counts: GraphCounts, { sentences, train }: RunConfig): Load {
  if (counts.interactions === 0 && counts.edges > 0) {
    throw new ShelfwalkError('CONFIG_INVALID', {
      field: 'train.algorithm',
      found: 'item2vec',
      expected: 'interactions, and the catalog holds edges only',
      hint: 'Edges are for walks: --algorithm node2vec or deepwalk',
    });
  }
  const sentenceCount = sentences.of === 'basket' ? (counts.baskets ?? 0) : counts.customers;
  if (sentenceCount === 0) {
    throw new ShelfwalkError('CONFIG_INVALID', {
      field: 'sentences.of',
      found: sentences.of,
      expected: 'interactions with baskets',
      hint: 'Import with --basket, or train with --sentences-of customer',
    });
  }
  const isSet = sentences.order === 'set';
  const tokens = isSet && sentences.of === 'customer' ? counts.pairs : counts.interactions;
  const others = Math.min(128, counts.products, (2 * tokens) / sentenceCount);
  return {
    shown: { sentences: sentenceCount * sentences.iterations },
    tokens,
    contexts: isSet ? others : Math.min(others, train.windowSize + 1),
    bytes: tokens * 4 + sentenceCount * (4 + 8) + 64,
    building: counts.interactions * (20 + 12) + sentenceCount * 24, // the columns, and the sentences twice
    tokenRoom: isSet ? Math.min(counts.products, tokens) : 0,
    maxDegree: 0,
  };
}

/** Of a token, in pairs of skip-gram: CBOW takes the K + 1 outputs of a window once, and reads and writes its contexts. */
const toPairCost = (contexts: number, { objective, negatives }: TrainParams): number =>
  objective === 'cbow' ? 1 + (2 * contexts) / (3 * (negatives + 1)) : contexts;

const toMiB = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

/** @throws ShelfwalkError LIMIT_EXCEEDED — with the numbers, before anything is allocated */
export function refuseOverLimit({ bytesMin, limitBytes }: Estimate): void {
  if (bytesMin <= limitBytes) return;
  throw new ShelfwalkError('LIMIT_EXCEEDED', {
    needed: `${toMiB(bytesMin)} MiB`,
    limit: `${toMiB(limitBytes)} MiB`,
    field: 'train.maxMemoryMiB',
    hint: LIMIT_HINT,
  });
}
