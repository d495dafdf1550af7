/**
 * Every route, asked over HTTP: the reply matches the schema that the OpenAPI document prints, and every
 * refusal is one that the document lists. A route without a case here fails.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { throwIfAborted } from '../../src/base/task.ts';
import { createWriterTurn } from '../../src/pipeline/jobs/writer-turn.ts';
import type { Operation } from '../../src/pipeline/operation.ts';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import { createRoutes } from '../../src/serve/app.ts';
import { openJobs } from '../../src/serve/jobs.ts';
import { createMetrics } from '../../src/serve/metrics.ts';
import { problemSchema } from '../../src/serve/problem.ts';
import { type Route, toTemplate } from '../../src/serve/route.ts';
import { fakeCypher, fakeShop, RECEIPT_ID, silent } from './fakes.ts';
import { type AskOptions, type Rig, startRig } from './rig.ts';

const ADMIN = 'an-admin-key-for-tests';
const count: Operation<{ to: number }, { counted: number }> = {
  name: 'count',
  summary: 'Counts',
  writes: false,
  input: z.strictObject({ to: z.number().int() }),
  run: async (_workspace, { to }, { onProgress }) => {
    onProgress?.({ stage: 'count', done: 1, total: to, unit: 'numbers' });
    return { counted: to };
  },
};
const sleep: Operation<{ ms: number }, { slept: number }> = {
  name: 'train', // as a job, it is started by its own address
  summary: 'Sleeps',
  writes: false,
  input: z.strictObject({ ms: z.number().int().min(0).default(0) }),
  run: async (_workspace, { ms }, { signal }) => {
    await delay(ms, undefined, { signal }).catch(() => throwIfAborted(signal));
    return { slept: ms };
  },
};
const guess: Operation<object, object> = {
  name: 'estimate',
  summary: 'Guesses',
  writes: false,
  input: z.strictObject({}),
  run: async () => ({ nodeCount: 3 }),
};
const measure: Operation<object, object> = { ...guess, name: 'evaluate', summary: 'Measures' };
const search: Operation<object, object> = { ...guess, name: 'tune', summary: 'Searches' };
const OPERATIONS = [count, sleep, guess, measure, search] as Operation[];

let rig: Rig;
let routes: Route[];
const jobs = { ENDED: '', ENDLESS: '' };
// biome-ignore lint/suspicious/noExplicitAny: a JSON document, walked by path
let openApi: any;

beforeAll(async () => {
  rig = await startRig({
    operations: OPERATIONS,
    aliases: { prod: 'v1', rollup: 'v3' },
    cypher: fakeCypher(),
    config: { freeCypher: true, apiKeys: [{ scope: 'admin', key: ADMIN }] },
  });
  routes = createRoutes({
    workspace: rig.shop.workspace,
    live: rig.server.live,
    cypher: fakeCypher(),
    operations: OPERATIONS,
    runner: { run: async () => {}, running: () => [], stop() {} },
    jobs: await openJobs({
      workspace: (await fakeShop()).workspace,
      operations: OPERATIONS,
      turn: createWriterTurn(),
      config: serverConfigSchema.parse({}),
      log: silent,
      instanceId: 'i',
    }),
    config: serverConfigSchema.parse({ freeCypher: true }),
    log: silent,
    gate: { handle: () => {}, inFlight: () => 0, drain() {}, drained: async () => {} },
    metrics: createMetrics({ models: () => [], inFlight: () => 0, watched: () => undefined }),
    watched: () => undefined,
    instanceId: 'i',
    leaseToken: 't',
    isStopping: () => false,
  });
  openApi = (await rig.ask('/openapi.json')).json;
  // Two that the cases can name, which are written down before there is a job.
  const start = async (body: object) => {
    const { headers } = await rig.ask('/v1/models', {
      method: 'POST',
      headers: { 'x-api-key': ADMIN },
      body,
    });
    return headers.location!.split('/').at(-1)!;
  };
  jobs.ENDED = await start({});
  await rig.ask(`/v1/jobs/${jobs.ENDED}/events`, { headers: { 'x-api-key': ADMIN } }); // until it has
  jobs.ENDLESS = await start({ ms: 600_000 });
});
afterAll(() => rig.server.close());

interface Case extends AskOptions {
  readonly route: string; // as in the document
  readonly path: string;
  readonly status?: number;
  readonly code?: string;
  /** The version that has to have answered. */
  readonly model?: string;
}

const nearest = (nearest: object, rest: object = {}) => ({ query: { nearest }, ...rest });
const product = (id: string) => ({ type: 'product', id });

const infer = (body: object, expected: Partial<Case> = {}): Case => {
  const path = '/v1/embeddings/infer';
  return { route: path, path, method: 'POST', body, ...expected };
};
const event = (productId: string) => ({ customerId: 'ada', productId });

/** What changes the catalog, and what is read of single events. */
const CHANGES: readonly Case[] = [
  ...(['POST', 'PUT'] as const).flatMap((method): Case[] => {
    const at = { route: '/v1/interactions', path: '/v1/interactions', method };
    return [
      { ...at, body: event('lamp') },
      { ...at, body: { interactions: [event('lamp'), { customerId: 5 }, event('nowhere')] } },
      { ...at, body: event('nowhere'), status: 404, code: 'NODE_UNKNOWN' },
      { ...at, body: { interactions: [{}] }, status: 422, code: 'REQUEST_UNPROCESSABLE' },
    ];
  }),
  { route: '/v1/interactions', path: '/v1/interactions?customerId=ada&type=return', method: 'DELETE' },
  {
    route: '/v1/interactions',
    path: '/v1/interactions',
    method: 'DELETE',
    status: 400,
    code: 'REQUEST_INVALID',
  },
  { route: '/v1/interactions', path: '/v1/interactions?customerId=..' },
  { route: '/v1/customers/{id}/interactions', path: '/v1/customers/ada/interactions?limit=2' },
  {
    route: '/v1/customers/{id}/interactions',
    path: '/v1/customers/nowhere/interactions',
    status: 404,
    code: 'NODE_UNKNOWN',
  },
  ...(['products', 'customers'] as const).flatMap((segment): Case[] => {
    const one = { route: `/v1/${segment}/{id}`, path: `/v1/${segment}/lamp` };
    const gone = { route: one.route, path: `/v1/${segment}/nowhere`, status: 404, code: 'NODE_UNKNOWN' };
    const many = { route: `/v1/${segment}/batch`, path: `/v1/${segment}/batch`, method: 'POST' };
    return [
      {
        ...one,
        method: 'PUT',
        body: { name: 'A', attributes: [{ kind: 'brand', value: 'Acme', name: 'ACME' }] },
      },
      { ...one, method: 'PATCH', body: { attributes: [{ kind: 'brand', value: null }] } },
      { ...one, method: 'DELETE' },
      { ...gone, method: 'PATCH', body: {} },
      { ...gone, method: 'DELETE' },
      {
        ...many,
        body: {
          [segment]: [{ id: '..' }, { op: 'patch', id: 'x', name: '' }, { op: 'delete', id: 'nowhere' }],
        },
      },
      { ...many, body: { [segment]: [] }, status: 422, code: 'REQUEST_UNPROCESSABLE' },
    ];
  }),
];

const FORGETTING: readonly Case[] = [
  { route: '/v1/customers/{id}', path: '/v1/customers/ada?forget=true', method: 'DELETE' },
  {
    route: '/v1/customers/{id}',
    path: '/v1/customers/nowhere?forget=true',
    method: 'DELETE',
    status: 404,
    code: 'NODE_UNKNOWN',
  },
  { route: '/v1/receipts/{receiptId}', path: `/v1/receipts/${RECEIPT_ID}` },
  { route: '/v1/receipts/{receiptId}', path: '/v1/receipts/none', status: 404, code: 'RECEIPT_UNKNOWN' },
];

const LIST = { diversity: 0.3, caps: [{ key: 'aisle', max: 3 }], popularityDiscount: 0.5, explain: true };
const ASKED = {
  filter: { must: [{ ids: ['lamp', 'shelf', '..'] }] },
  groupBy: { key: 'aisle' },
  fallback: 'popular',
};
const toLines = (...lines: unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

const listCase = (path: string, body: unknown, expected: Partial<Case> = {}): Case => ({
  route: path,
  path,
  method: 'POST',
  body,
  ...expected,
});

const related = (asked: string, expected: Partial<Case> = {}): Case => ({
  route: `/v1/${asked.split('/')[0]}/{id}/neighbors`,
  path: `/v1/${asked}`,
  ...expected,
});

/** Lists of products, and analogies. */
const LISTS: readonly Case[] = [
  related('products/lamp/neighbors?relation=substitute&exclude=outOfStock'),
  related('products/lamp/neighbors?relation=complement&withAttributes=true'),
  related('customers/ada/neighbors?relation=affinity&targetType=product'),
  related('attributes/aisle%2F24/neighbors?relation=affinity&targetType=customer'),
  ...[
    'products/lamp/neighbors?relation=affinity',
    'products/lamp/neighbors?relation=substitute&targetType=customer',
    'customers/ada/neighbors?relation=complement',
  ].map((asked) => related(asked, { status: 422, code: 'REQUEST_UNPROCESSABLE' })),
  related('products/lamp/neighbors?relation=rival', { status: 400, code: 'REQUEST_INVALID' }),
  listCase('/v1/recommendations', { basket: ['lamp'], events: [{ productId: '..', type: 'view' }], ...LIST }),
  listCase('/v1/recommendations', { basket: ['lamp'], scorer: 'walk', ...ASKED }),
  listCase('/v1/recommendations', { fallback: 'popular', model: 'rollup' }, { model: 'v3' }),
  listCase('/v1/recommendations', { attributes: [{ kind: 'aisle', value: '24' }] }),
  ...[
    {},
    { events: [{ productId: 'lamp', timestamp: 'yesterday' }] },
    { basket: ['lamp'], limit: 201, diversity: 0.1 },
    { basket: ['lamp'], limit: 101, explain: true },
    { basket: ['lamp'], filter: { must: [{ key: 'aisle' }] } },
    { basket: ['lamp'], filter: { some: [] } },
    { basket: ['lamp'], scorer: 'oracle' },
  ].map((body) => listCase('/v1/recommendations', body, { status: 422, code: 'REQUEST_UNPROCESSABLE' })),
  listCase('/v1/recommendations', { basket: ['nowhere'] }, { status: 409, code: 'NODE_NOT_EMBEDDED' }),
  listCase(
    '/v1/recommendations',
    { attributes: [{ kind: 'no', value: 'such' }] },
    { status: 422, code: 'FOLD_IN_IMPOSSIBLE' },
  ),
  listCase('/v1/rank', {
    customerId: 'ada',
    productIds: ['shelf', 'nowhere', '..', 'lonely'],
    explain: true,
  }),
  listCase('/v1/rank', { basket: ['lamp'], productIds: ['shelf', '..'], scorer: 'counts' }),
  listCase(
    '/v1/rank',
    { customerId: 'nobody', productIds: ['shelf'] },
    { status: 404, code: 'NODE_UNKNOWN' },
  ),
  listCase(
    '/v1/rank',
    { customerId: 'ada', basket: ['lamp'], productIds: ['shelf'] },
    { status: 422, code: 'REQUEST_UNPROCESSABLE' },
  ),
  listCase('/v1/analogies', {
    positive: [product('lamp')],
    negative: [product('..')],
    targetType: 'customer',
  }),
  listCase(
    '/v1/analogies',
    {
      positive: [product('lamp'), { type: 'attribute', id: 'aisle/24' }],
      negative: [product('shelf')],
      targetType: 'product',
      method: '3CosMul',
      filter: { mustNot: [] },
    },
    { status: 422, code: 'REQUEST_UNPROCESSABLE' },
  ),
  listCase('/v1/analogies', {
    positive: [product('lamp'), { type: 'attribute', id: 'aisle/24' }],
    negative: [product('shelf')],
    targetType: 'product',
    method: '3CosMul',
  }),
  listCase(
    '/v1/analogies',
    { positive: [product('nowhere')], targetType: 'product' },
    { status: 404, code: 'NODE_UNKNOWN' },
  ),
  listCase(
    '/v1/analogies',
    { positive: [product('lamp')], negative: [product('lamp')], targetType: 'product' },
    { status: 422, code: 'REQUEST_UNPROCESSABLE' },
  ),
  listCase('/v1/recommendations/batch', { requests: [{ customerId: 'ada' }, { basket: ['nowhere'] }, 5] }),
  listCase(
    '/v1/recommendations/batch',
    toLines({ customerId: 'ada', ...LIST }, { customerId: 'nobody' }, 'x', { basket: ['lamp'], ...ASKED }),
    { headers: { 'content-type': 'application/x-ndjson' } },
  ),
  listCase('/v1/recommendations/batch', { requests: [] }, { status: 422, code: 'REQUEST_UNPROCESSABLE' }),
  listCase('/v1/recommendations/batch', toLines(...Array(1001).fill({})), {
    headers: { 'content-type': 'application/x-ndjson' },
    status: 422,
    code: 'REQUEST_UNPROCESSABLE',
  }),
  ...(['walk', 'counts'] as const).map(
    (scorer): Case => ({
      ...listCase('/v1/customers/{id}/recommendations', {
        scorer,
        ...LIST,
        ...ASKED,
        exclude: { seenTypes: ['view'] },
      }),
      path: '/v1/customers/ada/recommendations',
    }),
  ),
];

const CASES: readonly Case[] = [
  ...FORGETTING,
  ...LISTS,
  ...CHANGES,
  ...(['products', 'customers', 'attributes'] as const).flatMap((segment): Case[] => {
    const id = { products: 'lamp', customers: 'ada', attributes: 'aisle%2F24' }[segment];
    const missing = segment === 'attributes' ? 'no/where' : 'nowhere';
    return [
      { route: `/v1/${segment}`, path: `/v1/${segment}?limit=3` },
      { route: `/v1/${segment}`, path: `/v1/${segment}?q=A&limit=2` },
      { route: `/v1/${segment}/{id}`, path: `/v1/${segment}/${id}` },
      { route: `/v1/${segment}/{id}`, path: `/v1/${segment}/${missing}`, status: 404, code: 'NODE_UNKNOWN' },
      { route: `/v1/${segment}/{id}/neighbors`, path: `/v1/${segment}/${id}/neighbors` },
      {
        route: `/v1/${segment}/{id}/neighbors`,
        path: `/v1/${segment}/${id}/neighbors?targetType=product&withAttributes=true&limit=1000`,
      },
      {
        route: `/v1/${segment}/{id}/neighbors`,
        path: `/v1/${segment}/${missing}/neighbors`,
        status: 404,
        code: 'NODE_UNKNOWN',
      },
      { route: `/v1/embeddings/${segment}/{id}`, path: `/v1/embeddings/${segment}/${id}` },
      {
        route: `/v1/embeddings/${segment}/{id}`,
        path: `/v1/embeddings/${segment}/${missing}`,
        status: 404,
        code: 'NODE_UNKNOWN',
      },
    ];
  }),
  { route: '/v1/products/{id}', path: '/v1/products/lonely' },
  { route: '/v1/products/{id}', path: '/v1/products/late' },
  {
    route: '/v1/products/{id}/neighbors',
    path: '/v1/products/lonely/neighbors',
    status: 409,
    code: 'NODE_NOT_EMBEDDED',
  },
  {
    route: '/v1/products/{id}/neighbors',
    path: '/v1/products/late/neighbors',
    status: 409,
    code: 'NODE_NOT_EMBEDDED',
  },
  { route: '/v1/customers/{id}/recommendations', path: '/v1/customers/ada/recommendations?limit=5' },
  {
    route: '/v1/customers/{id}/recommendations',
    path: '/v1/customers/ada/recommendations?exclude=none&withAttributes=true',
  },
  {
    route: '/v1/customers/{id}/recommendations',
    path: '/v1/customers/ada/recommendations?exclude=seen,hidden&exclude=outOfStock',
  },
  {
    route: '/v1/customers/{id}/recommendations',
    path: '/v1/customers/ada/recommendations',
    method: 'POST',
    body: { limit: 5, exclude: { seen: false, ids: ['lamp'], hidden: true, outOfStock: true } },
  },
  {
    route: '/v1/customers/{id}/recommendations',
    path: '/v1/customers/lonely/recommendations',
    status: 409,
    code: 'NODE_NOT_EMBEDDED',
  },
  {
    route: '/v1/query',
    path: '/v1/query',
    method: 'POST',
    body: nearest({ refs: [product('lamp'), product('..')] }, { withAttributes: true }),
  },
  {
    route: '/v1/query',
    path: '/v1/query',
    method: 'POST',
    body: nearest({ vector: Array(8).fill(0.5) }, { targetType: 'customer', exclude: { ids: ['ada'] } }),
  },
  {
    route: '/v1/query',
    path: '/v1/query',
    method: 'POST',
    body: nearest({ vector: Array(8).fill(0) }, { targetType: 'customer' }),
    status: 400,
    code: 'VECTOR_INVALID',
  },
  {
    route: '/v1/query',
    path: '/v1/query',
    method: 'POST',
    body: nearest({ vector: Array(8).fill(1) }),
    status: 422,
    code: 'REQUEST_UNPROCESSABLE',
  },
  infer({ type: 'customer', edges: [product('lamp'), { ...product('..'), weight: 2.5 }] }),
  infer({ type: 'product', attributes: [{ kind: 'aisle', value: 'a/b' }], model: 'rollup' }, { model: 'v3' }),
  infer(
    { type: 'product', edges: [{ type: 'customer', id: 'nobody' }] },
    { status: 422, code: 'FOLD_IN_IMPOSSIBLE' },
  ),
  infer({ type: 'product' }, { status: 422, code: 'REQUEST_UNPROCESSABLE' }),
  infer({ type: 'attribute', edges: [product('lamp')] }, { status: 422, code: 'REQUEST_UNPROCESSABLE' }),
  infer(
    { type: 'customer', edges: [{ ...product('lamp'), weight: 0 }] },
    { status: 422, code: 'REQUEST_UNPROCESSABLE' },
  ),
  infer(
    { type: 'product', attributes: [{ kind: 'a/b', value: 'c' }] },
    { status: 422, code: 'REQUEST_UNPROCESSABLE' },
  ),
  infer(
    { type: 'product', attributes: [{ kind: 'aisle', value: '24' }], model: 'nope' },
    { status: 404, code: 'ALIAS_UNKNOWN' },
  ),
  ...(
    [
      ['/v1/products/{id}/neighbors', '/v1/products/lamp/neighbors'],
      ['/v1/customers/{id}/recommendations', '/v1/customers/ada/recommendations'],
      ['/v1/embeddings/products/{id}', '/v1/embeddings/products/lamp'],
      ['/v1/products/{id}', '/v1/products/lamp'],
    ] as const
  ).flatMap(([route, path]): Case[] => [
    { route, path: `${path}?model=rollup`, model: 'v3' },
    { route, path: `${path}?model=nope`, status: 404, code: 'ALIAS_UNKNOWN' },
    { route, path: `${path}?model=No%2FAlias`, status: 400, code: 'REQUEST_INVALID' },
  ]),
  {
    route: '/v1/query',
    path: '/v1/query',
    method: 'POST',
    body: nearest({ vector: Array(8).fill(1), spaceId: 's3' }, { targetType: 'product', model: 'rollup' }),
    model: 'v3',
  },
  {
    route: '/v1/query',
    path: '/v1/query',
    method: 'POST',
    body: nearest({ vector: Array(8).fill(1), spaceId: 's1' }, { targetType: 'product', model: 'rollup' }),
    status: 409,
    code: 'SPACE_MISMATCH',
  },
  {
    route: '/v1/query',
    path: '/v1/query',
    method: 'POST',
    body: nearest({ refs: [product('lamp')] }, { model: 'nope' }),
    status: 404,
    code: 'ALIAS_UNKNOWN',
  },
  { route: '/v1/embeddings/export', path: '/v1/embeddings/export?format=word2vec&type=product' },
  {
    route: '/v1/embeddings/export',
    path: '/v1/embeddings/export?format=word2vec&ifVersion=v9',
    status: 409,
    code: 'ALIAS_MOVED',
  },
  { route: '/v1/models', path: '/v1/models' },
  { route: '/v1/models/{version}', path: '/v1/models/v2' },
  { route: '/v1/models/{version}', path: '/v1/models/v9', status: 404, code: 'VERSION_UNKNOWN' },
  { route: '/v1/models/{version}/report', path: '/v1/models/v2/report' },
  {
    route: '/v1/models/{version}/report',
    path: '/v1/models/v9/report',
    status: 404,
    code: 'VERSION_UNKNOWN',
  },
  { route: '/v1/models/{version}/report.html', path: '/v1/models/v2/report.html' },
  {
    route: '/v1/models/{version}/report.html',
    path: '/v1/models/v9/report.html',
    status: 404,
    code: 'VERSION_UNKNOWN',
  },
  { route: '/v1/cypher', path: '/v1/cypher' },
  ...[
    'nearest-products?productId=sku%2F7&limit=5&onlyInStock=true&brand=same',
    'similar-customers?customerId=ada',
    'bought-by-similar-customers?customerId=ada',
    'look-alike-audience?customerIds=ada&customerIds=bob',
    'substitutes-and-complements?productId=lamp&minCosine=-0.25',
    'customer-attribute-affinity?customerId=ada&kind=aisle',
    'segment-attribute-affinity?customerIds=ada',
    'bridge-products?first=aisle%2F24&second=aisle%2Fa%2Fb',
    'cold-products',
    'version-drift?from=v1',
    'hubs?limit=3',
    'product-communities',
    'explain-recommendation?customerId=ada&productId=lamp',
  ].map((asked): Case => ({ route: `/v1/cypher/${asked.split('?')[0]}`, path: `/v1/cypher/${asked}` })),
  ...[
    { asked: 'nearest-products', why: 'a parameter is missing' },
    { asked: 'nearest-products?productId=lamp&limit=0', why: 'out of range' },
    { asked: 'nearest-products?productId=lamp&limit=1e2', why: 'no plain digits' },
    { asked: 'nearest-products?productId=lamp&brand=other', why: 'no such choice' },
    { asked: 'nearest-products?productId=lamp&vectorProperty=id', why: 'what the server fills in itself' },
    { asked: 'nearest-products?productId=lamp&productId=shelf', why: 'one where there can be one only' },
    { asked: 'bridge-products?first=aisle&second=aisle%2F24', why: 'no kind/value' },
  ].map(
    ({ asked }): Case => ({
      route: `/v1/cypher/${asked.split('?')[0]}`,
      path: `/v1/cypher/${asked}`,
      status: 400,
      code: 'REQUEST_INVALID',
    }),
  ),
  {
    route: '/v1/cypher',
    path: '/v1/cypher',
    method: 'POST',
    body: { query: 'RETURN 1', parameters: { a: [1] } },
  },
  {
    route: '/v1/cypher',
    path: '/v1/cypher',
    method: 'POST',
    body: { query: 'CREATE (n)' },
    status: 403,
    code: 'CYPHER_REFUSED',
  },
  { route: '/v1/aliases', path: '/v1/aliases' },
  { route: '/v1/aliases/{alias}', path: '/v1/aliases/staging', method: 'PUT', body: { version: 'v2' } },
  {
    route: '/v1/aliases/{alias}',
    path: '/v1/aliases/staging',
    method: 'PUT',
    body: { version: 'v3', ifVersion: 'v1' },
    status: 409,
    code: 'ALIAS_MOVED',
  },
  {
    route: '/v1/aliases/{alias}',
    path: '/v1/aliases/prod',
    method: 'PUT',
    body: { version: 'v9' },
    status: 404,
    code: 'VERSION_UNKNOWN',
  },
  { route: '/v1/operations/count', path: '/v1/operations/count', method: 'POST', body: { to: 3 } },
  {
    route: '/v1/operations/count',
    path: '/v1/operations/count',
    method: 'POST',
    body: { to: 'x' },
    status: 422,
    code: 'REQUEST_UNPROCESSABLE',
  },
  { route: '/v1/models', path: '/v1/models', method: 'POST', body: { ms: 1 }, status: 202 },
  {
    route: '/v1/models',
    path: '/v1/models',
    method: 'POST',
    body: { ms: -1 },
    status: 422,
    code: 'REQUEST_UNPROCESSABLE',
  },
  { route: '/v1/evaluations', path: '/v1/evaluations', method: 'POST', body: {}, status: 202 },
  { route: '/v1/tunings', path: '/v1/tunings', method: 'POST', body: {}, status: 202 },
  { route: '/v1/models/estimate', path: '/v1/models/estimate', method: 'POST', body: {} },
  {
    route: '/v1/models/estimate',
    path: '/v1/models/estimate',
    method: 'POST',
    body: [],
    status: 422,
    code: 'REQUEST_UNPROCESSABLE',
  },
  { route: '/v1/jobs', path: '/v1/jobs?limit=1' },
  { route: '/v1/jobs', path: '/v1/jobs?cursor=20260101T000000Z-0000' },
  { route: '/v1/jobs', path: '/v1/jobs?cursor=mine', status: 400, code: 'REQUEST_INVALID' },
  { route: '/v1/jobs', path: '/v1/jobs?limit=0', status: 400, code: 'REQUEST_INVALID' },
  { route: '/v1/jobs/{job}', path: '/v1/jobs/ENDED' },
  { route: '/v1/jobs/{job}', path: '/v1/jobs/%2e%2e', status: 404, code: 'JOB_UNKNOWN' },
  { route: '/v1/jobs/{job}/events', path: '/v1/jobs/ENDED/events' },
  { route: '/v1/jobs/{job}/events', path: '/v1/jobs/no/events', status: 404, code: 'JOB_UNKNOWN' },
  { route: '/v1/jobs/{job}', path: '/v1/jobs/ENDED', method: 'DELETE', status: 409, code: 'JOB_ENDED' },
  { route: '/v1/jobs/{job}', path: '/v1/jobs/ENDLESS', method: 'DELETE' },
  { route: '/v1/jobs/{job}', path: '/v1/jobs/no', method: 'DELETE', status: 404, code: 'JOB_UNKNOWN' },
  { route: '/v1/operations/train', path: '/v1/operations/train', method: 'POST', body: {} },
  { route: '/v1/operations/estimate', path: '/v1/operations/estimate', method: 'POST', body: {} },
  { route: '/v1/operations/evaluate', path: '/v1/operations/evaluate', method: 'POST', body: {} },
  { route: '/v1/operations/tune', path: '/v1/operations/tune', method: 'POST', body: {} },
  ...['/livez', '/readyz', '/healthz', '/metrics', '/openapi.json'].map((path) => ({ route: path, path })),
];

describe('every reply is what the document says', () => {
  test.each(
    CASES.map((c) => [`${c.method ?? 'GET'} ${c.path} → ${c.status ?? 200} ${c.code ?? ''}`, c] as const),
  )('%s', async (_title, c) => {
    const reply = await rig.ask(
      c.path.replace(/ENDED|ENDLESS/, (name) => jobs[name as keyof typeof jobs]),
      { ...c, headers: { ...c.headers, 'x-api-key': ADMIN } },
    );
    expect(reply.status, reply.text).toBe(c.status ?? 200);
    const method = (c.method ?? 'GET').toLowerCase();
    const documented = openApi.paths[c.route][method].responses[reply.status];
    expect(documented.content).toHaveProperty([reply.headers['content-type']!.split(';')[0]]);
    if (c.code === undefined) {
      const route = routes.find((r) => toTemplate(r.path) === c.route && r.method === method)!;
      expect(reply.status).toBe(route.status ?? 200);
      const type = reply.headers['content-type']!;
      if (type.includes('ndjson'))
        for (const line of reply.text.trimEnd().split('\n')) route.response.parse(JSON.parse(line));
      else route.response.parse(type.startsWith('text') ? reply.text : reply.json);
      if (c.model) expect(reply.json.model.version).toBe(c.model);
    } else {
      const problem = problemSchema.parse(reply.json);
      expect(problem).toMatchObject({
        code: c.code,
        status: c.status,
        instance: reply.headers['x-request-id'],
      });
      expect(documented.description).toContain(c.code);
    }
  });

  test('no operation of the document is without a case that succeeds', () => {
    const documented = Object.entries(openApi.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((m) => `${m} ${path}`),
    );
    const tried = new Set(
      CASES.filter((c) => !c.code).map((c) => `${(c.method ?? 'GET').toLowerCase()} ${c.route}`),
    );
    expect(
      documented.filter((operation) => !tried.has(operation) && operation !== 'get /openapi.json'),
    ).toEqual([]);
    expect(documented.length).toBeGreaterThan(20);
  });
});

describe('the document', () => {
  test('is OpenAPI 3.1 with unique operation ids, declared path parameters and resolvable references', () => {
    expect(openApi.openapi).toBe('3.1.0');
    const ids = new Set<string>();
    for (const [path, methods] of Object.entries(openApi.paths)) {
      for (const operation of Object.values(
        methods as Record<
          string,
          { operationId: string; parameters: { name: string; in: string; required: boolean }[] }
        >,
      )) {
        expect(ids).not.toContain(operation.operationId);
        ids.add(operation.operationId);
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
        expect(operation.parameters.filter((p) => p.in === 'path').map((p) => p.name)).toEqual(inPath);
        expect(operation.parameters.every((p) => p.in !== 'path' || p.required)).toBe(true);
      }
    }
    const refs = JSON.stringify(openApi).match(/"\$ref":"[^"]+"/g) ?? [];
    expect(new Set(refs)).toEqual(new Set(['"$ref":"#/components/schemas/Problem"']));
    expect(openApi.components.schemas.Problem.properties.code.enum).toContain('NODE_UNKNOWN');
  });

  test('prints limits and defaults from the schemas', () => {
    const { parameters } = openApi.paths['/v1/products/{id}/neighbors'].get;
    const byName = Object.fromEntries(parameters.map((p: { name: string }) => [p.name, p]));
    expect(byName.limit).toMatchObject({
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1000, default: 10 },
    });
    expect(byName.targetType).toMatchObject({
      required: false,
      schema: { enum: ['customer', 'product', 'attribute'], default: 'product' },
    });
    expect(byName.withAttributes.schema.type).toBe('boolean');
  });
});
