/** Ids go in and come out byte for byte, whatever is in them, by path and by body. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IDS } from './fakes.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.server.close());

const SEGMENT = { product: 'products', customer: 'customers', attribute: 'attributes' } as const;
const ALL = (['product', 'customer', 'attribute'] as const).flatMap((type) =>
  IDS[type].filter((id) => id !== 'lonely').map((id) => ({ type, id })),
);

test.each(ALL)('$type $id', async ({ type, id }) => {
  const path = `/v1/${SEGMENT[type]}/${encodeURIComponent(id)}`;
  expect((await rig.ask(path)).json).toMatchObject({ type, id, embedded: true });
  const byPath = await rig.ask(`${path}/neighbors?limit=1000`);
  const byBody = await rig.ask('/v1/query', {
    method: 'POST',
    body: { query: { nearest: { refs: [{ type, id }] } }, limit: 1000 },
  });
  const ids = byPath.json.results.map((r: { id: string }) => r.id);
  expect(ids.sort()).toEqual(IDS[type].filter((other) => other !== id && other !== 'lonely').sort());
  expect(byBody.json.results.map((r: { id: string }) => r.id).sort()).toEqual(ids);
  expect((await rig.ask(`/v1/embeddings/${SEGMENT[type]}/${encodeURIComponent(id)}`)).json).toMatchObject({
    type,
    id,
  });
});

describe('an attribute with slashes in its path', () => {
  test.each<[path: string, id: string | undefined, isList: boolean]>([
    ['/v1/attributes/aisle/24', 'aisle/24', false],
    ['/v1/attributes/aisle%2F24', 'aisle/24', false],
    ['/v1/attributes/aisle%2f24', 'aisle/24', false],
    ['/v1/attributes/aisle/a/b', 'aisle/a/b', false],
    ['/v1/attributes/aisle/a%2Fb', 'aisle/a/b', false],
    ['/v1/attributes/kind//x', 'kind//x', false],
    ['/v1/attributes/kind%2Fneighbors', 'kind/neighbors', false],
    ['/v1/attributes/aisle/24/neighbors', 'aisle/24', true],
    ['/v1/attributes/aisle%2F24/neighbors', 'aisle/24', true],
    ['/v1/attributes/kind%2Fneighbors/neighbors', 'kind/neighbors', true],
    ['/v1/attributes/kind/neighbors/neighbors', 'kind/neighbors', true],
  ])('%s is %s', async (path, id, isList) => {
    const { status, json } = await rig.ask(isList ? `${path}?limit=1000` : path);
    expect(status).toBe(200);
    if (!isList) return expect(json.id).toBe(id);
    const ids = json.results.map((r: { id: string }) => r.id);
    expect(ids.sort()).toEqual(IDS.attribute.filter((other) => other !== id).sort());
  });

  test('an unencoded /neighbors at the end is the list, and the refusal says how to write the id', async () => {
    const { status, json } = await rig.ask('/v1/attributes/kind/neighbors');
    expect(status).toBe(400);
    expect(json.errors[0]).toEqual({ path: 'id', message: expect.stringContaining('%2Fneighbors') });
  });
});

test('the same rule for products: %2Fneighbors is part of the id', async () => {
  expect((await rig.ask('/v1/products/x%2Fneighbors')).json.id).toBe('x/neighbors');
  expect((await rig.ask('/v1/products/x/neighbors')).json.code).toBe('NODE_UNKNOWN'); // the neighbours of x
});

test('UTF-8 bytes sent without encoding, as curl does, are refused with what to do instead', async () => {
  const bytes = Buffer.from('café').toString('latin1');
  const answer = await rig.sendRaw(
    `GET /v1/products/${bytes} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*percent-encoded UTF-8/);
});

test('normal forms of Unicode are different ids', async () => {
  expect((await rig.ask('/v1/products/e%CC%81')).json.id).toBe('e\u0301');
  expect((await rig.ask('/v1/products/%C3%A9')).json.code).toBe('NODE_UNKNOWN');
});

test('a page of a list leads to the next', async () => {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const { json } = await rig.ask(
      `/v1/products?limit=4${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    );
    ids.push(...json.results.map((r: { id: string }) => r.id));
    cursor = json.nextCursor;
  } while (cursor);
  expect(ids).toEqual([...IDS.product, 'late']);
});
