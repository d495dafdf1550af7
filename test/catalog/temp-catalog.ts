/** A catalog in a folder of its own, files written beside it, and both gone when the test is over. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';
import type { ShelfwalkError } from '../../src/base/errors.ts';
import { NODE_TYPES } from '../../src/base/ids.ts';
import { openCatalog } from '../../src/catalog/catalog.ts';
import type {
  Catalog,
  EdgeMapping,
  EntityMapping,
  FileReport,
  ImportOptions,
  InteractionMapping,
} from '../../src/catalog/types.ts';
import type { CatalogSource, Split } from '../../src/graph/types.ts';

export interface TempCatalog {
  readonly dir: string;
  readonly catalog: Catalog;
  /** Writes a file into the folder; returns its path. */
  file(name: string, content: string | Uint8Array): Promise<string>;
  interactions(path: string, mapping: InteractionMapping, options?: ImportOptions): Promise<FileReport>;
  edges(path: string, mapping?: Partial<EdgeMapping>, options?: ImportOptions): Promise<FileReport>;
  products(path: string, mapping: EntityMapping, options?: ImportOptions): Promise<FileReport>;
  customers(path: string, mapping: EntityMapping, options?: ImportOptions): Promise<FileReport>;
}

export const SEED_FORMATS = join(import.meta.dirname, '../fixtures/seed-formats');

/** The shortest mapping. */
export const PAIR: InteractionMapping = { customer: 'customer', product: 'product' };

/** Gone when the test that asks for it is over. */
export async function createTempCatalog(): Promise<TempCatalog> {
  const temp = await openTempCatalog();
  onTestFinished(temp.dispose);
  return temp;
}

export async function openTempCatalog(): Promise<TempCatalog & { dispose(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'shelfwalk-catalog-'));
  const catalog = await openCatalog(join(dir, 'data', 'catalog.duckdb'), {
    rejectsDir: join(dir, 'rejects'),
  });
  return {
    dir,
    catalog,
    async dispose() {
      await catalog.close();
      await rm(dir, { recursive: true, force: true });
    },
    async file(name, content) {
      const path = join(dir, name);
      await writeFile(path, content);
      return path;
    },
    async interactions(path, mapping, options = {}) {
      const { files } = await catalog.importFiles([{ kind: 'interactions', path, mapping }], options, {});
      return files[0]!;
    },
    async edges(path, mapping = {}, options = {}) {
      const source = { kind: 'edges', path, mapping: { from: 'from', to: 'to', ...mapping } } as const;
      return (await catalog.importFiles([source], options, {})).files[0]!;
    },
    async products(path, mapping, options = {}) {
      return (await catalog.importFiles([{ kind: 'products', path, mapping }], options, {})).files[0]!;
    },
    async customers(path, mapping, options = {}) {
      return (await catalog.importFiles([{ kind: 'customers', path, mapping }], options, {})).files[0]!;
    },
  };
}

/** Runs SQL in a database of its own: for Parquet files, and for reading what is in a catalog's file. */
export async function runSql(sql: string, file = ':memory:'): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    return (await (await connection.run(sql)).getRowObjectsJS()) as Record<string, unknown>[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Lines of a rejects file as `line column reason found`; its fields hold no commas in these tests. */
export function readRejects(report: FileReport): string[] {
  const [, ...lines] = readFileSync(report.rejectsFile!, 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split(',').slice(1, 5).join(' ').trimEnd());
}

/** The failure of a promise; a promise that does not fail fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<ShelfwalkError> {
  return promise.then(
    () => {
      throw new Error('this should have failed');
    },
    (error: ShelfwalkError) => error,
  );
}

/** Pairs with their weights, by names. */
export async function readPairs(
  catalog: Pick<Catalog, 'nodeIds' | 'interactionEdges'>,
  weighting: Parameters<Catalog['interactionEdges']>[0],
  split?: Parameters<Catalog['interactionEdges']>[1],
): Promise<[customer: string, product: string, weight: number][]> {
  const customers = await catalog.nodeIds('customer');
  const products = await catalog.nodeIds('product');
  const pairs: [string, string, number][] = [];
  for await (const { count, from, to, weight } of catalog.interactionEdges(weighting, split)) {
    for (let i = 0; i < count; i++) pairs.push([customers[from[i]!]!, products[to[i]!]!, weight[i]!]);
  }
  return pairs;
}

/** `product a → product b` for a directed edge, — for an undirected one, with its weight. */
export async function readGivenEdges(catalog: CatalogSource, split?: Split): Promise<Record<string, number>> {
  const ids = { customer: [''], product: [''], attribute: [''] };
  for (const type of NODE_TYPES) ids[type] = await catalog.nodeIds(type);
  const edges: Record<string, number> = {};
  for await (const { fromType, toType, directed, count, from, to, weight } of catalog.givenEdges(split)) {
    for (let i = 0; i < count; i++) {
      const [a, b] = [ids[fromType][from[i]!]!, ids[toType][to[i]!]!];
      const key = `${fromType} ${a} ${directed ? '→' : '—'} ${toType} ${b}`;
      if (key in edges) throw new Error(`${key} comes twice`);
      edges[key] = weight[i]!;
    }
  }
  return edges;
}

export const PLAIN = { typeWeights: {}, otherTypes: 1, damping: 'none' } as const;
