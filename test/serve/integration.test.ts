/**
 * The server over the real version store and the real index (and the catalog of the fake shop): what is
 * written to disk is what is served, aliases move on disk, a damaged version never becomes the served one.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import type { Workspace } from '../../src/pipeline/workspace.ts';
import { type RunningServer, startServer } from '../../src/serve/server.ts';
import { openVersionStore } from '../../src/vectors/version-store.ts';
import { fakeIndexes, fakeShop, fakeVersion, IDS, NASTY_IDS, SEEN, silent } from './fakes.ts';
import { findLeaseForTest } from './lease-file.ts';
import { ask } from './rig.ts';

let workspace: Workspace;
let server: RunningServer;
let token: string;
const versions: string[] = [];

beforeAll(async () => {
  const shop = await fakeShop();
  const store = await openVersionStore(join(shop.workspace.dataDir, 'models'));
  workspace = { ...shop.workspace, versions: store };
  for (const seed of [1, 2, 3]) {
    const facts = { spaceId: `s${seed}`, configuration: { seed }, metrics: { 'recall@20': 0.1 } };
    versions.push((await store.write(fakeVersion('', { seed }), facts)).id);
  }
  await store.promote('prod', versions[0]);
  server = await startServer({
    workspace,
    operations: [],
    config: serverConfigSchema.parse({ port: 0 }),
    log: silent,
  });
  token = (await findLeaseForTest(workspace.dataDir)).token;
});
afterAll(async () => {
  await server.close();
  await rm(workspace.dataDir, { recursive: true });
});

const put = (alias: string, version: string) =>
  ask(server.url, `/v1/aliases/${alias}`, {
    method: 'PUT',
    body: { version },
    headers: { 'x-api-key': token },
  });

test.each([...NASTY_IDS])('neighbours of %j, from disk, as brute force finds them', async (id) => {
  const { json } = await ask(server.url, `/v1/products/${encodeURIComponent(id)}/neighbors?limit=1000`);
  const content = fakeVersion('', { seed: 1 });
  const start = IDS.customer.length;
  const expected = await (await fakeIndexes().createIndex(content.vectors, { metric: 'cosine' })).search(
    content.vectors.row(start + IDS.product.indexOf(id)),
    {
      limit: 1000,
      range: { start, end: start + IDS.product.length },
      exclude: [start + IDS.product.indexOf(id)],
    },
  );
  expect(json.results.map((r: { id: string }) => r.id)).toEqual(
    expected.map((hit) => content.nodes.ids[hit.row]),
  );
  for (const [i, hit] of expected.entries()) expect(json.results[i].score).toBeCloseTo(hit.score, 5);
});

test('recommendations and embeddings from disk', async () => {
  const content = fakeVersion('', { seed: 1 });
  const { json } = await ask(server.url, '/v1/customers/ada/recommendations?limit=3');
  const [best] = json.results;
  const product = (id: string): number => IDS.customer.length + IDS.product.indexOf(id);
  const weights = SEEN.ada.map((_, age) => 0.6 ** age);
  const total = weights.reduce((a, b) => a + b);
  const dot = content.contexts!.row(product(best.id)).reduce((sum, y, k) => {
    const mean = SEEN.ada.reduce(
      (m, id, i) => m + (content.vectors.row(product(id))[k]! * weights[i]!) / total,
      0,
    );
    return sum + mean * y;
  }, 0);
  expect(best.score).toBeCloseTo(dot, 5);
  const embedding = await ask(server.url, '/v1/embeddings/customers/ada');
  expect(Float32Array.from(embedding.json.vector)).toEqual(content.vectors.row(0).slice());
});

test('isolated and late nodes keep their reasons through the files', async () => {
  expect((await ask(server.url, '/v1/products/lonely/neighbors')).json.details.reason).toContain(
    'no interactions, no attributes and no other edges',
  );
  expect((await ask(server.url, '/v1/products/late/neighbors')).json.details.reason).toContain(
    'added after version',
  );
});

test('a body of ids asks the real index too; a raw vector finds its own node', async () => {
  const vector = Array.from(fakeVersion('', { seed: 1 }).vectors.row(IDS.customer.length));
  const body = { query: { nearest: { vector } }, targetType: 'product', limit: 1 };
  const { json } = await ask(server.url, '/v1/query', { method: 'POST', body });
  expect(json.results[0]).toMatchObject({ id: IDS.product[0], score: expect.closeTo(1, 5) });
});

test('models lists what is on disk, newest first, with their aliases', async () => {
  const { json } = await ask(server.url, '/v1/models');
  expect(json.results.map((m: { id: string }) => m.id)).toEqual(versions.toReversed());
  expect(json.results[2].aliases).toEqual(['prod']);
  expect((await ask(server.url, `/v1/models/${versions[1]}/report`)).json).toMatchObject({ made: 'by hand' });
});

test('an alias moves on disk and in service; a damaged version is refused and named in the list', async () => {
  expect((await put('prod', versions[1])).json).toEqual({
    alias: 'prod',
    version: versions[1],
    previous: versions[0],
  });
  expect(await workspace.versions.resolve('prod')).toBe(versions[1]);
  const folder = join(workspace.dataDir, 'models', 'versions', versions[2]);
  const file = join(folder, (await readdir(folder)).find((f) => f.startsWith('vectors'))!);
  const bytes = await readFile(file);
  bytes[bytes.length - 1] ^= 1;
  await writeFile(file, bytes);
  const refused = await put('prod', versions[2]);
  expect([refused.status, refused.json.code]).toEqual([500, 'VERSION_CORRUPT']);
  expect(await workspace.versions.resolve('prod')).toBe(versions[1]);
  expect((await ask(server.url, '/v1/products/lamp/neighbors')).json.model.version).toBe(versions[1]);
});

test.each(['..', '%2e%2e%2f%2e%2e', '/etc/passwd', 'nul%00', '20990101T000000Z-zzzz'])(
  'version %s → nothing outside the store is read',
  async (id) => {
    for (const path of [
      `/v1/models/${encodeURIComponent(id)}`,
      `/v1/models/${encodeURIComponent(id)}/report`,
    ]) {
      expect((await ask(server.url, path)).json.code).toBe('VERSION_UNKNOWN');
    }
  },
);
