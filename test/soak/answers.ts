/**
 * Questions to a server, and whether an answer is that of one version: worked out again from the files
 * of that version, by the definitions, in doubles, without an index.
 */
import { join } from 'node:path';
import type { NodeRef, NodeType } from '../../src/base/ids.ts';
import { toNorm } from '../../src/base/matrix.ts';
import type { HistoryEntry } from '../../src/catalog/types.ts';
import { getDecay } from '../../src/pipeline/recency.ts';
import type { LoadedVersion } from '../../src/vectors/types.ts';
import { readManifest, readVersionFiles } from '../../src/vectors/version-files.ts';
import type { Reply, Server } from './server.ts';

export type Question =
  | { readonly kind: 'neighbors'; readonly product: string }
  | {
      readonly kind: 'recommendations';
      readonly customer: string;
      /** As it is for as long as the question is asked. */
      readonly history: readonly HistoryEntry[];
    }
  | { readonly kind: 'query'; readonly products: readonly string[] }
  | { readonly kind: 'embeddings' | 'nodes'; readonly node: NodeRef };

export const KINDS = ['neighbors', 'recommendations', 'query', 'embeddings', 'nodes'] as const;
export const LIMIT = 10;

/** @param model the alias that is to answer */
export function put(server: Server, question: Question, model: string): Promise<Reply> {
  const path = (segment: string, id: string) => `/v1/${segment}/${encodeURIComponent(id)}`;
  const ask = (url: string) => server.send('GET', `${url}${url.includes('?') ? '&' : '?'}model=${model}`);
  switch (question.kind) {
    case 'neighbors':
      return ask(`${path('products', question.product)}/neighbors?limit=${LIMIT}`);
    case 'recommendations':
      return ask(`${path('customers', question.customer)}/recommendations?limit=${LIMIT}`);
    case 'query': {
      const refs = question.products.map((id) => ({ type: 'product', id }));
      return server.send('POST', '/v1/query', { query: { nearest: { refs } }, limit: LIMIT, model });
    }
    case 'embeddings':
      return ask(path(`embeddings/${question.node.type}s`, question.node.id));
    case 'nodes':
      return ask(path(`${question.node.type}s`, question.node.id));
  }
}

/**
 * Of a score, as a share of the product of both lengths: the server multiplies and adds 32 pairs in f32, each
 * rounding is 2^-24 of that product at most, and 64 of them and those of the query are below 1e-5.
 */
const TOLERANCE = 1e-5;

interface Scored {
  readonly id: string;
  readonly score: number;
}

export class OfflineVersion {
  readonly id: string;
  readonly spaceId: string;
  readonly #content: LoadedVersion;
  readonly #rows = new Map<string, number>();
  readonly #units = new Map<string, Float64Array>();

  private constructor(content: LoadedVersion) {
    this.id = content.manifest.id;
    this.spaceId = content.manifest.spaceId;
    this.#content = content;
    for (const { type, start, end } of content.nodes.ranges)
      for (let row = start; row < end; row++) this.#rows.set(`${type} ${content.nodes.ids[row]}`, row);
  }

  /** From the files, beside the server that has them open. @throws ShelfwalkError VERSION_CORRUPT */
  static async read(dataDir: string, id: string): Promise<OfflineVersion> {
    const folder = join(dataDir, 'models/versions', id);
    return new OfflineVersion(await readVersionFiles(folder, await readManifest(folder, id)));
  }

  /** What in the answer is not of this version; undefined: nothing. What it calls itself is not looked at. */
  refute(question: Question, answer: Reply['json']): string | undefined {
    switch (question.kind) {
      case 'neighbors':
        return this.#refuteNearest([question.product], answer.results);
      case 'query':
        return this.#refuteNearest(question.products, answer.results);
      case 'recommendations':
        return this.#refuteRecommended(question.history, answer.results);
      case 'embeddings':
        return this.#refuteVectors(question.node, answer);
      case 'nodes':
        return this.#refuteNode(question.node, answer);
    }
  }

  #row(type: NodeType, id: string): number {
    const row = this.#rows.get(toKey({ type, id }));
    if (row === undefined) throw new Error(`${type} ${id} is not in version ${this.id}`);
    return row;
  }

  /** Of a product. */
  #unit(id: string): Float64Array {
    const known = this.#units.get(id);
    if (known) return known;
    const row = this.#content.vectors.row(this.#row('product', id));
    const norm = toNorm(row);
    const unit = Float64Array.from(row, (x) => x / norm);
    this.#units.set(id, unit);
    return unit;
  }

  #refuteNearest(asked: readonly string[], found: readonly Scored[]): string | undefined {
    const query = sum(asked.map((id) => ({ weight: 1 / asked.length, vector: this.#unit(id) })));
    const length = toNorm(query);
    return this.#refuteList(found, asked, (id) => ({ score: dot(query, this.#unit(id)) / length, scale: 1 }));
  }

  #refuteRecommended(history: readonly HistoryEntry[], found: readonly Scored[]): string | undefined {
    const { vectors, contexts } = this.#content;
    const weights = history.map(({ age }) => getDecay(this.#content) ** age);
    const total = weights.reduce((a, b) => a + b);
    const query = sum(
      history.map(({ productId }, i) => ({
        weight: weights[i]! / total,
        vector: vectors.row(this.#row('product', productId)),
      })),
    );
    const seen = history.map(({ productId }) => productId);
    const length = toNorm(query);
    return this.#refuteList(found, seen, (id) => {
      const context = contexts!.row(this.#row('product', id));
      return { score: dot(query, context), scale: length * toNorm(context) };
    });
  }

  /** Ids and scores; two that are equal but for rounding may stand in either order. */
  #refuteList(
    found: readonly Scored[],
    excluded: readonly string[],
    toScore: (id: string) => { readonly score: number; readonly scale: number },
  ): string | undefined {
    const { ranges, ids } = this.#content.nodes;
    const { start, end } = ranges.find(({ type }) => type === 'product')!;
    const candidates = ids.slice(start, end).filter((id) => !excluded.includes(id));
    const own = new Map(candidates.map((id) => [id, toScore(id)]));
    const best = [...own.values()].sort((a, b) => b.score - a.score).slice(0, LIMIT);
    if (found.length !== best.length || new Set(found.map(({ id }) => id)).size !== best.length)
      return `${found.length} results, expected ${best.length} different ones`;
    for (const [i, { id, score }] of found.entries()) {
      const mine = own.get(id);
      if (mine === undefined) return `${id} is not to be in the list`;
      const tolerance = TOLERANCE * Math.max(mine.scale, best[i]!.scale);
      if (Math.abs(mine.score - score) > tolerance) return `${id}: ${score}, expected ${mine.score}`;
      if (Math.abs(best[i]!.score - score) > tolerance)
        return `place ${i}: ${score}, expected ${best[i]!.score}`;
    }
    return undefined;
  }

  /** All that such an answer has of a version is whether the node is in it, and the space. */
  #refuteNode(node: NodeRef, { embedded, model }: Reply['json']): string | undefined {
    if (embedded !== this.#rows.has(toKey(node))) return `embedded: ${embedded}`;
    return model.spaceId === this.spaceId ? undefined : `space ${model.spaceId}, expected ${this.spaceId}`;
  }

  /** Bit for bit. */
  #refuteVectors({ type, id }: NodeRef, answer: Reply['json']): string | undefined {
    const row = this.#row(type, id);
    for (const [name, given, own] of [
      ['vector', answer.vector, this.#content.vectors.row(row)],
      ['context', answer.context, this.#content.contexts!.row(row)],
    ] as const) {
      const differs = own.findIndex((x, i) => x !== Math.fround(given[i]));
      if (differs >= 0) return `${name}[${differs}]: ${given[differs]}, expected ${own[differs]}`;
    }
    return undefined;
  }
}

const toKey = ({ type, id }: NodeRef): string => `${type} ${id}`;

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
};

const sum = (parts: readonly { weight: number; vector: ArrayLike<number> }[]): number[] =>
  Array.from({ length: parts[0]!.vector.length }, (_, i) =>
    parts.reduce((total, { weight, vector }) => total + weight * vector[i]!, 0),
  );
