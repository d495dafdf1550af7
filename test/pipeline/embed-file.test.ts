/** An edge list straight into a file of vectors: the ones of import and train, whole or not at all. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ShelfwalkError } from '../../src/base/errors.ts';
import { createRandom } from '../../src/base/rng.ts';
import type { Progress } from '../../src/base/task.ts';
import { runConfigSchema } from '../../src/pipeline/config.ts';
import { type EmbedOptions, embedFile } from '../../src/pipeline/embed-file.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import { openWorkspace } from '../../src/pipeline/workspace.ts';
import { openFileSource } from '../../src/vectors/formats/file-source.ts';
import { FORMATS } from '../../src/vectors/formats/formats.ts';

let dir: string;
let edges: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-embed-'));
  edges = join(dir, 'edges.csv');
  const random = createRandom(3);
  const below = (n: number): number => Math.floor(random() * n);
  const lines = Array.from(
    { length: 400 },
    () => `c${below(40)},p ${below(30)},${1 + below(9) / 10},customer`,
  );
  await writeFile(edges, `from,to,weight,fromType\n${lines.join('\n')}\n`);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const RUN = {
  walk: { walkLength: 12, walksPerNode: 3, returnFactor: 0.5, inOutFactor: 2 },
  train: { embeddingDimension: 20, concurrency: 1, randomSeed: 9 },
};
const out = (name = 'v.npy'): string => join(dir, name);
const embed = (options: EmbedOptions = {}, name?: string) =>
  embedFile(edges, out(name), { format: 'npy', run: RUN, ...options });
const failureOf = (promise: Promise<unknown>): Promise<ShelfwalkError> =>
  promise.then(
    () => expect.fail('this should have failed'),
    (error: ShelfwalkError) => error,
  );

async function readNpyPair(path: string) {
  const keys = path.replace(/\.npy$/, '.keys.ndjson');
  return FORMATS.npy.read([await openFileSource(path), await openFileSource(keys)], {});
}

test.each([
  { of: 'walks', directed: false, run: RUN },
  { of: 'walks', directed: true, run: RUN },
  { of: 'spectral', directed: false, run: { train: { algorithm: 'spectral', embeddingDimension: 20 } } },
] as const)(
  'with one thread, the bits of import edges and train: $of, directed: $directed',
  async ({ directed, run: settings }) => {
    const result = await embed({ mapping: { directed }, run: settings });
    const read = await readNpyPair(out());
    const workspace = await openWorkspace(join(dir, 'data'));
    try {
      const mapping = {
        from: 'from',
        to: 'to',
        weight: 'weight',
        fromType: { column: 'fromType' },
        directed,
      };
      await workspace.catalog.importFiles([{ kind: 'edges', path: edges, mapping }], {}, {});
      const run = runConfigSchema.parse(settings);
      const { version, training } = await trainVersion(
        workspace,
        { run, alias: 'prod', evaluate: false },
        {},
      );
      const { nodes, vectors } = await workspace.versions.load(version);
      expect(read.ids).toEqual(nodes.ids);
      expect(read.vectors.rows).toBe(nodes.count);
      for (let v = 0; v < nodes.count; v++) expect(read.vectors.row(v)).toEqual(vectors.row(v));
      const toFigures = ({ walks, tokens, pairs, relationshipCount, spectrum }: typeof training) =>
        ({ walks, tokens, pairs, relationshipCount, spectrum }) as const;
      expect(toFigures(result.training)).toEqual(toFigures(training));
    } finally {
      await workspace.close();
    }
    expect(result).toMatchObject({
      files: [out(), out('v.keys.ndjson')],
      rows: { rowsRead: 400, rowsRejected: 0 },
      configuration: { train: { embeddingDimension: 20 } },
    });
  },
  60_000,
);

test('word2vec text is the default, and holds the same rows', async () => {
  await embed();
  const npy = await readNpyPair(out());
  const { bytes } = await embed({ format: undefined }, 'v.vec');
  const text = await readFile(out('v.vec'), 'utf8');
  expect(Buffer.byteLength(text)).toBe(bytes);
  const read = await FORMATS.word2vec.read([await openFileSource(out('v.vec'))], {});
  expect(read.ids).toEqual(npy.ids);
  for (let v = 0; v < read.ids.length; v++) expect(read.vectors.row(v)).toEqual(npy.vectors.row(v));
});

test('keys are the ids where no types are named; those that cannot be are refused before the training', async () => {
  const stages = new Set<string>();
  const plain = (options: EmbedOptions = {}) =>
    embed(
      { format: 'word2vec', force: true, onProgress: ({ stage }) => stages.add(stage), ...options },
      'v.vec',
    );
  const keysOf = async () =>
    (await readFile(out('v.vec'), 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(' ')[0]);

  await writeFile(edges, 'from,to,weight\n0,1,2\n1,a:b,1\n');
  expect(await plain()).toMatchObject({ keys: 'id' });
  expect(await keysOf()).toEqual(['0', '1', 'a:b']);
  const read = await FORMATS.word2vec.read([await openFileSource(out('v.vec'))], { type: 'product' });
  expect(read.ids).toEqual(['0', '1', 'a:b']);
  expect(await plain({ keys: 'type:id' })).toMatchObject({ keys: 'type:id' });
  expect(await keysOf()).toEqual(['product:0', 'product:1', 'product:a:b']);
  expect(await plain({ mapping: { fromType: { constant: 'product' } } })).toMatchObject({ keys: 'type:id' });
  expect(await plain({ mapping: { fromType: { constant: 'product' } }, keys: 'id' })).toMatchObject({
    keys: 'id',
  });
  expect(await embed()).not.toHaveProperty('keys'); // npy has a member for the type

  stages.clear();
  const customers = { fromType: { constant: 'customer' as const } };
  expect(await failureOf(plain({ mapping: customers, keys: 'id' }))).toMatchObject({
    code: 'REQUEST_UNPROCESSABLE',
    details: { field: 'keys', found: 'customer and product' },
  });
  await writeFile(edges, 'from,to\n0,a b\n');
  expect(await failureOf(plain())).toMatchObject({
    code: 'NODE_KEY_INVALID',
    details: { found: '"a b"', hint: expect.stringContaining('--keys type:id') },
  });
  expect([...stages]).toEqual(['read file']);
  await plain({ keys: 'type:id' });
  expect(await keysOf()).toEqual(['product:0', 'product:a%20b']);
  // A column of types names them.
  await writeFile(edges, 'from,to,fromType\n0,a b,product\n');
  expect(await plain()).toMatchObject({ keys: 'type:id' });
});

test('what is there is not written over, unless that is asked for, and not for a failure', async () => {
  await writeFile(out('v.keys.ndjson'), 'mine');
  expect(await failureOf(embed())).toMatchObject({
    code: 'REQUEST_UNPROCESSABLE',
    details: { field: 'out', path: out('v.keys.ndjson'), hint: expect.stringContaining('--force') },
  });
  await writeFile(edges, 'from,to\na,a\n');
  expect(await failureOf(embed({ force: true }))).toMatchObject({ code: 'IMPORT_ALL_REJECTED' });
  expect(await readFile(out('v.keys.ndjson'), 'utf8')).toBe('mine');
  await writeFile(edges, 'from,to\na,b\n');
  await embed({ force: true });
  expect(await readFile(out('v.keys.ndjson'), 'utf8')).toContain('"id":"a"');
  expect(await failureOf(embed({}, 'no/such/v.npy'))).toMatchObject({
    code: 'FOLDER_UNUSABLE',
    message: expect.stringContaining('cannot be used'),
    details: { found: 'nothing' },
  });
  expect(await failureOf(embed({ force: true }, '.'))).toMatchObject({ code: 'REQUEST_UNPROCESSABLE' });
});

test.each(['read file', 'walk + train', 'write vectors'])(
  'stopped at "%s": nothing is left',
  async (stage) => {
    const controller = new AbortController();
    const onProgress = (progress: Progress): void => {
      if (progress.stage === stage) controller.abort();
    };
    expect(await failureOf(embed({ signal: controller.signal, onProgress }))).toMatchObject({
      code: 'ABORTED',
    });
    expect(await readdir(dir)).toEqual(['edges.csv']);
  },
);

test('wrong settings are named', async () => {
  const wrong = { run: { walk: { walkLength: 1 } } };
  expect(await failureOf(embed(wrong))).toMatchObject({
    code: 'CONFIG_INVALID',
    details: { field: 'run.walk.walkLength' },
  });
});
