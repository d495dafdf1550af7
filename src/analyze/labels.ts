/** Attribute edges as labels: for one kind, which values every product (or customer) carries. */

import { ShelfwalkError } from '../base/errors.ts';
import { parseAttributeId } from '../base/ids.ts';
import type { EdgeColumns } from '../graph/types.ts';
import { buildIncidence, type Incidence } from './incidence.ts';

export interface KindLabels {
  readonly kind: string;
  /** Nodes × values of this kind. */
  readonly labels: Incidence;
}

/**
 * One table per kind that has at least one edge, kinds ascending.
 * @throws ShelfwalkError NODE_KEY_INVALID · GRAPH_EDGE_INVALID — an edge names a node or attribute that does not exist
 */
export function toLabels(
  ids: readonly string[],
  edges: readonly EdgeColumns[],
  nodeCount: number,
): KindLabels[] {
  const byKind = new Map<string, { row: number[]; col: number[]; values: Map<number, number> }>();
  const entryOf = ids.map((id) => {
    const { kind } = parseAttributeId(id);
    const entry = byKind.get(kind) ?? { row: [], col: [], values: new Map<number, number>() };
    byKind.set(kind, entry);
    return entry;
  });
  for (const { count, from, to } of edges) {
    for (let i = 0; i < count; i++) {
      const [node, attribute] = [from[i]!, to[i]!];
      if (node >= nodeCount || attribute >= ids.length) {
        const [field, found] = node >= nodeCount ? ['from', node] : ['to', attribute];
        throw new ShelfwalkError('GRAPH_EDGE_INVALID', { row: i, field, found });
      }
      const { row, col, values } = entryOf[attribute]!;
      if (!values.has(attribute)) values.set(attribute, values.size);
      row.push(node);
      col.push(values.get(attribute)!);
    }
  }
  return [...byKind]
    .filter(([, { row }]) => row.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, { row, col, values }]) => ({
      kind,
      labels: buildIncidence(
        { count: row.length, row: Uint32Array.from(row), col: Uint32Array.from(col) },
        nodeCount,
        values.size,
      ),
    }));
}

/** The two rows share at least one item. */
export function shareOne(a: Incidence, i: number, j: number): boolean {
  let x = a.offsets[i]!;
  let y = a.offsets[j]!;
  while (x < a.offsets[i + 1]! && y < a.offsets[j + 1]!) {
    if (a.items[x] === a.items[y]) return true;
    if (a.items[x]! < a.items[y]!) x++;
    else y++;
  }
  return false;
}
