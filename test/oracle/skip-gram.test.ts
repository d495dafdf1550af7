/**
 * The kernel beside gensim's skip-gram on one planted graph, each with walks of its own: blocks that the one
 * finds again in the vectors, the other does too. Quality only; speed is bench/sgns.bench.mjs's.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Matrix } from '../../src/base/matrix.ts';
import { createExactIndex } from '../../src/neighbors/exact.ts';
import { trainOnGraph } from '../../src/pipeline/train-graph.ts';
import { plantedGraph } from '../graph/planted-graph.ts';
import { smallGraph } from '../graph/small-graph.ts';
import { findOraclePython, fromBits, type Oracle, openOracle } from './oracle-process.ts';

const BLOCKS = 12;
const PER_BLOCK = 20;
const NODES = BLOCKS * PER_BLOCK;
/** Two edges of five lead anywhere: hard enough that neither side is near 1. */
const GRAPH = plantedGraph({ blocks: BLOCKS, nodes: PER_BLOCK, degree: 6, insideShare: 0.6 });
const [DIMENSION, WINDOW, NEGATIVES, LENGTH, WALKS] = [32, 5, 5, 40, 20];
const SEEDS = [1, 2, 3];
const NEIGHBORS = 10;

/** Of a node's ten nearest by cosine, the share in its own block; the mean over all nodes. */
async function toPurity(vectors: Matrix): Promise<number> {
  const index = await createExactIndex(vectors, { metric: 'cosine' });
  let same = 0;
  for (let row = 0; row < NODES; row++) {
    const hits = await index.search(vectors.row(row), { limit: NEIGHBORS, exclude: [row] });
    same += hits.filter((hit) => Math.floor(hit.row / PER_BLOCK) === Math.floor(row / PER_BLOCK)).length;
  }
  await index.close();
  return same / (NODES * NEIGHBORS);
}

const toMean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;

const python = findOraclePython();

describe.skipIf(!python)('skip-gram with negative sampling', () => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await openOracle(python!, 'skip_gram.py');
  });
  afterAll(() => oracle?.close());

  async function trainTheirs(seed: number): Promise<number> {
    const { bits } = await oracle.ask({
      do: 'train',
      edges: GRAPH.edges,
      nodes: NODES,
      walks_per_node: WALKS,
      length: LENGTH,
      dimension: DIMENSION,
      window: WINDOW,
      negatives: NEGATIVES,
      exponent: 0.75,
      alpha: 0.025,
      min_alpha: 1e-4,
      seed,
    });
    return toPurity(new Matrix(fromBits(bits), NODES, DIMENSION));
  }

  async function trainOurs(seed: number): Promise<number> {
    const { vectors } = await trainOnGraph(smallGraph(GRAPH), {
      walk: { walkLength: LENGTH, walksPerNode: WALKS },
      train: {
        embeddingDimension: DIMENSION,
        windowSize: WINDOW,
        negativeSamplingRate: NEGATIVES,
        negativeSamplingExponent: 0.75,
        initialLearningRate: 0.025,
        minLearningRate: 1e-4,
        randomSeed: seed,
        concurrency: 1,
      },
    });
    return toPurity(vectors);
  }

  test('finds planted blocks again nearly as well as gensim does at the same settings', async () => {
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (const seed of SEEDS) {
      ours.push(await trainOurs(seed));
      theirs.push(await trainTheirs(seed));
    }
    // By chance 19 of 239. Over seeds either side has s = .0045, so the difference of two means of three has
    // s = .0045 · √(2/3) = .0037. Ours is .027 lower at equal settings, .753 to .780 (on a larger graph, in
    // docs/performance.md, it is .008); .027 + 6 s = .05.
    expect(toMean(theirs)).toBeGreaterThan(0.7);
    expect(Math.abs(toMean(ours) - toMean(theirs))).toBeLessThan(0.05);
  });
});
