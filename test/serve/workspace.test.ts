/**
 * The server over a whole workspace, DuckDB file included: imported ids come back byte for byte, what the
 * catalog knows and the version does not has its reason, and no id is ever read as SQL.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NODE_TYPES, type NodeType } from '../../src/base/ids.ts';
import type { ImportOptions, ImportSource } from '../../src/catalog/types.ts';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';
import { type RunningServer, startServer } from '../../src/serve/server.ts';
import { fakeVersion, NASTY_IDS, silent } from './fakes.ts';
import { ask } from './rig.ts';

let workspace: Workspace;
let server: RunningServer;
const products = ['lamp', 'shelf', ...NASTY_IDS];

const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
const toCsv = (rows: string[][]) => `${rows.map((row) => row.map(cell).join(',')).join('\n')}\n`;

async function importCsv(
  name: string,
  rows: string[][],
  toSource: (path: string) => ImportSource,
  options: ImportOptions = {},
) {
  const path = join(workspace.dataDir, name);
  await writeFile(path, toCsv(rows));
  return workspace.catalog.importFiles([toSource(path)], options, {});
}

const interactions = (path: string): ImportSource => ({
  kind: 'interactions',
  path,
  mapping: { customer: 'who', product: 'what' },
});

beforeAll(async () => {
  workspace = await openWorkspace(await mkdtemp(join(tmpdir(), 'shelfwalk-workspace-')));
  const mapping = { id: 'id', name: 'name', attributes: [{ kind: 'aisle', column: 'aisle' }] };
  await importCsv(
    'products.csv',
    [['id', 'name', 'aisle'], ...products.map((id, i) => [id, `name of ${id}`, i % 2 ? 'a/b' : 'top'])],
    (path) => ({ kind: 'products', path, mapping }),
  );
  await importCsv(
    'bought.csv',
    [
      ['who', 'what'],
      ...products.flatMap((id, i) =>
        [
          ['ada', id],
          [products[(i * 5) % products.length], id],
        ].slice(i % 3 ? 1 : 0),
      ),
    ],
    interactions,
  );
  const ids = Object.fromEntries(
    await Promise.all(NODE_TYPES.map(async (type) => [type, await workspace.catalog.nodeIds(type)])),
  ) as Record<NodeType, string[]>;
  const { id } = await workspace.versions.write(fakeVersion('', { ids }), {
    spaceId: 's',
    configuration: {},
    metrics: {},
  });
  await workspace.versions.promote('prod', id);
  await importCsv(
    'later.csv',
    [
      ['who', 'what'],
      ['new customer', 'new product'],
      ['ada', 'new product'],
    ],
    interactions,
  );
  server = await startServer({
    workspace,
    operations: [],
    config: serverConfigSchema.parse({ port: 0 }),
    log: silent,
  });
});
afterAll(async () => {
  await server.close();
  await workspace.close();
  await rm(workspace.dataDir, { recursive: true });
});

const get = (path: string) => ask(server.url, path);
const idsOf = (json: { results: { id: string }[] }) => json.results.map((r) => r.id);

test.each(products)('%j: found, read, and its neighbours with names and attributes', async (id) => {
  const path = `/v1/products/${encodeURIComponent(id)}`;
  expect((await get(path)).json).toMatchObject({
    type: 'product',
    id,
    name: `name of ${id}`,
    embedded: true,
  });
  expect(idsOf((await get(`/v1/products?q=${encodeURIComponent(id)}&limit=1000`)).json)).toContain(id);
  const { json } = await get(`${path}/neighbors?limit=1000&withAttributes=true`);
  expect(idsOf(json).sort()).toEqual([...products.filter((other) => other !== id), 'new product'].sort());
  for (const hit of json.results)
    expect(hit.attributes.map((a: { kind: string }) => a.kind)).toEqual(hit.coldStart ? [] : ['aisle']);
});

test('recommendations leave out what was seen, by the catalog of now', async () => {
  const seen = (await workspace.catalog.history('ada')).map((entry) => entry.productId);
  expect(seen).toContain('new product');
  const unseen = idsOf((await get('/v1/customers/ada/recommendations?limit=1000')).json);
  expect(unseen.sort()).toEqual(products.filter((id) => !seen.includes(id)).sort());
  expect(unseen.length).toBeGreaterThan(0);
  expect(idsOf((await get('/v1/customers/ada/recommendations?limit=1000&exclude=none')).json)).toHaveLength(
    products.length + 1,
  );
});

test('attributes are nodes, with slashes in their values', async () => {
  expect((await get('/v1/attributes/aisle/a/b')).json).toMatchObject({ id: 'aisle/a/b', embedded: true });
  expect(
    (await get('/v1/attributes/aisle%2Ftop/neighbors?targetType=product&limit=1000')).json.results,
  ).toHaveLength(products.length + 1);
});

test('what came after the version is folded in, from what the version knows', async () => {
  expect((await get('/v1/products/new%20product')).json).toMatchObject({
    embedded: true,
    coldStart: true,
    basis: { interactions: 1, attributes: 0 }, // of its two customers, ada is in the version
  });
  expect((await get('/v1/products/new%20product/neighbors')).json).toMatchObject({ coldStart: true });
});

test('what touches nothing that the version knows has its reason', async () => {
  expect((await get('/v1/customers/new%20customer')).json).toMatchObject({
    embedded: false,
    reason: expect.stringMatching(/^added after version .* was trained, and touches nothing /),
  });
  expect((await get('/v1/customers/new%20customer/neighbors')).json.code).toBe('NODE_NOT_EMBEDDED');
});

test('pages cover each product once', async () => {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const { json } = await get(
      `/v1/products?limit=4${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    );
    found.push(...idsOf(json));
    cursor = json.nextCursor;
  } while (cursor);
  expect(found.sort()).toEqual([...products, 'new product'].sort());
  expect((await get('/v1/products?cursor=mine')).json).toMatchObject({
    code: 'REQUEST_INVALID',
    status: 400,
  });
});

/** 25 in each of four places. */
const PAYLOADS = [
  "' OR '1'='1",
  "'; DROP TABLE products; --",
  "' UNION SELECT 1,2,3 --",
  '" OR ""="',
  "') OR ('a'='a",
  "1; ATTACH 'x.db'",
  "' || (SELECT 1) || '",
  "'; COPY products TO '/tmp/out.csv'; --",
  "read_csv_auto('/etc/passwd')",
  "' AND 1=CAST((SELECT 1) AS INT) --",
  '%',
  '_',
  '%%',
  '\\',
  "\\'",
  '$1',
  '?',
  ':name',
  '{}',
  '/*',
  '*/--',
  "x' COLLATE NOCASE --",
  '\u0000',
  "'\u0000; DROP",
  "E'\\x27'",
];

test.each(PAYLOADS)(
  '%j is an id like any other, in a path, a search, a body, and among ids to exclude',
  async (payload) => {
    const encoded = encodeURIComponent(payload);
    const before = await workspace.catalog.counts();
    expect((await get(`/v1/products/${encoded}`)).json.code).toBe('NODE_UNKNOWN');
    const search = await get(`/v1/products?q=${encoded}&limit=1000`);
    expect(search.status).toBe(200);
    const contains = (id: string) =>
      `${id}\n${id === 'new product' ? '' : `name of ${id}`}`.toLowerCase().includes(payload.toLowerCase());
    expect(idsOf(search.json).sort()).toEqual([...products, 'new product'].filter(contains).sort());
    const post = (body: object) => ask(server.url, '/v1/query', { method: 'POST', body });
    expect(
      (await post({ query: { nearest: { refs: [{ type: 'customer', id: payload }] } } })).json.code,
    ).toBe('NODE_UNKNOWN');
    const excluding = await post({
      query: { nearest: { refs: [{ type: 'product', id: 'lamp' }] } },
      exclude: { ids: [payload] },
      limit: 1000,
    });
    expect(excluding.json.results).toHaveLength(products.length); // one less, and the new one
    expect(await workspace.catalog.counts()).toEqual(before);
  },
);
