/** Input that is wrong, one row each: the status, the code, and the field that is named. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemSchema } from '../../src/serve/problem.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.server.close());

const N = '/v1/products/lamp/neighbors';

describe('GET', () => {
  test.each<[path: string, status: number, code: string, field?: string]>([
    [`${N}?limit=0`, 400, 'REQUEST_INVALID', 'limit'],
    [`${N}?limit=1001`, 400, 'REQUEST_INVALID', 'limit'],
    [`${N}?limit=-1`, 400, 'REQUEST_INVALID', 'limit'],
    [`${N}?limit=1.5`, 400, 'REQUEST_INVALID', 'limit'],
    [`${N}?limit=1e2`, 400, 'REQUEST_INVALID', 'limit'],
    [`${N}?limit=0x10`, 400, 'REQUEST_INVALID', 'limit'],
    [`${N}?limit=%205`, 400, 'REQUEST_INVALID', 'limit'],
    [`${N}?limit=`, 400, 'REQUEST_INVALID', 'limit'],
    [`${N}?limit=NaN`, 400, 'REQUEST_INVALID', 'limit'],
    [`${N}?limit=1&limit=2`, 400, 'REQUEST_INVALID', 'limit'],
    [`${N}?limit[]=1`, 400, 'REQUEST_INVALID', 'limit[]'],
    [`${N}?k=5`, 400, 'REQUEST_INVALID', 'k'],
    [`${N}?__proto__=5`, 400, 'REQUEST_INVALID', '__proto__'],
    [`${N}?targetType=products`, 400, 'REQUEST_INVALID', 'targetType'],
    [`${N}?withAttributes=yes`, 400, 'REQUEST_INVALID', 'withAttributes'],
    ['/v1/customers/ada/recommendations?exclude=some', 400, 'REQUEST_INVALID', 'exclude.0'],
    ['/v1/customers/ada/recommendations?exclude=none,hidden', 400, 'REQUEST_INVALID', 'exclude'],
    [`${N}?exclude=hidden,seen`, 400, 'REQUEST_INVALID', 'exclude.1'],
    ['/v1/products?cursor=mine', 400, 'REQUEST_INVALID', 'cursor'],
    [`/v1/products?q=${'x'.repeat(201)}`, 400, 'REQUEST_INVALID', 'q'],
    ['/v1/products/lamp?x=1', 400, 'REQUEST_INVALID', 'x'],
    ['/v1/products/%E0%A4', 400, 'REQUEST_INVALID', 'path'],
    ['/v1/products/%', 400, 'REQUEST_INVALID', 'path'],
    ['/v1/products/%zz/neighbors', 400, 'REQUEST_INVALID', 'path'],
    ['/v1/attributes/aisle/%FF', 400, 'REQUEST_INVALID', 'path'],
    ['/v1/products?q=%C3', 400, 'REQUEST_INVALID', 'query'],
    ['/v1/products/caf\u00e9', 400, 'REQUEST_INVALID', 'path'], // Latin-1 bytes, not UTF-8
    ['/v1/attributes/aisle', 400, 'REQUEST_INVALID', 'id'],
    ['/v1/attributes/aisle/neighbors', 400, 'REQUEST_INVALID', 'id'],
    [`/v1/products/${'x'.repeat(2049)}`, 400, 'REQUEST_INVALID', 'id'],
    ['/v1/products/%00', 404, 'NODE_UNKNOWN'],
    ['/v1/products/lamp/neighbours', 404, 'ROUTE_UNKNOWN'],
    ['/v1/products//neighbors', 404, 'ROUTE_UNKNOWN'],
    ['/v1/gadgets', 404, 'ROUTE_UNKNOWN'],
    ['/V1/products', 404, 'ROUTE_UNKNOWN'],
    ['/', 404, 'ROUTE_UNKNOWN'],
    ['/docs/package.json', 404, 'ROUTE_UNKNOWN'],
    ['/docs/..%2Fpackage.json', 404, 'ROUTE_UNKNOWN'],
    ['/v1/models/..%2F..%2Fetc%2Fpasswd', 404, 'VERSION_UNKNOWN'],
    ["/v1/products/'%20OR%201=1%20--", 404, 'NODE_UNKNOWN'],
  ])('%s → %i %s %s', async (path, status, code, field) => {
    const reply = await rig.ask(path);
    expect(reply.status, reply.text).toBe(status);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    const problem = problemSchema.parse(reply.json);
    expect(problem.code).toBe(code);
    if (field) expect(problem.errors.map((e) => e.path)).toContain(field);
  });
});

describe('POST /v1/query', () => {
  const vector = (x: string) =>
    `{"query":{"nearest":{"vector":[${x},1,1,1,1,1,1,1]}},"targetType":"product"}`;
  const refs = (inner: object, rest: object = {}) =>
    JSON.stringify({ query: { nearest: { refs: [inner] } }, ...rest });
  const lamp = { type: 'product', id: 'lamp' };
  test.each<[why: string, body: string, status: number, code: string, field: string]>([
    ['no body', '', 422, 'REQUEST_UNPROCESSABLE', ''],
    ['not JSON', '{"query":', 400, 'REQUEST_INVALID', 'body'],
    ['NaN', vector('NaN'), 400, 'REQUEST_INVALID', 'body'],
    ['-Infinity', vector('-Infinity'), 400, 'REQUEST_INVALID', 'body'],
    ['1e999', vector('1e999'), 400, 'REQUEST_INVALID', 'query.nearest.vector.0'],
    ['-1e999', vector('-1e999'), 400, 'REQUEST_INVALID', 'query.nearest.vector.0'],
    ['a vector of text', vector('"1"'), 422, 'REQUEST_UNPROCESSABLE', 'query.nearest.vector.0'],
    ['a vector of null', vector('null'), 422, 'REQUEST_UNPROCESSABLE', 'query.nearest.vector.0'],
    [
      'wrong length',
      '{"query":{"nearest":{"vector":[1,2]}},"targetType":"product"}',
      400,
      'REQUEST_INVALID',
      'query.nearest.vector',
    ],
    [
      'zero norm',
      '{"query":{"nearest":{"vector":[0,0,0,0,0,0,0,0]}},"targetType":"product"}',
      400,
      'VECTOR_INVALID',
      'query.nearest.vector',
    ],
    [
      'empty vector',
      '{"query":{"nearest":{"vector":[]}},"targetType":"product"}',
      422,
      'REQUEST_UNPROCESSABLE',
      'query.nearest.vector',
    ],
    ['no refs', '{"query":{"nearest":{"refs":[]}}}', 422, 'REQUEST_UNPROCESSABLE', 'query.nearest.refs'],
    [
      'refs and vector',
      '{"query":{"nearest":{"refs":[{"type":"product","id":"lamp"}],"vector":[1]}}}',
      422,
      'REQUEST_UNPROCESSABLE',
      'query.nearest.vector',
    ],
    ['nothing to be near to', '{"query":{"nearest":{}}}', 422, 'REQUEST_UNPROCESSABLE', 'query.nearest.refs'],
    ['an array', '[]', 422, 'REQUEST_UNPROCESSABLE', ''],
    ['a number', '7', 422, 'REQUEST_UNPROCESSABLE', ''],
    ['a field that is not ours', refs(lamp, { isAdmin: true }), 422, 'REQUEST_UNPROCESSABLE', 'isAdmin'],
    [
      'a nested field that is not ours',
      refs({ ...lamp, scope: 'admin' }),
      422,
      'REQUEST_UNPROCESSABLE',
      'query.nearest.refs.0.scope',
    ],
    [
      '__proto__',
      '{"__proto__":{"limit":1},"query":{"nearest":{"refs":[{"type":"product","id":"lamp"}]}}}',
      422,
      'REQUEST_UNPROCESSABLE',
      '__proto__',
    ],
    [
      'an id that is a number',
      refs({ type: 'product', id: 1 }),
      422,
      'REQUEST_UNPROCESSABLE',
      'query.nearest.refs.0.id',
    ],
    [
      'an empty id',
      refs({ type: 'product', id: '' }),
      422,
      'REQUEST_UNPROCESSABLE',
      'query.nearest.refs.0.id',
    ],
    [
      'half a surrogate pair',
      '{"query":{"nearest":{"refs":[{"type":"product","id":"\\ud83e"}]}}}',
      422,
      'REQUEST_UNPROCESSABLE',
      'query.nearest.refs.0.id',
    ],
    [
      'a type that is not ours',
      refs({ type: 'gadget', id: 'x' }),
      422,
      'REQUEST_UNPROCESSABLE',
      'query.nearest.refs.0.type',
    ],
    ['limit 0', refs(lamp, { limit: 0 }), 422, 'REQUEST_UNPROCESSABLE', 'limit'],
    ['limit 1001', refs(lamp, { limit: 1001 }), 422, 'REQUEST_UNPROCESSABLE', 'limit'],
    ['limit as text', refs(lamp, { limit: '5' }), 422, 'REQUEST_UNPROCESSABLE', 'limit'],
    [
      '1001 refs',
      JSON.stringify({ query: { nearest: { refs: Array(1001).fill(lamp) } } }),
      422,
      'REQUEST_UNPROCESSABLE',
      'query.nearest.refs',
    ],
    [
      '1001 ids to exclude',
      refs(lamp, { exclude: { ids: Array(1001).fill('x') } }),
      422,
      'REQUEST_UNPROCESSABLE',
      'exclude.ids',
    ],
    ['10,000 deep', '['.repeat(10_000) + ']'.repeat(10_000), 400, 'REQUEST_INVALID', 'body'],
  ])('%s', async (_why, body, status, code, field) => {
    const reply = await rig.ask('/v1/query', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(reply.status, reply.text).toBe(status);
    const problem = problemSchema.parse(reply.json);
    expect(problem.code).toBe(code);
    expect(problem.errors.map((e) => e.path)).toContain(field);
    expect(rig.control.searches).toBe(0);
  });

  test.each([
    ['text/plain', '{}'],
    ['application/x-www-form-urlencoded', 'a=1'],
    ['application/json; charset=utf-16le', '{}'],
    ['application/json; charset=latin1', '{}'],
  ])('a body of %s → 415', async (type, body) => {
    const reply = await rig.ask('/v1/query', { method: 'POST', body, headers: { 'content-type': type } });
    expect([reply.status, reply.json.code]).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
  });

  test('a body that says not what it is → 415, which says so', async () => {
    const head = ['POST /v1/query HTTP/1.1', 'Host: localhost', 'Content-Length: 2', 'Connection: close'];
    const text = await rig.sendRaw(`${head.join('\r\n')}\r\n\r\n{}`);
    expect(text).toContain('HTTP/1.1 415');
    expect(text).toContain('"details":{"found":"no Content-Type","expected":"application/json"}');
  });

  test('JSON that breaks off is told where', async () => {
    const headers = { 'content-type': 'application/json' };
    const { json } = await rig.ask('/v1/query', { method: 'POST', body: '{"limit": NaN}', headers });
    expect(json.details).toEqual({
      field: 'body',
      found: expect.stringContaining("Unexpected token 'N'"),
      expected: 'JSON in UTF-8',
    });
  });

  test('braces inside strings are not depth', async () => {
    const body = { query: { nearest: { refs: [{ type: 'product', id: `${'[{\\"'.repeat(200)}` }] } } };
    expect((await rig.ask('/v1/query', { method: 'POST', body })).json.code).toBe('NODE_UNKNOWN');
  });

  test('an endless list of mistakes is answered with a short one', async () => {
    const body = { query: { nearest: { vector: Array(4096).fill('x') } } };
    expect((await rig.ask('/v1/query', { method: 'POST', body })).json.errors).toHaveLength(20);
  });
});

describe('methods', () => {
  test.each([
    ['DELETE', '/v1/attributes/aisle/24', 'GET, HEAD'],
    ['POST', '/v1/attributes/a/b/neighbors', 'GET, HEAD'],
    ['GET', '/v1/query', 'POST'],
    ['GET', '/v1/aliases/prod', 'PUT'],
    ['TRACE', '/v1/models', 'GET, HEAD'],
  ])('%s %s → 405, Allow: %s', async (method, path, allow) => {
    const reply = await rig.ask(path, { method });
    expect([reply.status, reply.headers.allow]).toEqual([405, allow]);
    expect(reply.json.code).toBe('METHOD_NOT_ALLOWED');
  });

  test('HEAD answers like GET without a body, OPTIONS says what is allowed and grants no origin', async () => {
    const head = await rig.ask('/v1/products/lamp', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    const options = await rig.ask('/v1/query', {
      method: 'OPTIONS',
      headers: { origin: 'http://elsewhere.example' },
    });
    expect([options.status, options.headers.allow]).toEqual([204, 'POST']);
    expect(Object.keys(options.headers).filter((h) => h.startsWith('access-control'))).toEqual([]);
  });
});

test('what is not HTTP is answered and closed', async () => {
  expect(await rig.sendRaw('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"REQUEST_INVALID"/);
});

test('headers without end → 431', async () => {
  const answer = await rig.sendRaw(
    `GET /v1/products HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 431 [\s\S]*"code":"HEADERS_TOO_LARGE"/);
});

test.each(['..', '%2e%2e%2fversions', 'a.b', 'A', 'a'.repeat(65)])(
  'alias %s → 400, before anything is looked up',
  async (alias) => {
    const reply = await rig.ask(`/v1/aliases/${alias}`, {
      method: 'PUT',
      body: { version: 'v2' },
      headers: { 'x-api-key': rig.token },
    });
    expect([reply.status, reply.json.errors[0].path]).toEqual([400, 'alias']);
  },
);
