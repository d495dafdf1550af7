import { describe, expect, test } from 'vitest';
import { parseAttributeSpec } from '../../src/cli/attribute-spec.ts';
import { toDemoRequests, toDemoText } from '../../src/cli/render-demo.ts';
import { toImportText } from '../../src/cli/render-import.ts';
import { toModelsText, toMoveText } from '../../src/cli/render-models.ts';
import { toLintText } from '../../src/cli/render-run.ts';
import { toKeyValues, toLine, toNumberText, toTable } from '../../src/cli/render-table.ts';
import { toTuneText } from '../../src/cli/render-tune.ts';
import type { Demo } from '../../src/pipeline/demo.ts';
import type { Trial, TuneResult } from '../../src/pipeline/tune/types.ts';

describe('tables', () => {
  test('columns are aligned, the last one is not padded, wide letters count once', () => {
    const rows = [
      { name: 'é', n: 5 },
      { name: 'longer', n: 1234 },
    ];
    const text = toTable(rows, [
      { title: 'name', text: (r) => r.name },
      { title: 'n', text: (r) => toNumberText(r.n), align: 'right' },
      { title: 'again', text: (r) => r.name },
    ]);
    expect(text).toBe('name        n  again\né           5  é\nlonger  1,234  longer\n');
  });

  test('no rows, no table', () => {
    expect(toTable([], [{ title: 'x', text: String }])).toBe('');
  });

  test('any JSON becomes key and value; nothing is lost, lists of objects are numbered', () => {
    const text = toKeyValues({
      a: 1234567,
      b: { c: [1, 2], d: [] },
      e: [{ f: true }, { f: null }],
      g: {},
      h: undefined,
    });
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['a', '1,234,567'],
      ['b.c', '1, 2'],
      ['b.d', '–'],
      ['e.1.f', 'true'],
      ['e.2.f', '–'],
      ['g', '–'],
    ]);
  });

  test.each([
    [0.123456, '0.1235'],
    [1234.5678, '1,235'],
    [0, '0'],
    [-3, '-3'],
    [1e-9, '1e-9'],
  ])('%d reads %s', (value, text) => expect(toNumberText(value)).toBe(text));

  test('control characters of other people’s text are shown, not sent', () => {
    expect(toLine('a\u001b[2Jb\r\nc\u009b')).toBe('a\\u001b[2Jb\\u000d\\u000ac\\u009b');
    expect(toLine('Crème 🧀 "x"')).toBe('Crème 🧀 "x"');
  });
});

describe('an import', () => {
  const file = {
    path: '/data/a.csv',
    kind: 'interactions',
    sha256: 'x',
    rowsRead: 1000,
    rowsAccepted: 988,
    rowsRejected: 12,
    rejectedByReason: { 'quantity-zero': 10, 'timestamp-unreadable': 2 },
    rejectsFile: '/data/rejects/a.csv',
    warnings: ['no header'],
  } as const;
  const counts = {
    customers: 5,
    products: 6,
    attributes: 7,
    interactions: 988,
    returns: 0,
    baskets: 9,
    pairs: 1,
    attributeEdges: 1,
    edges: 0,
    edgePairs: 0,
  };
  const catalog = { ...counts, interactionsByType: {}, attributesByKind: {} };

  test('says what was rejected, why and where it is', () => {
    const text = toImportText({ dryRun: false, files: [file], catalog, tookMs: 2400 });
    expect(text).toContain('interactions  /data/a.csv: 988 of 1,000 rows\n');
    expect(text).toContain('rejected 12: 10 quantity-zero, 2 timestamp-unreadable; see /data/rejects/a.csv');
    expect(text).toContain('note: no header');
    expect(text).toContain('catalog: 5 customers, 6 products, 7 attributes, 988 interactions, 9 baskets');
    expect(text).not.toContain('edges');
    expect(text).toContain('done in 2.4 s');
    const given = toImportText({ dryRun: false, files: [], catalog: { ...catalog, edges: 12 }, tookMs: 1 });
    expect(given).toContain('9 baskets, 12 edges\n');
  });

  test('says that nothing changed: imported before, dry run', () => {
    const skipped = { importedAt: '2025-06-30T00:00:00Z', importId: 'i' };
    const text = toImportText({ dryRun: true, files: [{ ...file, skipped }], catalog, tookMs: 10 });
    expect(text).toMatch(/imported before, on 2025-06-30.*nothing changed.*--again/);
    expect(text).toContain('dry run, nothing changed');
  });
});

test('versions are listed with the aliases that point at them', () => {
  const counts = { nodes: 2600, dimension: 128, customers: 2000, products: 585, attributes: 15 };
  const facts = {
    format: 1,
    spaceId: 's',
    configuration: {},
    files: {},
    createdAt: '2025-06-30T12:00:05.000Z',
    counts,
  } as const;
  const versions = ['b', 'a'].map((id) => ({ ...facts, id, metrics: { 'recall@20': 0.21349 } }));
  const lines = toModelsText({ versions, aliases: { prod: 'b', next: 'b' } }).split('\n');
  expect(lines[1]).toMatch(/^b +prod, next +2025-06-30 12:00 +2,600 +128 +recall@20 0\.2135$/);
  expect(lines[2]).toMatch(/^a +2025/);
  expect(toModelsText({ versions: [], aliases: {} })).toContain('shelfwalk train');
  expect(toMoveText({ alias: 'prod', version: 'b', previous: 'a' })).toBe('prod → b (was a)\n');
});

test('lint findings come as they are ordered; none is said', () => {
  const text = toLintText([
    { level: 'warning', code: 'HUB', message: 'a hub' },
    { level: 'info', code: 'ISOLATED', message: 'two' },
  ]);
  expect(text).toBe('warning  HUB  a hub\ninfo     ISOLATED  two\n');
  expect(toLintText([])).toBe('nothing to report\n');
});

describe('the demonstration', () => {
  const entity = (id: string, name: string) =>
    ({ type: 'product', id, name, attributes: [], count: 1 }) as const;
  const demo = {
    version: 'v',
    isNew: false,
    report: {},
    counts: { products: 585, customers: 2000, interactions: 30_000 },
    query: 'garden hose',
    product: entity('0/1 ü', 'Garden hose 15 m'),
    customer: entity('c-1', "Aoife O'Brien"),
  } as unknown as Demo;

  test('says that it is simulated; ids are encoded, quotes of the shell are not broken by names', () => {
    const text = toDemoText(demo, 'http://127.0.0.1:1');
    expect(text).toMatch(/^This shop is simulated/);
    const curls = text.split('\n').filter((line) => line.startsWith('curl '));
    expect(curls).toHaveLength(3);
    for (const line of curls) expect(line).toMatch(/^curl '[^' ]+'$/);
    expect(toDemoRequests(demo, 'http://h')[1]!.url).toBe(
      'http://h/v1/products/0%2F1%20%C3%BC/neighbors?limit=5',
    );
  });

  test('without a server it offers no address', () => {
    expect(toDemoText(demo)).not.toContain('curl');
  });
});

describe('--attribute', () => {
  test.each([
    ['brand', { kind: 'brand', column: 'brand' }],
    ['aisle=aisle_id', { kind: 'aisle', column: 'aisle_id' }],
    [
      'aisle=aisle_id:codes:label=aisle name',
      { kind: 'aisle', column: 'aisle_id', codes: true, label: 'aisle name' },
    ],
    ['price:bins=5', { kind: 'price', column: 'price', bins: 5 }],
    ['tags:split=";"', { kind: 'tags', column: 'tags', split: ';' }],
    ['tags:split=":"', { kind: 'tags', column: 'tags', split: ':' }],
    ['k="a:b"', { kind: 'k', column: 'a:b' }],
    ['{"kind":"k","column":"a=b: c"}', { kind: 'k', column: 'a=b: c' }],
  ])('%s', (text, expected) => expect(parseAttributeSpec(text)).toEqual(expected));

  test.each([
    '',
    '=x',
    'x=',
    'price:bins',
    'price:bins=x',
    'price:codes=1',
    'price:label=',
    '{',
    '{"kind":"k"}',
  ])('%s is refused', (text) => {
    expect(() => parseAttributeSpec(text)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
  });
});

describe('a tuning', () => {
  const trial = (number: number, more: Partial<Trial>): Trial => ({
    number,
    round: 1,
    changed: { 'train.windowSize': 5, 'train.algorithm': 'item2vec' },
    settings: {},
    state: 'measured',
    rungs: [],
    ...more,
  });
  const metric = { mean: 0.125, low: 0.1, high: 0.15 };
  const RESULT: TuneResult = {
    verdict: 'keep',
    because: 'the interval of the difference includes 0',
    settings: {},
    best: 2,
    margin: { mean: 0.01, low: -0.005, high: 0.025, lowOfBest: -0.0125, rivals: 4 },
    measure: { metric: 'recall', k: 20, protocol: 'all', scorer: 'recent-in-out', customers: 100 },
    split: { protocol: 'last-item', within: { protocol: 'last-item' } },
    knobs: [
      { attributes: true, knobs: 2, because: 'odd cycles' },
      { attributes: false, knobs: 1, because: 'none' },
    ],
    leftOut: [{ setting: 'graph.attributes', because: 'there are none' }],
    trials: [
      trial(1, { round: 0, changed: {}, rungs: [{ share: 1, passes: 20, metric, tookMs: 1250 }] }),
      trial(2, {
        rungs: [
          { share: 1 / 3, passes: 7, metric, tookMs: 500 },
          { share: 1, passes: 20, metric, tookMs: 1000 },
        ],
        difference: { mean: 0.01, low: -0.005, high: 0.025 },
      }),
      trial(3, {
        state: 'dropped',
        because: 'worse',
        rungs: [{ share: 1 / 3, passes: 7, metric, tookMs: 500 }],
      }),
      trial(4, { state: 'failed', because: 'LIMIT_EXCEEDED: too much' }),
      trial(5, { rungs: [{ share: 1, metric, tookMs: 60 }] }),
    ],
    endedBy: 'trials',
    tookMs: 75_000,
  };

  test('a line a trial: what it is worth, what it cost, what became of it', () => {
    const lines = toTuneText(RESULT).split('\n').slice(1, 6);
    expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['1', '20', '.1250', '.1000 … .1500', '–', '1.3', 'measured', 'the start'],
      [
        '2',
        '20',
        '.1250',
        '.1000 … .1500',
        '.0100 (-.0050 … .0250)',
        '1.5',
        'measured',
        'windowSize 5, algorithm item2vec',
      ],
      [
        '3',
        '7 (few)',
        '.1250',
        '.1000 … .1500',
        '–',
        '0.5',
        'dropped: worse',
        'windowSize 5, algorithm item2vec',
      ],
      [
        '4',
        '–',
        '–',
        '–',
        '–',
        '0.0',
        'failed: LIMIT_EXCEEDED: too much',
        'windowSize 5, algorithm item2vec',
      ],
      [
        '5',
        'closed form',
        '.1250',
        '.1000 … .1500',
        '–',
        '0.1',
        'measured',
        'windowSize 5, algorithm item2vec',
      ],
    ]);
  });

  test('then the verdict, the bound for the best of several, and p and q for each graph', () => {
    const text = toTuneText(RESULT);
    expect(text).toMatch(
      /^verdict +keep the settings of the start: the interval of the difference includes 0$/m,
    );
    expect(text).toMatch(/^better than the start by +\.0100 \(-\.0050 … \.0250\)$/m);
    expect(text).toMatch(/^… the best of 4, by at least +-\.0125$/m);
    expect(text).toMatch(/^p and q, with attributes +two knobs: odd cycles$/m);
    expect(text).toMatch(/^p and q, without attributes +one knob: none$/m);
    expect(text).toMatch(/^left out +graph\.attributes: there are none$/m);
    expect(text).toMatch(/^took +1 min 15 s$/m);
    expect(toTuneText({ ...RESULT, knobs: [RESULT.knobs[1]!] })).toMatch(/^p and q +one knob: none$/m);
  });
});
