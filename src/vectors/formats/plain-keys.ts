/** Keys that are ids alone: asked before a file is begun, or a training that would end in none. */
import { ShelfwalkError } from '../../base/errors.ts';
import type { NodeRef, NodeType } from '../../base/ids.ts';
import { toPlainWord2vecKey } from './word2vec-key.ts';

/**
 * @param nodes gone through twice
 * @throws ShelfwalkError REQUEST_UNPROCESSABLE — nodes of several types, which may share an id
 * @throws ShelfwalkError NODE_KEY_INVALID — an id that cannot stand as it is
 */
export function checkPlainKeys(nodes: Iterable<NodeRef>): void {
  let only: NodeType | undefined;
  for (const { type } of nodes) {
    only ??= type;
    if (type === only) continue;
    const expected = 'nodes of one type, where keys are ids alone';
    const hint =
      'Write the type into the keys, --keys type:id; an export can also take one type, --type product';
    throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
      field: 'keys',
      found: `${only} and ${type}`,
      expected,
      hint,
    });
  }
  for (const { type, id } of nodes) toPlainWord2vecKey(type, id);
}
