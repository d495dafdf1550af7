/**
 * Vectors out of a version and back in, through every format and a real workspace: the same bits, served over
 * HTTP; and what a version without contexts refuses instead of answering with zeros.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runConfigSchema } from '../../src/pipeline/config.ts';
import { exportVectors, importVectors, train } from '../../src/pipeline/library.ts';
import { OPERATIONS } from '../../src/pipeline/operations.ts';
import { rollUpSettingsSchema } from '../../src/pipeline/rollup-settings.ts';
import { rollUpVersion } from '../../src/pipeline/rollup-version.ts';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';
import { type RunningServer, startServer } from '../../src/serve/server.ts';
import { FORMAT_NAMES, FORMATS } from '../../src/vectors/formats/formats.ts';
import type { LoadedVersion } from '../../src/vectors/types.ts';
import { silent } from '../serve/fakes.ts';

let dir: string;
let workspace: Workspace;
let server: RunningServer;
let trained: LoadedVersion;

/** Products with leading zeros, spaces and quotes; one nobody bought, which has no vector. */
const PRODUCTS = ['01111', '1111', 'a b', '"q"', '100%', 'emoji 🧦', 'ä/ö', 'x\ty', 'never bought'];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-export-'));
  workspace = await openWorkspace(join(dir, 'data'));
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const products = PRODUCTS.map((id, i) => `${quote(id)},Name ${i},${i < 8 ? 'acme' : ''}\n`).join('');
  await writeFile(join(dir, 'products.csv'), `id,name,brand\n${products}`);
  const bought = Array.from({ length: 80 }, (_, i) => `c${i % 9},${quote(PRODUCTS[(i * 5) % 8]!)}\n`).join(
    '',
  );
  await writeFile(join(dir, 'bought.csv'), `customer,product\n${bought}`);
  const attributes = [{ kind: 'brand', column: 'brand' }];
  await workspace.catalog.importFiles(
    [
      { kind: 'products', path: join(dir, 'products.csv'), mapping: { id: 'id', name: 'name', attributes } },
      {
        kind: 'interactions',
        path: join(dir, 'bought.csv'),
        mapping: { customer: 'customer', product: 'product' },
      },
    ],
    {},
    {},
  );
  const run = runConfigSchema.parse({ train: { embeddingDimension: 12, concurrency: 1 } });
  const { version } = await train(workspace, { run, evaluate: false });
  trained = await workspace.versions.load(version);
  const config = serverConfigSchema.parse({ port: 0 });
  server = await startServer({ workspace, operations: OPERATIONS, config, log: silent });
});
afterAll(async () => {
  await server.close();
  await workspace.close();
  await rm(dir, { recursive: true });
});

/** By type and id: name, and the bits of both rows; nodes without a vector left out. */
function toNodes({ nodes, vectors, contexts }: LoadedVersion): Map<string, unknown> {
  const hex = (row: Float32Array) => Buffer.from(Float32Array.from(row).buffer).toString('hex');
  const rows = nodes.ranges.flatMap(({ type, start, end }) =>
    Array.from({ length: end - start }, (_, i) => ({ type, row: start + i })),
  );
  return new Map(
    rows
      .filter(({ row }) => vectors.row(row).some((x) => x !== 0))
      .map(({ type, row }) => [
        `${type}:${nodes.ids[row]}`,
        [nodes.names[row], hex(vectors.row(row)), contexts && hex(contexts.row(row))],
      ]),
  );
}

const get = async (path: string): Promise<{ status: number; body: Record<string, unknown> }> => {
  const reply = await fetch(`${server.url}${path}`);
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
};

describe.each(FORMAT_NAMES)('%s', (format) => {
  test('a version exported and imported is the same, bit for bit, and its neighbours are', async () => {
    const folder = join(dir, format);
    await mkdir(folder);
    const { extension, files } = FORMATS[format];
    const [out, contexts] = [join(folder, `v${extension}`), join(folder, `c${extension}`)];
    const written = await exportVectors(workspace, { model: 'prod', format, out });
    await exportVectors(workspace, { model: 'prod', format, out: contexts, matrix: 'contexts' });
    expect(written).toMatchObject({ rows: 18, dimension: 12, leftOut: 1, spaceId: trained.manifest.spaceId });
    expect(written.files).toHaveLength(files.length);
    expect(await readdir(folder)).toHaveLength(2 * files.length); // nothing unfinished beside them

    const made = await importVectors(workspace, { file: out, contexts, format, alias: format });
    expect(made).toMatchObject({ alias: format, dimension: 12, contexts: true });
    expect(made.nodes.product).toEqual({ rows: 8, withVector: 8, inCatalog: 8 });
    expect(made.spaceId).not.toBe(trained.manifest.spaceId);
    expect(toNodes(await workspace.versions.load(made.version))).toEqual(toNodes(trained));

    const path = `/v1/products/${encodeURIComponent('a b')}`;
    const [ours, theirs] = await Promise.all([
      get(`${path}/neighbors?limit=5`),
      get(`${path}/neighbors?limit=5&model=${format}`),
    ]);
    expect(theirs).toMatchObject({ status: 200, body: { results: ours.body['results'] } });
    const recommended = await get(`/v1/customers/c1/recommendations?exclude=none&model=${format}`);
    expect(recommended.status).toBe(200);
    expect(recommended.body['results']).toEqual(
      (await get('/v1/customers/c1/recommendations?exclude=none')).body['results'],
    );
  });
});

describe.each(['word2vec', 'word2vec-binary'] as const)('%s with plain keys', (format) => {
  test('of one type, and back under it: the same nodes and bits', async () => {
    const file = join(dir, `plain.${format}`);
    const request = { model: 'prod', format, out: file, keys: 'id' } as const;
    await expect(exportVectors(workspace, request)).rejects.toMatchObject({ code: 'REQUEST_UNPROCESSABLE' });
    await expect(exportVectors(workspace, { ...request, type: ['product'] })).rejects.toMatchObject({
      code: 'NODE_KEY_INVALID',
      details: { found: JSON.stringify('a b'), hint: expect.stringContaining('--keys type:id') },
    });
    expect(await readdir(dir)).not.toContain(`plain.${format}`);
    expect(await exportVectors(workspace, { ...request, type: ['customer'] })).toMatchObject({ rows: 9 });
    const made = await importVectors(workspace, { file, format, type: 'customer' });
    const bits = (of: LoadedVersion) =>
      [...toNodes({ ...of, contexts: undefined })].filter(([key]) => key.startsWith('customer:'));
    const back = bits(await workspace.versions.load(made.version));
    expect(back).toHaveLength(9);
    expect(back).toEqual(bits(trained));
  });
});

describe('vectors alone', () => {
  const gensim = '3 2\n01111 1 0\na_new_one 0.9 0.1\nzeros 0 0\n';
  let version: string;

  beforeAll(async () => {
    const file = join(dir, 'gensim.vec');
    await writeFile(file, gensim);
    const made = await importVectors(workspace, {
      file,
      format: 'word2vec',
      type: 'product',
      alias: 'alone',
    });
    expect(made).toMatchObject({
      contexts: false,
      nodes: { product: { rows: 3, withVector: 2, inCatalog: 1 } },
    });
    version = made.version;
  });

  test('have neighbours over HTTP, with names from the catalog', async () => {
    const { status, body } = await get('/v1/products/a_new_one/neighbors?model=alone');
    expect(status).toBe(200);
    expect(body['results']).toMatchObject([{ id: '01111', name: 'Name 0' }]);
  });

  test('have no recommendations, and no context made of zeros', async () => {
    const { status, body } = await get('/v1/customers/c1/recommendations?model=alone');
    expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'CONTEXTS_MISSING' });
    const embedding = await get('/v1/embeddings/products/01111?model=alone');
    expect(embedding.body['vector']).toEqual([1, 0]);
    expect(embedding.body).not.toHaveProperty('context');
    const out = join(dir, 'contexts.vec');
    const wanted = exportVectors(workspace, { model: version, format: 'word2vec', out, matrix: 'contexts' });
    await expect(wanted).rejects.toMatchObject({ code: 'CONTEXTS_MISSING' });
  });

  test('say of other nodes why they have none', async () => {
    const reasonOf = async (id: string) => (await get(`/v1/products/${id}?model=alone`)).body['reason'];
    expect(await reasonOf('1111')).toBe('not in gensim.vec, from which this version was imported');
    const { body } = await get('/v1/embeddings/products/zeros?model=alone');
    expect(body['code']).toBe('NODE_NOT_EMBEDDED');
    expect(JSON.stringify(body)).toContain('all zeros');
  });

  test('are rolled up, without contexts again', async () => {
    const settings = rollUpSettingsSchema.parse({});
    const { version: id } = await rollUpVersion(workspace, { of: 'alone', alias: 'rolled', settings }, {});
    const rolled = await workspace.versions.load(id);
    expect(rolled.contexts).toBeUndefined();
    expect((await get('/v1/customers/c0/neighbors?model=rolled')).status).toBe(200);
  });
});

describe('refused, with nothing published and nothing left behind', () => {
  test('a file that is there, unless it may be replaced', async () => {
    const out = join(dir, 'there.csv');
    await writeFile(out, 'mine');
    const request = { model: 'prod', format: 'csv', out } as const;
    await expect(exportVectors(workspace, request)).rejects.toMatchObject({
      code: 'REQUEST_UNPROCESSABLE',
      details: { found: 'a file', hint: expect.stringContaining('--force') },
    });
    expect(await readFile(out, 'utf8')).toBe('mine');
    await exportVectors(workspace, { ...request, force: true, type: ['product'] });
    expect((await readFile(out, 'utf8')).split('\n')).toHaveLength(1 + 8 + 1);
  });

  test('a companion that is there', async () => {
    await writeFile(join(dir, 'pair.keys.ndjson'), 'mine');
    const request = { model: 'prod', format: 'npy', out: join(dir, 'pair.npy') } as const;
    await expect(exportVectors(workspace, request)).rejects.toMatchObject({ code: 'REQUEST_UNPROCESSABLE' });
    expect(await readdir(dir)).not.toContain('pair.npy');
  });

  test('a folder that is not there, a type without vectors, a model that is unknown', async () => {
    const request = { model: 'prod', format: 'csv', out: join(dir, 'none/a.csv') } as const;
    await expect(exportVectors(workspace, request)).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
    const out = join(dir, 'a.csv');
    await expect(exportVectors(workspace, { ...request, out, model: 'nobody' })).rejects.toMatchObject({
      code: 'ALIAS_UNKNOWN',
    });
    await expect(
      exportVectors(workspace, { ...request, out, model: 'alone', type: ['customer'] }),
    ).rejects.toMatchObject({ code: 'REQUEST_UNPROCESSABLE' });
    await expect(exportVectors(workspace, { ...request, out: 'a.csv' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  test('an export that is stopped leaves what was there', async () => {
    const out = join(dir, 'stopped.csv');
    const controller = new AbortController();
    const stopped = exportVectors(workspace, {
      model: 'prod',
      format: 'csv',
      out,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    controller.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await readdir(dir)).filter((name) => /stopped|writing/.test(name))).toEqual([]);
  });

  test.each([
    { why: 'keys with a type, and a type', text: '1 1\nproduct:a 1\n', code: 'REQUEST_UNPROCESSABLE' },
    { why: 'zeros only', text: '1 1\na 0\n', code: 'REQUEST_UNPROCESSABLE' },
    { why: 'a broken file', text: '2 1\na 1\n', code: 'IMPORT_FILE_UNREADABLE' },
    {
      why: 'contexts of other nodes',
      text: '1 1\na 1\n',
      contexts: '1 1\nb 1\n',
      code: 'IMPORT_FILE_UNREADABLE',
    },
    {
      why: 'contexts of fewer',
      text: '2 1\na 1\nb 1\n',
      contexts: '1 1\na 1\n',
      code: 'IMPORT_FILE_UNREADABLE',
    },
    {
      why: 'contexts of another dimension',
      text: '1 1\na 1\n',
      contexts: '1 2\na 1 1\n',
      code: 'IMPORT_FILE_UNREADABLE',
    },
  ])('an import of $why', async ({ text, contexts, code }) => {
    const before = await workspace.versions.list();
    const [file, contextsFile] = [join(dir, 'bad.vec'), join(dir, 'bad-contexts.vec')];
    await writeFile(file, text);
    await writeFile(contextsFile, contexts ?? '');
    const request = { file, format: 'word2vec', type: 'product', alias: 'bad' } as const;
    const settings = contexts === undefined ? request : { ...request, contexts: contextsFile };
    await expect(importVectors(workspace, settings)).rejects.toMatchObject({ code });
    expect(await workspace.versions.list()).toEqual(before);
    expect(await workspace.versions.aliases()).not.toHaveProperty('bad');
  });
});
