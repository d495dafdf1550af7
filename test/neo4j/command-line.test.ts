/** The way of an analyst: load, train from Neo4j, ask; and that no password is ever shown. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openWorkspace } from '../../src/pipeline/workspace.ts';
import { invoke } from '../cli/invocation.ts';
import { server, useDatabase } from './database.ts';

const database = useDatabase();
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-neo4j-cli-'));
  const lines = Array.from(
    { length: 600 },
    (_, i) => `${i % 23},p0${(i * 7) % 31},2024-01-${10 + (i % 9)}\n`,
  );
  await writeFile(join(dir, 'sales.csv'), `customer,product,ts\n${lines.join('')}`);
  const products = Array.from({ length: 31 }, (_, i) => `p0${i},Name ${i},${i % 2 ? 'acme' : 'zeta'}\n`);
  await writeFile(join(dir, 'products.csv'), `id,name,brand\n${products.join('')}`);
  const importing = '--customer customer --product product --timestamp ts'.split(' ');
  expect(await shelfwalk('import', 'interactions', join(dir, 'sales.csv'), ...importing)).toMatchObject({
    code: 0,
  });
  expect(
    await shelfwalk(
      'import',
      'products',
      join(dir, 'products.csv'),
      '--id',
      'id',
      '--name',
      'name',
      '--attribute',
      'brand',
    ),
  ).toMatchObject({ code: 0 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(() => {
  vi.stubEnv('NEO4J_URI', server?.uri);
  vi.stubEnv('NEO4J_USER', server?.user);
  vi.stubEnv('NEO4J_PASSWORD', server?.password);
});
afterEach(() => vi.unstubAllEnvs());

const shelfwalk = (...args: string[]) => invoke([...args, '--data-dir', join(dir, 'data'), '--json']);
const fromNeo4j = (...args: string[]) => invoke([...args, '--data-dir', join(dir, 'other'), '--json']);
const SMALL = '--walks-per-node 4 --dimension 16 --concurrency 1 --no-evaluate'.split(' ');

describe.skipIf(!server)('shelfwalk neo4j load, train --source', () => {
  test('the version that is trained from Neo4j is that of the catalog, byte for byte', async () => {
    const loaded = await shelfwalk('neo4j', 'load', '--batch-size', '100', '--quiet');
    expect(loaded).toMatchObject({ code: 0, errors: '' });
    expect(JSON.parse(loaded.out)).toMatchObject({
      server: server!.uri,
      written: { customers: 23, products: 31, attributes: 2, interactions: expect.any(Number) },
    });
    const here = await shelfwalk('train', ...SMALL);
    const there = await fromNeo4j('train', '--source', server!.uri, ...SMALL, '--quiet');
    expect([here.code, there.code, there.errors]).toEqual([0, 0, '']);
    expect(await readHashes('other')).toEqual(await readHashes('data'));
    expect(await readHashes('data')).toHaveProperty(['vectors.npy']);

    const estimates = [await shelfwalk('estimate'), await fromNeo4j('estimate', '--source', server!.uri)];
    const [a, b] = estimates.map(
      ({ out }) => JSON.parse(out) as { nodeCount: number; configuration: object },
    );
    expect(b).toEqual(a);
    for (const question of ['stats', 'lint']) {
      const asked = await invoke([
        'graph',
        question,
        '--source',
        server!.uri,
        '--data-dir',
        join(dir, 'new'),
        '--json',
      ]);
      expect(asked.code, asked.errors).toBe(0);
      expect(JSON.parse(asked.out)).toEqual(JSON.parse((await shelfwalk('graph', question)).out));
    }
    const near = await fromNeo4j('neighbors', 'product', 'p01', '--limit', '3');
    expect((JSON.parse(near.out) as { results: unknown[] }).results).toHaveLength(3);
  });

  test('what the catalog no longer has is said in words, and is gone with --prune', async () => {
    await shelfwalk('neo4j', 'load');
    await database.run("CREATE (:Product {id: 'gone', shelfwalkLoad: 0})"); // as an earlier load left it
    const inWords = (...args: string[]) =>
      invoke(['neo4j', 'load', ...args, '--data-dir', join(dir, 'data')]);
    expect((await inWords()).out).toMatch(
      /^no longer in the catalog +1 nodes, 0 relationships; --prune deletes them$/m,
    );
    expect((await inWords('--prune')).out).toMatch(/^pruned +1 nodes, 0 relationships$/m);
    expect(await database.run("MATCH (p:Product {id: 'gone'}) RETURN p")).toEqual([]);
  });

  test('evaluation needs events: the report says so, and training goes on', async () => {
    await shelfwalk('neo4j', 'load');
    const { out, code } = await fromNeo4j('train', '--source', server!.uri, ...SMALL.slice(0, -1));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      evaluation: { notEvaluated: expect.stringContaining('shelfwalk evaluate') },
    });
  });

  test('an empty database is nothing to train on', async () => {
    await database.clear();
    const { code, out } = await fromNeo4j('train', '--source', server!.uri, ...SMALL);
    expect([code, JSON.parse(out).error]).toEqual([3, expect.objectContaining({ code: 'GRAPH_EMPTY' })]);
  });

  const secret = 'the-secret-4711';
  test.each([
    { why: 'a wrong password', env: { NEO4J_PASSWORD: secret }, code: 'NEO4J_UNAUTHORIZED' },
    { why: 'no password', env: { NEO4J_PASSWORD: '' }, code: 'CONFIG_INVALID' },
    { why: 'two ways to say it', env: { NEO4J_PASSWORD_FILE: '/nowhere' }, code: 'CONFIG_INVALID' },
    {
      why: 'a file that is not there',
      env: { NEO4J_PASSWORD: '', NEO4J_PASSWORD_FILE: '/nowhere' },
      code: 'CONFIG_INVALID',
    },
    { why: 'a password in the address', uri: `bolt://neo4j:${secret}@localhost`, code: 'CONFIG_INVALID' },
    { why: 'one in what is no address', uri: `neo4j://neo4j:${secret}@local host:x`, code: 'CONFIG_INVALID' },
    { why: 'a scheme of the web', uri: 'http://localhost:7474', code: 'CONFIG_INVALID' },
    { why: 'another server than the password is for', uri: 'bolt://elsewhere:7687', code: 'CONFIG_INVALID' },
    {
      why: 'a database that does not exist',
      args: ['--database', 'elsewhere'],
      code: 'NEO4J_DATABASE_UNKNOWN',
    },
    { why: 'a half-life', args: ['--half-life-days', '30'], code: 'CONFIG_INVALID' },
    { why: 'sentences', args: ['--algorithm', 'item2vec'], code: 'CONFIG_INVALID' },
  ])('$why: $code, and no secret in it', async ({ env = {}, uri = server?.uri, args = [], code }) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const flags = ['--data-dir', join(dir, 'other'), '--json', '--verbose', ...args];
    const { out, errors } = await invoke(['train', '--source', uri!, ...SMALL, ...flags]);
    expect(JSON.parse(out)).toMatchObject({ error: { code } });
    for (const hidden of [secret, server!.password]) expect(out + errors).not.toContain(hidden);
  });

  test('the password is read from a file, and the end of its line is not part of it', async () => {
    await writeFile(join(dir, 'password'), `${server!.password}\n`);
    vi.stubEnv('NEO4J_PASSWORD', '');
    vi.stubEnv('NEO4J_PASSWORD_FILE', join(dir, 'password'));
    expect(await shelfwalk('neo4j', 'load')).toMatchObject({ code: 0 });
  });

  test('the shape of a graph is read from a file, and a mistake in it is named', async () => {
    const file = join(dir, 'model.json');
    await writeFile(file, JSON.stringify({ names: { Customer: { is: 'Client', id: 'number' } } }));
    expect(await shelfwalk('neo4j', 'load', '--graph-model', file)).toMatchObject({ code: 0 });
    expect(await database.run('MATCH (c:Client) RETURN count(c.number) AS n')).toEqual([{ n: 23 }]);
    await writeFile(file, JSON.stringify({ names: { Custmer: { is: 'Client' } } }));
    const { out } = await shelfwalk('neo4j', 'load', '--graph-model', file);
    expect(out).toMatch(/Custmer/);
  });
});

/** Of the newest version: what it consists of. */
async function readHashes(folder: string): Promise<unknown> {
  const workspace = await openWorkspace(join(dir, folder));
  try {
    const { files } = await workspace.versions.manifest(await workspace.versions.resolve('prod'));
    return Object.fromEntries(Object.entries(files).filter(([name]) => !name.startsWith('report')));
  } finally {
    await workspace.close();
  }
}
