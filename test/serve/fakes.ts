/**
 * A small shop in memory behind the interfaces of the catalog, the version store and the index: the fast
 * test bed of everything that serves. Ids are chosen to hurt; searches can be held to look at one in flight.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShelfwalkError } from '../../src/base/errors.ts';
import { NODE_TYPES, type NodeType } from '../../src/base/ids.ts';
import { Matrix, toNorm } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import type { AttributeValue, Catalog, EntityRecord } from '../../src/catalog/types.ts';
import type { Receipt, WriteReply } from '../../src/catalog/write-types.ts';
import type { EdgeColumns } from '../../src/graph/types.ts';
import { hasRow } from '../../src/neighbors/row-set.ts';
import type { NeighborIndex } from '../../src/neighbors/types.ts';
import { type Cypher, createCypher } from '../../src/pipeline/cypher.ts';
import { readQueryValues } from '../../src/pipeline/cypher-parameters.ts';
import type { Log } from '../../src/pipeline/live-types.ts';
import type { IndexFactory } from '../../src/pipeline/live-version.ts';
import type { Workspace } from '../../src/pipeline/workspace.ts';
import type { LoadedVersion, Manifest, VersionStore } from '../../src/vectors/types.ts';

export const NASTY_IDS = [
  '01111',
  'a b',
  'sku/7',
  'x/neighbors',
  '🦆',
  `O'Brien "x"`,
  'café',
  '%2F',
  'x?y#z',
  '..',
  '.',
  '<b>&',
  'e\u0301',
  'a+b',
  '-- ; DROP',
];

export const IDS: Readonly<Record<NodeType, readonly string[]>> = {
  customer: ['ada', 'bob', 'lonely', ...NASTY_IDS],
  product: ['lamp', 'shelf', 'lonely', ...NASTY_IDS],
  attribute: ['aisle/24', 'aisle/a/b', 'brand/Ünï', 'kind/neighbors', 'kind//x'],
};

export const silent: Log = { info() {}, warn() {}, error() {} };

/** A node called `lonely` is isolated; one called `late` is in the catalog only. */
export function fakeVersion(
  id: string,
  { seed = 1, cols = 8, spaceId = 's1', ids = IDS } = {},
): LoadedVersion {
  const random = createRandom(seed);
  const all = NODE_TYPES.flatMap((type) => ids[type]);
  const make = () => {
    const matrix = new Matrix(new Float32Array(all.length * cols), all.length, cols);
    for (const [i, name] of all.entries()) {
      if (name === 'lonely') continue;
      for (let k = 0; k < cols; k++) matrix.row(i)[k] = random() - 0.5;
    }
    return matrix;
  };
  const ranges: { type: NodeType; start: number; end: number }[] = [];
  for (const type of NODE_TYPES) {
    const start = ranges.at(-1)?.end ?? 0;
    ranges.push({ type, start, end: start + ids[type].length });
  }
  const counts = {
    nodes: all.length,
    dimension: cols,
    customers: ids.customer.length,
    products: ids.product.length,
    attributes: ids.attribute.length,
  };
  const manifest: Manifest = {
    format: 1,
    id,
    createdAt: '2026-01-02T03:04:05.000Z',
    spaceId,
    counts,
    configuration: { walk: { walkLength: 40 } },
    metrics: { 'recall@20': 0.2 },
    files: {},
  };
  return {
    manifest,
    nodes: {
      count: all.length,
      ranges,
      ids: all,
      names: all.map((x) => `name of ${x}`),
      degrees: Uint32Array.from(all, (x) => (x === 'lonely' ? 0 : 3)),
    },
    vectors: make(),
    contexts: make(),
    report: { made: 'by hand', for: id },
  };
}

export interface IndexControl {
  /** Searches wait for this; replace it to hold them. */
  hold: Promise<unknown>;
  searches: number;
  closed: number;
}

/** Brute force in the most obvious words. */
export function fakeIndexes(control: IndexControl = { hold: Promise.resolve(), searches: 0, closed: 0 }): {
  createIndex: IndexFactory;
  control: IndexControl;
} {
  const createIndex: IndexFactory = (matrix, { metric }): NeighborIndex => {
    let isOpen = true;
    return {
      metric,
      rows: matrix.rows,
      cols: matrix.cols,
      async search(query, { limit, range = { start: 0, end: matrix.rows }, exclude = [], without, only }) {
        control.searches++;
        await control.hold;
        if (!isOpen) throw new Error('searched after close');
        const out = new Set(exclude);
        const hits = [];
        for (let row = range.start; row < range.end; row++) {
          const vector = matrix.row(row);
          const norm = toNorm(vector);
          if (norm === 0 || out.has(row)) continue;
          if (without && (without.flags[row] & without.bits) !== 0) continue;
          if (only && !hasRow(only, row)) continue;
          const dot = vector.reduce((sum, x, k) => sum + x * query[k], 0);
          hits.push({ row, score: metric === 'dot' ? dot : dot / norm / toNorm(query) });
        }
        return hits.sort((a, b) => b.score - a.score || a.row - b.row).slice(0, limit);
      },
      async close() {
        isOpen = false;
        control.closed++;
      },
    };
  };
  return { createIndex, control };
}

export const SEEN: Readonly<Record<string, readonly string[]>> = { ada: ['lamp', 'sku/7', '🦆'], bob: [] };

function toRecord(type: NodeType, id: string): EntityRecord {
  const attributes: AttributeValue[] =
    type === 'attribute' ? [] : [{ kind: 'aisle', value: '24', name: 'Lamps' }];
  return { type, id, name: `name of ${id}`, attributes, count: id === 'lonely' ? 0 : 3 };
}

function toEdges(count: number, toTarget: (i: number, step: number) => number, each: number): EdgeColumns {
  const from = Uint32Array.from({ length: count * each }, (_, k) => Math.floor(k / each));
  const to = from.map((i, k) => toTarget(i, k % each));
  return { count: from.length, from, to, weight: new Float32Array(from.length).fill(1) };
}

const notHere = (): never => {
  throw new Error('the fake does not do this');
};

export const RECEIPT_ID = '0b0e';

function toFakeReceipt(customerId: string): Receipt {
  if (customerId === 'nowhere') throw new ShelfwalkError('NODE_UNKNOWN', { id: customerId });
  const at = '2026-01-02T03:04:05.000Z';
  const versionsAffected = ['v0', 'v1'];
  return { receiptId: RECEIPT_ID, at, digest: 'ab12', watermark: 1, versionsAffected, refreshJob: 'job-1' };
}

export function fakeCatalog(ids = IDS): Catalog {
  const all = (type: NodeType) => [...ids[type], 'late'].map((id) => toRecord(type, id));
  return {
    async list({ type, q, limit, cursor }) {
      const from = cursor === undefined ? 0 : Number(cursor);
      if (!Number.isInteger(from))
        throw new ShelfwalkError('REQUEST_INVALID', {
          field: 'cursor',
          expected: 'nextCursor of the page before',
        });
      const found = all(type).filter(
        (r) => q === undefined || `${r.id} ${r.name}`.toLowerCase().includes(q.toLowerCase()),
      );
      return {
        rows: found.slice(from, from + limit),
        nextCursor: from + limit < found.length ? String(from + limit) : undefined,
      };
    },
    find: async (type, id) => all(type).find((r) => r.id === id),
    attributesOf: async (type, wanted) =>
      new Map(wanted.map((id) => [id, [...toRecord(type, id).attributes]])),
    matching: async ({ must = [] }) =>
      [...ids.product].filter((id) => must.every((one) => 'ids' in one && one.ids.includes(id))),
    valuesOf: async () => new Map(ids.product.map((id) => [id, ['24']])),
    history: async (id) => (SEEN[id] ?? []).map((productId, age) => ({ productId, age, ages: [age] })),
    close: async () => {},
    appendInteractions: async (events) => toFakeReply(events.map((event) => event.productId)),
    replaceInteractions: async (events) => toFakeReply(events.map((event) => event.productId)),
    deleteInteractions: async () => ({ deleted: 2, watermark: 7 }),
    changeEntities: async (_type, changes) => toFakeReply(changes.map(({ id }) => id)),
    async listInteractions(customerId, { limit }) {
      if (!ids.customer.includes(customerId)) throw new ShelfwalkError('NODE_UNKNOWN', { id: customerId });
      const rows = (SEEN[customerId] ?? []).map((productId) => ({
        productId,
        type: 'purchase',
        quantity: -1,
      }));
      return { rows: rows.slice(0, limit), nextCursor: rows.length > limit ? 'more' : undefined };
    },
    nodeIds: async (type) => [...ids[type], 'late'],
    nodeNames: notHere,
    // Every customer bought the product of its own place and the next two; nodes carry attributes in turn.
    async *interactionEdges() {
      yield toEdges(ids.customer.length, (i, step) => (i + step) % ids.product.length, 3);
    },
    async *attributeEdges(owner) {
      if (ids.attribute.length > 0) yield toEdges(ids[owner].length, (i) => i % ids.attribute.length, 1);
    },
    async *givenEdges() {},
    async *productArcs() {},
    countProductArcs: notHere,
    interactions: notHere,
    project: notHere,
    proposeSplit: notHere,
    importFiles: notHere,
    counts: notHere,
    lastEventMs: async () => undefined,
    interactionTypes: notHere,
    interactionTotals: notHere,
    revision: notHere,
    atOneMoment: notHere,
    watermark: notHere,
    productStates: async () => ({ hidden: [], outOfStock: [] }),
    tombstones: async () => [],
    putAgain: async () => [],
    forget: async ({ customerId }) => toFakeReceipt(customerId),
    receipt: async (id) => (id === RECEIPT_ID ? toFakeReceipt('ada') : undefined),
    noteRefreshJob: notHere,
    forgottenDigests: async () => [],
    onChange: () => () => {},
    // Nothing that is in the catalog only touches anything.
    neighborhoods: async (nodes) => new Map(nodes.ids.map((id) => [id, { name: id, touched: [] }])),
  };
}

/** Whatever is called `nowhere` was deleted. */
function toFakeReply(ids: readonly string[]): WriteReply {
  const errors = ids.flatMap((id, index) =>
    id === 'nowhere' ? [{ index, path: 'id', message: 'was deleted', code: 'NODE_UNKNOWN' as const }] : [],
  );
  return { accepted: ids.length - errors.length, rejected: errors.length, errors, watermark: 7 };
}

/** @param corrupt ids that `load` refuses */
export function fakeVersions(
  content: readonly LoadedVersion[],
  aliases: Record<string, string>,
  corrupt = new Set<string>(),
): VersionStore {
  const get = (id: string): LoadedVersion => {
    const found = content.find((v) => v.manifest.id === id);
    if (!found) throw new ShelfwalkError('VERSION_UNKNOWN', { version: id });
    return found;
  };
  return {
    list: async () => content.map((v) => v.manifest),
    damaged: async () =>
      [...corrupt].map((id) => ({ id, error: new ShelfwalkError('VERSION_CORRUPT', { version: id }) })),
    manifest: async (id) => get(id).manifest,
    nodes: async (id) => get(id).nodes,
    graph: async () => undefined,
    report: async (id) => ({ ...get(id).report }),
    async load(id) {
      if (corrupt.has(id)) throw new ShelfwalkError('VERSION_CORRUPT', { version: id, file: 'vectors.npy' });
      return get(id);
    },
    aliases: async () => ({ ...aliases }),
    async resolve(alias) {
      if (!Object.hasOwn(aliases, alias)) throw new ShelfwalkError('ALIAS_UNKNOWN', { alias });
      return aliases[alias];
    },
    async promote(alias, id) {
      const previous = aliases[alias];
      aliases[alias] = get(id).manifest.id;
      return { previous };
    },
    write: notHere,
    remove: notHere,
    prune: notHere,
    rollback: notHere,
  };
}

export interface FakeShop {
  readonly workspace: Workspace;
  readonly aliases: Record<string, string>;
  readonly corrupt: Set<string>;
  /** Ids that were loaded, in order. */
  readonly loads: string[];
}

/** Versions v1 (served as prod), v2 in the same space and v3 in another, over the same nodes, in a data directory of their own. */
export async function fakeShop({
  aliases = { prod: 'v1' } as Record<string, string>,
  ids = IDS,
  cols = 8,
} = {}): Promise<FakeShop> {
  const corrupt = new Set<string>();
  const content = [
    fakeVersion('v3', { seed: 3, ids, cols, spaceId: 's3' }),
    fakeVersion('v2', { seed: 2, ids, cols }),
    fakeVersion('v1', { ids, cols }),
  ];
  const dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-serve-'));
  const loads: string[] = [];
  const versions = fakeVersions(content, aliases, corrupt);
  const load = (id: string) => {
    loads.push(id);
    return versions.load(id);
  };
  const workspace: Workspace = {
    dataDir,
    catalog: fakeCatalog(ids),
    versions: { ...versions, load },
    close: async () => {},
  };
  return { workspace, aliases, corrupt, loads };
}

/** The real queries with their real parameters, and an answer that no database was asked for. */
export function fakeCypher(): Cypher {
  const real = createCypher({ settings: undefined, limits: { maxRows: 10, timeoutMs: 1000 } });
  const results = [{ given: null }];
  const model = { version: 'v1', spaceId: 's1' };
  return {
    ...real,
    async run(query, given) {
      const columns = Object.keys(readQueryValues(real.query(query), given));
      return { query, columns, results, truncated: false, model, tookMs: 1 };
    },
    async runFree(text) {
      if (/create/i.test(text))
        throw new ShelfwalkError('CYPHER_REFUSED', { found: 'a statement of type w' });
      return { columns: ['given'], results, truncated: true, tookMs: 1 };
    },
  };
}
