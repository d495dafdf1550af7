/**
 * Files of vectors over HTTP: what the writer of the format writes, of one version whatever happens
 * meanwhile, no faster than the client takes it, and given up when it takes nothing.
 */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeType } from '../../src/base/ids.ts';
import { FORMAT_NAMES, FORMATS } from '../../src/vectors/formats/formats.ts';
import { type MatrixName, selectRows } from '../../src/vectors/formats/select-rows.ts';
import type { ExportFile } from '../../src/vectors/formats/types.ts';
import { fakeVersion, IDS } from './fakes.ts';
import { type Rig, type RigOptions, rigForTest, startRig } from './rig.ts';

const PATH = '/v1/embeddings/export';
/** Machines that run tests are busy. */
const PATIENT = { timeout: 20_000 };

interface Download {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** The head of the reply; its body waits in the network until it is read. */
async function begin(
  rig: Rig,
  query: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const call = request(`${rig.server.url}${PATH}?${query}`, { agent: false, headers });
  call.on('error', () => {}); // a test that lets the download go does not wait for its end
  call.end();
  const [reply] = (await once(call, 'response')) as [IncomingMessage];
  reply.on('error', () => {});
  return reply;
}

async function readAll(reply: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function download(rig: Rig, query: string, headers?: Record<string, string>): Promise<Download> {
  const reply = await begin(rig, query, headers);
  return { status: reply.statusCode!, headers: reply.headers, body: await readAll(reply) };
}

interface Expected {
  readonly id?: string;
  readonly type?: NodeType;
  readonly matrix?: MatrixName;
}

const SEEDS: Readonly<Record<string, number>> = { v1: 1, v2: 2, v3: 3 };

/** What the writer of the format writes of a version, without a server. */
async function write(
  file: ExportFile,
  { id = 'v1', type, matrix }: Expected = {},
  size = {},
): Promise<Buffer> {
  const content = fakeVersion(id, { seed: SEEDS[id], ...size });
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.write(selectRows(content, { types: type && [type], matrix })))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

const [WORD2VEC] = FORMATS.word2vec.files;
const [WORD2VEC_BINARY] = FORMATS['word2vec-binary'].files;

describe('what is sent', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ aliases: { prod: 'v1', rollup: 'v3' } });
  });
  afterAll(() => rig.server.close());

  const files = FORMAT_NAMES.flatMap((name) =>
    FORMATS[name].files.map((file, i) => ({ name, part: ['vectors', 'keys'][i]!, file })),
  );

  test.each(files)('$name, $part: the file that its writer writes', async ({ name, part, file }) => {
    const { status, headers, body } = await download(rig, `format=${name}&part=${part}`);
    expect(status).toBe(200);
    expect(body.equals(await write(file))).toBe(true);
    expect(headers).toMatchObject({
      'content-type': file.contentType,
      'cache-control': expect.stringMatching(/^private, no-cache/),
      'x-shelfwalk-model': 'prod',
      'x-shelfwalk-version': 'v1',
      'x-shelfwalk-space': 's1',
    });
    const ending = (file.companion || FORMATS[name].extension).replaceAll('.', '\\.');
    expect(headers['content-disposition']).toMatch(
      new RegExp(`^attachment; filename="v1-all-vectors${ending}"$`),
    );
  });

  test.each<[string, Expected, string]>([
    ['type=product', { type: 'product' }, 'v1-product-vectors.vec'],
    ['matrix=contexts', { matrix: 'contexts' }, 'v1-all-contexts.vec'],
    ['model=rollup&type=customer', { id: 'v3', type: 'customer' }, 'v3-customer-vectors.vec'],
    ['ifVersion=v1', {}, 'v1-all-vectors.vec'],
  ])('%s', async (query, expected, name) => {
    const { headers, body } = await download(rig, `format=word2vec&${query}`);
    expect(body.toString()).toBe((await write(WORD2VEC, expected)).toString());
    expect(headers['content-disposition']).toContain(`"${name}"`);
    expect(headers['x-shelfwalk-version']).toBe(expected.id ?? 'v1');
  });

  test('keys=id: the keys are the ids of the type; a format with a column for it stays as it is', async () => {
    const typed = (await write(WORD2VEC, { type: 'attribute' })).toString();
    const plain = await download(rig, 'format=word2vec&type=attribute&keys=id');
    expect(plain.body.toString()).toBe(typed.replaceAll('attribute:', ''));
    const csv = await download(rig, 'format=csv&keys=id');
    expect(csv.body.equals(await write(FORMATS.csv.files[0]))).toBe(true);
  });

  test('the binary file, taken apart by hand, holds the bits of the version', async () => {
    const { body } = await download(rig, 'format=word2vec-binary&type=attribute');
    const content = fakeVersion('v1');
    const start = content.nodes.count - IDS.attribute.length;
    let at = body.indexOf('\n') + 1;
    expect(body.subarray(0, at).toString()).toBe(`${IDS.attribute.length} 8\n`);
    for (let row = start; row < content.nodes.count; row++) {
      at = body.indexOf(' ', at) + 1; // after the key
      const bits = new Float32Array(Uint8Array.from(body.subarray(at, at + 32)).buffer);
      expect(bits).toEqual(content.vectors.row(row));
      at += 33; // and the newline
    }
    expect(at).toBe(body.length);
  });

  test('text is compressed for those who ask, binary never is: floats do not get smaller', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    const text = await download(rig, 'format=word2vec', headers);
    expect(text.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(text.body).equals(await write(WORD2VEC))).toBe(true);
    const binary = await download(rig, 'format=word2vec-binary', headers);
    expect(binary.headers['content-encoding']).toBeUndefined();
  });

  test('HEAD says all but the file; If-None-Match saves sending it again, until something differs', async () => {
    const head = await rig.ask(`${PATH}?format=word2vec`, { method: 'HEAD' });
    const full = await rig.ask(`${PATH}?format=word2vec`);
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['etag', 'content-type', 'content-disposition', 'x-shelfwalk-version'])
      expect(head.headers[name]).toBe(full.headers[name]);
    const ask = (query: string, tag: string) =>
      rig.ask(`${PATH}?${query}`, { headers: { 'if-none-match': tag } });
    const { etag } = full.headers as { etag: string };
    const known = await ask('format=word2vec', `"other", ${etag}`);
    expect([known.status, known.text, known.headers.etag]).toEqual([304, '', etag]);
    expect((await ask('format=word2vec', '*')).status).toBe(304);
    for (const other of ['type=product', 'matrix=contexts', 'model=rollup', 'keys=id&type=attribute'])
      expect((await ask(`format=word2vec&${other}`, etag)).status, other).toBe(200);
    expect((await ask('format=word2vec-binary', etag)).status).toBe(200);
  });

  test.each([
    ['', 400, 'REQUEST_INVALID', 'format'],
    ['format=excel', 400, 'REQUEST_INVALID', 'format'],
    ['format=word2vec&part=keys', 400, 'REQUEST_INVALID', 'part'],
    ['format=word2vec&type=shelf', 400, 'REQUEST_INVALID', 'type'],
    ['format=word2vec&matrix=both', 400, 'REQUEST_INVALID', 'matrix'],
    ['format=word2vec&limit=5', 400, 'REQUEST_INVALID', 'limit'],
    ['format=word2vec&keys=plain', 400, 'REQUEST_INVALID', 'keys'],
    ['format=word2vec&keys=id', 422, 'REQUEST_UNPROCESSABLE', 'keys'],
    ['format=word2vec&keys=id&type=product', 400, 'NODE_KEY_INVALID', undefined],
    ['format=word2vec&model=nope', 404, 'ALIAS_UNKNOWN', undefined],
    ['format=word2vec&ifVersion=v2', 409, 'ALIAS_MOVED', undefined],
  ])('%s → %i %s', async (query, status, code, field) => {
    const { json, headers, status: found } = await rig.ask(`${PATH}?${query}`);
    expect([found, json.code, json.errors[0]?.path]).toEqual([status, code, field]);
    expect(headers).not.toHaveProperty('content-disposition');
    expect(headers).not.toHaveProperty('etag');
  });
});

test('nothing to send is said before anything is', async () => {
  const rig = await rigForTest({ ids: { ...IDS, attribute: [] } });
  const none = await rig.ask(`${PATH}?format=csv&type=attribute`);
  expect([none.status, none.json.code, none.json.errors[0].path]).toEqual([
    422,
    'REQUEST_UNPROCESSABLE',
    'type',
  ]);
  const { content } = await rig.server.live.getContent();
  Object.assign(content, { contexts: undefined }); // as in a version that was imported without
  const missing = await rig.ask(`${PATH}?format=csv&matrix=contexts`);
  expect([missing.status, missing.json.code]).toEqual([409, 'CONTEXTS_MISSING']);
  expect((await rig.ask(`${PATH}?format=csv`)).status).toBe(200);
});

test('it is for those who may read; before a model there is none', async () => {
  const key = 'a-read-key-for-tests';
  const rig = await rigForTest({ config: { apiKeys: [{ scope: 'read', key }] }, aliases: {} });
  const statuses = [];
  const keys: Record<string, string>[] = [{}, { 'x-api-key': 'another-key-of-nobody' }, { 'x-api-key': key }];
  for (const headers of keys) statuses.push((await rig.ask(`${PATH}?format=word2vec`, { headers })).status);
  expect(statuses).toEqual([401, 401, 503]);
});

/** 15 MB as bits, 40 as text: more than the buffers between two sockets of one machine take. */
const LARGE = {
  cols: 128,
  ids: {
    customer: Array.from({ length: 30_000 }, (_, i) => `c${i}`),
    product: ['lamp', 'shelf'],
    attribute: [],
  },
} as const;

describe('a client that takes its time', () => {
  const rigWithLarge = (options: RigOptions = {}) => rigForTest({ ...LARGE, ...options });

  /** Counts how far the writer has come, by the ids it asks for. */
  async function watchRows(rig: Rig): Promise<() => number> {
    const { content } = await rig.server.live.getContent();
    let highest = 0;
    const ids = new Proxy(content.nodes.ids, {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) highest = Math.max(highest, Number(key));
        return Reflect.get(target, key);
      },
    });
    Object.assign(content.nodes, { ids });
    return () => highest;
  }

  /** Settled: the same number for a while. */
  async function settle(read: () => number): Promise<number> {
    for (let [last, same] = [-1, 0]; ; ) {
      await delay(50);
      same = read() === last ? same + 1 : 0;
      last = read();
      if (same === 4) return last;
    }
  }

  const allRows = LARGE.ids.customer.length + LARGE.ids.product.length;

  test.each([
    ['word2vec-binary', {}],
    ['word2vec', { 'accept-encoding': 'gzip' }],
  ])('makes the writer wait, %s %j', async (format, headers) => {
    const rig = await rigWithLarge();
    const highestRow = await watchRows(rig);
    const reply = await begin(rig, `format=${format}`, headers);
    const waiting = await settle(highestRow);
    expect(waiting).toBeGreaterThan(0);
    expect(waiting).toBeLessThan(allRows * 0.75); // the rest fits no buffer of the system's
    expect((await rig.ask('/v1/products/lamp/neighbors')).status).toBe(200); // others are served
    reply.destroy();
  });

  test('gets the whole of the version it began with, though that is replaced, let go and closed', async () => {
    const rig = await rigWithLarge({
      aliases: { prod: 'v1', other: 'v3' },
      config: { limits: { models: 2 } },
    });
    const reply = await begin(rig, 'format=word2vec-binary');
    expect(reply.headers['x-shelfwalk-version']).toBe('v1');
    const promoted = await rig.ask('/v1/aliases/prod', {
      method: 'PUT',
      body: { version: 'v2' },
      headers: { 'x-api-key': rig.token },
    });
    expect(promoted.status).toBe(200);
    await rig.ask('/v1/products/lamp/neighbors?model=other');
    rig.shop.corrupt.add('v1'); // what is on disk is gone
    const loaded = (await rig.ask('/v1/models')).json.loaded.map((m: { version: string }) => m.version);
    expect(loaded.sort()).toEqual(['v2', 'v3']);
    await expect.poll(() => rig.control.closed, PATIENT).toBe(2); // both indexes of v1: a download holds none
    expect((await readAll(reply)).equals(await write(WORD2VEC_BINARY, { id: 'v1' }, LARGE))).toBe(true);
    expect((await download(rig, 'format=word2vec-binary')).headers['x-shelfwalk-version']).toBe('v2');
  });

  test('has one of so many places; who finds none is told when to come again', async () => {
    const rig = await rigWithLarge({ config: { limits: { exports: 2 } } });
    const held = [await begin(rig, 'format=word2vec-binary'), await begin(rig, 'format=word2vec-binary')];
    const refused = await rig.ask(`${PATH}?format=word2vec-binary`);
    expect([refused.status, refused.json.code, refused.headers['retry-after']]).toEqual([
      503,
      'OVERLOADED',
      '10',
    ]);
    expect(refused.headers).not.toHaveProperty('content-disposition');
    expect((await rig.ask(`${PATH}?format=word2vec-binary`, { method: 'HEAD' })).status).toBe(200); // takes no place
    await readAll(held[0]!);
    expect((await download(rig, 'format=word2vec-binary&type=product')).status).toBe(200);
    await readAll(held[1]!);
  });

  test('that leaves frees its place, and that is no failure', async () => {
    const errors: unknown[] = [];
    const rig = await rigWithLarge({
      config: { limits: { exports: 1 } },
      log: { info() {}, warn() {}, error: (facts) => errors.push(facts) },
    });
    const highestRow = await watchRows(rig);
    const reply = await begin(rig, 'format=word2vec-binary');
    reply.destroy();
    const route = `route="${PATH}",status="499"`;
    await expect.poll(async () => (await rig.ask('/metrics')).text, PATIENT).toContain(route);
    expect((await download(rig, 'format=word2vec-binary&type=product')).status).toBe(200);
    expect(highestRow()).toBe(allRows - 1); // of the second download, not of the first
    expect(errors).toEqual([]);
  });

  test('that takes nothing at all is cut off, so that it cannot pass what it has for the file', async () => {
    const rig = await rigWithLarge({ config: { limits: { exports: 1, exportStallMs: 300 } } });
    const reply = await begin(rig, 'format=word2vec-binary');
    await expect
      .poll(async () => (await rig.ask(`${PATH}?format=word2vec-binary&type=product`)).status, PATIENT)
      .toBe(200);
    await expect(readAll(reply)).rejects.toThrow('aborted');
  });

  test('that is still there when the server stops is cut off after the time to finish', async () => {
    const rig = await rigWithLarge({ config: { limits: { shutdownTimeoutMs: 200 } } });
    const reply = await begin(rig, 'format=word2vec-binary');
    await rig.server.close();
    await expect(readAll(reply)).rejects.toThrow('aborted');
  });
});

test('a file that cannot be finished is broken off, and the log says why', async () => {
  const logged: { err?: { code?: string } }[] = [];
  const rig = await rigForTest({
    ...LARGE,
    log: { info() {}, warn() {}, error: (facts) => logged.push(facts) },
  });
  const { content } = await rig.server.live.getContent();
  content.vectors.row(29_000)[3] = Number.NaN;
  const reply = await begin(rig, 'format=word2vec-binary');
  await expect(readAll(reply)).rejects.toThrow('aborted');
  await expect.poll(() => logged.length, PATIENT).toBe(1);
  expect(logged[0]!.err!.code).toBe('VECTOR_INVALID');
  expect((await download(rig, 'format=word2vec-binary&type=product')).status).toBe(200);
});
