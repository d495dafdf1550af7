/**
 * A model in memory: vectors by the key of their node, and nearest neighbours. It owns plain copies, so
 * nothing of the training's 4 GiB address space is kept, and builds its index when it is first asked.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { NODE_TYPES, type NodeRef, type NodeType, toNodeKey } from '../base/ids.ts';
import { type Matrix, toDense, toNorm } from '../base/matrix.ts';
import { typeOf } from '../graph/snapshot.ts';
import type { NodeRange } from '../graph/types.ts';
import { createExactIndex } from '../neighbors/exact.ts';
import type { NeighborIndex } from '../neighbors/types.ts';

/** A node by the key it has in the graph that was given, or by type and id. */
export type NodeName = string | NodeRef;

export interface GraphNeighbor extends NodeRef {
  /** As in the graph that was given. */
  readonly key: string;
  /** Cosine of the two input vectors, −1 … 1. */
  readonly score: number;
}

export interface GraphNeighborsOptions {
  /** How many; 10 if not given. */
  readonly limit?: number;
  /** Default: the type of the node asked about. */
  readonly targetType?: NodeType;
  /** Nodes that must not appear; those the model does not know are passed over. */
  readonly exclude?: readonly NodeName[];
}

export interface GraphModel {
  readonly dimension: number;
  /** Of all nodes, in the order of the rows of both matrices. */
  readonly keys: readonly string[]; // [n]
  /** Input vectors: cosine of two says "used alike". Rows of isolated nodes are zero. */
  readonly vectors: Matrix<ArrayBuffer>; // [n, dimension]
  /** Output vectors: vector · context says "occurs with". */
  readonly contexts: Matrix<ArrayBuffer>; // [n, dimension]
  has(node: NodeName): boolean;
  /**
   * Its input vector, a window on `vectors`.
   * @throws ShelfwalkError NODE_UNKNOWN · NODE_NOT_EMBEDDED — no walk reached it
   */
  vector(node: NodeName): Float32Array<ArrayBuffer>; // [dimension]
  /** Its output vector, a window on `contexts`. @throws ShelfwalkError NODE_UNKNOWN · NODE_NOT_EMBEDDED */
  context(node: NodeName): Float32Array<ArrayBuffer>; // [dimension]
  /**
   * Nearest nodes by cosine of input vectors, best first. Never the node itself.
   * @throws ShelfwalkError NODE_UNKNOWN · NODE_NOT_EMBEDDED · REQUEST_INVALID · INDEX_CLOSED
   */
  neighbors(node: NodeName, options?: GraphNeighborsOptions): Promise<GraphNeighbor[]>;
  /** Ends the search threads, if any; vectors stay readable. */
  close(): Promise<void>;
}

/** Nothing of it is kept but names: the matrices lie in the kernel's memory, which is to be given back. */
export interface GraphModelContent {
  readonly ids: readonly string[]; // [n]
  readonly ranges: readonly NodeRange[];
  readonly keys: readonly string[]; // [n]
  readonly vectors: Matrix; // [n, dimension], copied
  readonly contexts: Matrix; // [n, dimension], copied
}

export function createGraphModel({ ids, ranges, keys, ...trained }: GraphModelContent): GraphModel {
  const rows = createRowLookup(ranges, ids, keys);
  const vectors = toDense(trained.vectors);
  const contexts = toDense(trained.contexts);
  const getRow = (node: NodeName): number => {
    const row = rows(node);
    if (row === undefined) throw unknown(node);
    if (toNorm(vectors.row(row)) > 0) return row;
    throw new ShelfwalkError('NODE_NOT_EMBEDDED', { node: keys[row], reason: 'it has no edge' });
  };
  let index: Promise<NeighborIndex> | undefined;
  let isClosed = false;

  return {
    dimension: vectors.cols,
    keys,
    vectors,
    contexts,
    has: (node) => rows(node) !== undefined,
    vector: (node) => vectors.row(getRow(node)),
    context: (node) => contexts.row(getRow(node)),
    async neighbors(node, { limit = 10, targetType, exclude = [] } = {}) {
      const row = getRow(node);
      if (isClosed) throw new ShelfwalkError('INDEX_CLOSED');
      const range = toRange(ranges, targetType ?? typeOf({ ranges }, row));
      const left = exclude.map(rows).filter((one) => one !== undefined);
      index ??= createExactIndex(vectors, { metric: 'cosine' });
      const hits = await (await index).search(vectors.row(row), { limit, range, exclude: [row, ...left] });
      return hits.map((hit) => ({
        key: keys[hit.row]!,
        type: range.type,
        id: ids[hit.row]!,
        score: hit.score,
      }));
    },
    async close() {
      isClosed = true;
      await (await index)?.close();
    },
  };
}

function createRowLookup(
  ranges: readonly NodeRange[],
  ids: readonly string[],
  keys: readonly string[],
): (node: NodeName) => number | undefined {
  const byKey = new Map(keys.map((key, row) => [key, row]));
  const byRef = new Map<string, number>();
  for (const { type, start, end } of ranges) {
    for (let row = start; row < end; row++) byRef.set(toNodeKey(type, ids[row]!), row);
  }
  return (node) => (typeof node === 'string' ? byKey.get(node) : byRef.get(toNodeKey(node.type, node.id)));
}

const unknown = (node: NodeName): ShelfwalkError =>
  new ShelfwalkError('NODE_UNKNOWN', {
    node: typeof node === 'string' ? node : `${node.type}:${node.id}`,
    hint: 'A node goes by the key it has in the graph that was given, or by type and id',
  });

/** @throws ShelfwalkError REQUEST_INVALID */
function toRange(ranges: readonly NodeRange[], type: NodeType): NodeRange {
  const range = ranges.find((one) => one.type === type);
  if (range) return range;
  const expected = NODE_TYPES.join(' | ');
  throw new ShelfwalkError('REQUEST_INVALID', { field: 'targetType', found: String(type), expected });
}
