// @ts-check
/**
 * The targets of bench/quality.bench.mjs: on which data, by which split, which figure, what is to be beaten
 * and by how much.
 */

/** @typedef {'hitRate@10' | 'ndcg@10' | 'recall@20' | 'ndcg@20'} Figure */
/** @typedef {'space' | 'blend'} Side one vector space, or a blend of its places with those of counting */
/**
 * `by` chooses on the validation part. `overBest`: of the side over the best of `rivals`; `atLeast`: the figure itself.
 * @typedef {{ protocol: 'new' | 'all', by: Figure, rivals: string[], aims: { side: Side, figure: Figure, overBest?: number, atLeast?: number }[] }} Question
 */
/** @typedef {{ kind: 'next', data: string, text: string, has: import('./quality-models.mjs').Need[], evaluate: import('../dist/pipeline/config.js').RunConfigInput['evaluate'], questions: Question[] }} NextTask */
/** @typedef {{ kind: 'companions', data: string, text: string, has: import('./quality-models.mjs').Need[] }} CompanionTask */
/** @typedef {{ kind: 'bench', bench: string, text: string, args: string[] }} BenchTask another bench that measures it: its claims are ours */

const COUNTING = ['popularity', 'item-knn', 'item-knn-recent', 'co-counts', 'rp3b', 'als'];
const PEERS = ['implicit als', 'implicit bpr'];

/** @param {string} data @returns {NextTask} */
const nextBasket = (data) => ({
  kind: 'next',
  data,
  text: 'what customers take after an instant, all products ranked',
  has: ['order', 'baskets'],
  evaluate: { split: 'time' },
  questions: /** @type {const} */ (['new', 'all']).map((protocol) => ({
    protocol,
    by: 'recall@20',
    rivals: ['personal-top', ...COUNTING, ...PEERS],
    aims: [
      { side: 'space', figure: 'recall@20', overBest: 1 },
      { side: 'blend', figure: 'recall@20', overBest: 1 },
    ],
  })),
});

/** In the order they are run. @type {Record<string, NextTask | CompanionTask | BenchTask>} */
export const TASKS = {
  lastfm: {
    kind: 'next',
    data: 'lastfm (test)',
    text: 'given files, all artists ranked, those of the training file left out',
    has: [],
    // A tenth, not a fifth: what is asked on the test part has all of the training file to go by.
    evaluate: { split: 'files', testFiles: ['test.csv.gz'], testShare: 0.1 },
    questions: [
      {
        protocol: 'new',
        by: 'recall@20',
        rivals: ['item-knn', 'rp3b', ...PEERS],
        aims: [
          { side: 'space', figure: 'recall@20', overBest: 1.05 },
          { side: 'space', figure: 'ndcg@20', overBest: 1.05 },
        ],
      },
    ],
  },
  'amazon-beauty': {
    kind: 'next',
    data: 'amazon-beauty (test)',
    text: 'each customer’s last product, all products ranked, those of the customer left out',
    has: ['order'],
    evaluate: { split: 'last-item' },
    questions: [
      {
        protocol: 'new',
        by: 'ndcg@10',
        rivals: [...COUNTING, ...PEERS],
        aims: [
          { side: 'space', figure: 'hitRate@10', atLeast: 0.085 },
          { side: 'space', figure: 'ndcg@10', atLeast: 0.05 },
          { side: 'blend', figure: 'hitRate@10', atLeast: 0.09 },
          { side: 'blend', figure: 'ndcg@10', atLeast: 0.054 },
        ],
      },
    ],
  },
  companions: {
    kind: 'companions',
    data: 'online-retail',
    text: 'from one product of a basket that was held out, drawn at random, the others',
    has: ['order', 'baskets'],
  },
  'next basket, online-retail': nextBasket('online-retail'),
  ppi: {
    kind: 'bench',
    bench: 'ppi',
    text: 'labels of proteins from vectors',
    args: ['--seeds', '3'],
  },
  'cold products': {
    kind: 'bench',
    bench: 'cold-start',
    text: 'products of complete-journey that nobody bought in training, among themselves',
    args: ['--final'],
  },
  'next basket, complete-journey': nextBasket('complete-journey'),
};
