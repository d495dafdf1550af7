import { describe, expect, test } from 'vitest';
import type { Comparison, EvaluationReport, ScorerResult } from '../../src/analyze/report.ts';
import { toReportText, toTable } from '../../src/analyze/report-text.ts';
import { toComparisonVerdict, toShare } from '../../src/analyze/verdicts.ts';

const flat = (mean: number) => ({ mean, low: mean - 0.01, high: mean + 0.01 });

const toResult = (scorer: string, recall: number): ScorerResult => ({
  scorer,
  at: [10, 20].map((k) => ({
    k,
    recall: flat(recall * (k / 20)),
    ndcg: flat(0.05),
    hitRate: flat(0.5),
    mrr: flat(0.25),
    precision: flat(0.125),
    spread: { coverage: 0.5, gini: 0.75, popularityShown: 3, popularityBought: 2 },
  })),
  slices: [{ name: 'cold', text: '', customers: 0, recall: null, ndcg: null }],
  shortLists: 0,
});

const part = { interactions: 12345, customers: 10, products: 20, pairs: 30 };
const report: EvaluationReport = {
  format: 1,
  data: {
    customers: 10,
    products: 20,
    train: part,
    test: part,
    coldProducts: 1,
    coldPairShare: 0.1,
    repeatPairShare: 0.4,
  },
  settings: { k: [10, 20], seed: 1, maxCustomers: 100, resamples: 1000, confidence: 0.95 },
  served: 'customer-in-out',
  scorers: [
    { name: 'popularity', family: 'baseline', text: 'most bought', notes: [], served: false, tookMs: 100 },
    {
      name: 'customer-in-out',
      family: 'embedding',
      text: 'by vector',
      notes: ['2 products have no vector and are never shown'],
      served: true,
      tookMs: 2600,
    },
  ],
  protocols: {
    all: {
      protocol: 'all',
      text: '',
      customers: 9,
      leftOut: { noTraining: 3, nothingNew: 0, notSampled: 0 },
      meanRelevant: 4.25,
      results: [toResult('popularity', 0.1), toResult('customer-in-out', 0.2)],
    },
    new: {
      protocol: 'new',
      text: '',
      customers: 0,
      leftOut: { noTraining: 3, nothingNew: 9, notSampled: 0 },
      meanRelevant: 0,
      results: [],
    },
  },
  comparisons: [],
  space: {
    walked: false,
    text: 'apart',
    kinds: [
      {
        owner: 'product',
        kind: 'aisle',
        values: 4,
        labelled: 20,
        multiValued: 0,
        purity: { observed: 0.9, chance: flat(0.25), permutations: 100, neighbors: 10, queries: 20 },
        silhouette: null,
        notes: [],
      },
    ],
  },
  verdicts: ['popularity loses'],
  notes: ['all products are ranked'],
};

describe('toReportText', () => {
  const text = toReportText(report);
  test('the table of the longest list, served starred, columns aligned', () => {
    const lines = text.split('\n');
    const head = lines.findIndex((l) => l.includes('recall@20'));
    expect(lines.slice(head, head + 3)).toEqual([
      '                          recall@20           ndcg@20  hr@20  mrr@20  prec@20  coverage  gini    s',
      '  popularity       .100 [.090 .110]  .050 [.040 .060]   .500    .250     .125      .500  .750  0.1',
      '* customer-in-out  .200 [.190 .210]  .050 [.040 .060]   .500    .250     .125      .500  .750  2.6',
    ]);
  });
  test('says who was left out and why, also where nobody is left', () => {
    expect(text).toContain(
      'with repeat purchases counted: 9 customers, 4.3 relevant products each; left out 3 without training purchases\n',
    );
    expect(text).toContain(
      'on products new to the customer: 0 customers, 0.0 relevant products each; left out 3 without training purchases, 9 who bought nothing new',
    );
  });
  test('missing figures are a dash, large numbers are grouped, notes and verdicts are there', () => {
    expect(text).toMatch(/product aisle +4 +20 +\.900 +\.250 \[\.240 \.260\] +– +–/);
    for (const part of [
      '12,345',
      '2 products have no vector',
      '- popularity loses',
      'all products are ranked',
    ]) {
      expect(text).toContain(part);
    }
  });
  test('no colour, no line ends in a blank', () => {
    expect(text).not.toContain('\u001b');
    expect(text.split('\n').filter((line) => line !== line.trimEnd())).toEqual([]);
  });
  test('short: the longest list and the verdicts only', () => {
    const short = toReportText(report, { short: true });
    expect(short).toContain('recall@20');
    expect(short).toContain('- popularity loses');
    for (const part of ['recall@10', 'by slice', 'aisle', 'scorers (']) expect(short).not.toContain(part);
  });
});

test('toTable aligns the first column left and the others right', () => {
  expect(
    toTable([
      ['a', 'bb'],
      ['ccc', 'd'],
    ]),
  ).toBe('a    bb\nccc   d');
});

test.each([
  [0.1234, '.123'],
  [-0.05, '-.050'],
  [1, '1.000'],
  [0, '.000'],
  [12.5, '12.500'],
])('toShare(%d) is %s', (x, said) => {
  expect(toShare(x)).toBe(said);
});

describe('verdicts', () => {
  const base: Comparison = {
    protocol: 'all',
    k: 20,
    metric: 'recall',
    against: 'best baseline',
    served: 'customer-in-out',
    other: 'item-knn',
    servedMean: 0.09,
    otherMean: 0.12,
    difference: { mean: -0.03, low: -0.04, high: -0.02 },
  };
  test.each([
    {
      why: 'a loss',
      change: {},
      says: 'item-knn beats customer-in-out by recall@20 with repeat purchases counted: .120 against .090 (difference -.030, 95 % interval -.040 to -.020)',
    },
    {
      why: 'a win',
      change: {
        servedMean: 0.15,
        protocol: 'new' as const,
        difference: { mean: 0.03, low: 0.02, high: 0.04 },
      },
      says: 'customer-in-out beats item-knn by recall@20 on products new to the customer: .150 against .120 (difference .030, 95 % interval .020 to .040)',
    },
    {
      why: 'no difference that shows',
      change: { servedMean: 0.119, difference: { mean: -0.001, low: -0.01, high: 0.01 } },
      says: 'customer-in-out and item-knn cannot be told apart by recall@20 with repeat purchases counted: .119 and .120 (difference -.001, 95 % interval -.010 to .010)',
    },
  ])('$why', ({ change, says }) => {
    expect(toComparisonVerdict({ ...base, ...change })).toBe(says);
  });
});
