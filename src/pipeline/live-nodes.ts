/** A node that a question names: the vectors the version has for it, or those that were folded in. */
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeRef } from '../base/ids.ts';
import type { Catalog } from '../catalog/types.ts';
import type { ColdNode } from './cold-table.ts';
import type { ColdStart, EmbeddingReply, ModelRef } from './live-types.ts';
import { findReasonWithoutVector, type LiveVersion, toReasonNotListed } from './live-version.ts';

export interface EmbeddedNode extends ColdStart {
  readonly ref: NodeRef;
  readonly name: string; // '' where there is none
  readonly vector: Float32Array; // [dimension]
  readonly context?: Float32Array; // [dimension] absent in a version without
  /** Of the version; absent where the vectors were folded in. */
  readonly row?: number;
}

/**
 * The catalog is asked only when there is no vector, to tell an unknown id from one that came too late.
 * @throws ShelfwalkError NODE_UNKNOWN · NODE_NOT_EMBEDDED
 */
export async function getEmbedded(catalog: Catalog, live: LiveVersion, ref: NodeRef): Promise<EmbeddedNode> {
  const { type, id } = ref;
  const found = await findEmbedded(live, ref);
  if (found) return found;
  const reason = findReason(live, ref);
  if (live.findRow(ref) !== undefined || (await catalog.find(type, id))) {
    throw new ShelfwalkError('NODE_NOT_EMBEDDED', { type, id, reason });
  }
  throw new ShelfwalkError('NODE_UNKNOWN', { type, id, hint: `GET /v1/${type}s?q=… finds ids by name` });
}

/** @param now as far as it is folded in: without waiting for what is being folded in */
export async function findEmbedded(
  live: LiveVersion,
  ref: NodeRef,
  { now = false } = {},
): Promise<EmbeddedNode | undefined> {
  const row = findUsableRow(live, ref);
  if (row === undefined) {
    const cold = now ? live.overlay.get(ref) : await live.overlay.find(ref);
    return cold && fromCold(cold);
  }
  const { nodes, vectors, contexts } = live.content;
  return { ref, name: nodes.names[row]!, vector: vectors.row(row), context: contexts?.row(row), row };
}

/** Of a row that has a vector and is not gone. */
function findUsableRow(live: LiveVersion, ref: NodeRef): number | undefined {
  const row = live.findRow(ref);
  return row !== undefined && findReasonWithoutVector(live, row) === undefined ? row : undefined;
}

const fromCold = ({ type, id, ...node }: ColdNode): EmbeddedNode => ({
  ref: { type, id },
  ...toColdStart(node),
  name: node.name,
  vector: node.vector,
  context: node.context,
});

export const toColdStart = ({ basis }: Pick<ColdNode, 'basis'>): Required<ColdStart> => ({
  coldStart: true,
  basis,
});

/** Why there is no vector; a node that the catalog does not know is not told from one that it does. */
export function findReason(live: LiveVersion, ref: NodeRef): string {
  const row = live.findRow(ref);
  return (
    (row === undefined ? undefined : findReasonWithoutVector(live, row)) ?? toReasonNotListed(live, ref.type)
  );
}

export function toEmbedding(
  live: LiveVersion & { readonly model: ModelRef },
  { ref, name, vector, context, coldStart, basis }: EmbeddedNode,
): Omit<EmbeddingReply, 'tookMs'> {
  // Nine digits are enough to get the same f32 back.
  const toNumbers = (row: Float32Array): number[] => Array.from(row, (x) => Number(x.toPrecision(9)));
  return {
    id: ref.id,
    type: ref.type,
    name,
    dimension: live.info.dimension,
    vector: toNumbers(vector),
    context: context && toNumbers(context),
    ...(coldStart && { coldStart, basis }),
    model: live.model,
  };
}
