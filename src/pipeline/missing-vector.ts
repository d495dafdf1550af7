/** Why a node of a version has no vector: the words depend on what the version was trained on. */
import type { NodeType } from '../base/ids.ts';
import type { Manifest } from '../vectors/types.ts';

/**
 * @param node of the version: its type, and its degree in the node table
 * @returns a clause for the reply, of a node whose vector is all zeros
 */
export function toReasonWithoutVector(
  { id, configuration }: Pick<Manifest, 'id' | 'configuration'>,
  { type, degree }: { readonly type: NodeType; readonly degree: number },
): string {
  const minCount = findMinCount(configuration);
  if (minCount === undefined) {
    if (degree > 0) return `its vector in version ${id} is all zeros`;
    return `no interactions and no attributes when version ${id} was trained`;
  }
  if (type !== 'product') return `version ${id} was trained on sentences of products (item2vec)`;
  if (degree > 0) return `its vector in version ${id} is all zeros`;
  const few = minCount === 1 ? 'not there' : `there fewer than ${minCount} times`;
  return `version ${id} was trained on sentences, and it is ${few}, or never beside another product`;
}

/** Of a version that was trained on sentences. Manifests of earlier releases name no algorithm: they walked. */
function findMinCount(configuration: Manifest['configuration']): number | undefined {
  const { train, sentences } = configuration as {
    train?: { algorithm?: unknown };
    sentences?: { minCount?: unknown };
  };
  if (train?.algorithm !== 'item2vec') return undefined;
  return typeof sentences?.minCount === 'number' ? sentences.minCount : 1;
}
