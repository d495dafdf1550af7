/**
 * What a written version is called in the database, and which there are. Vectors of a version lie under a
 * property of its own, with the id of its space beside; one index per type of node is over that property;
 * a node (:ShelfwalkVersion) names them all, and the one that is `live` is the one to read. Who asks that
 * node first sees whole versions only: a version is switched on by one transaction, when all of it is there.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeType } from '../base/ids.ts';
import type { Neo4j } from './connection.ts';
import type { Statements } from './statements.ts';

/** All names of ours begin with it: properties of nodes, and indexes. */
export const OUR_PREFIX = 'shelfwalk_v_';

export interface VersionNames {
  /** Of the vector, a list of numbers: `shelfwalk_v_20261123T221500Z_ab12`. */
  readonly property: string;
  /** Beside it, the id of the space. */
  readonly spaceProperty: string;
  /** Vector indexes: `shelfwalk_v_20261123T221500Z_ab12_product`. */
  readonly indexes: Readonly<Record<NodeType, string>>;
}

export interface WrittenVersion {
  readonly id: string;
  readonly space: string;
  readonly dimension: number;
  readonly live: boolean;
  /** writing: not whole yet, or cut short · written · removing: being taken out, or cut short. */
  readonly state: 'writing' | 'written' | 'removing';
  readonly names: VersionNames;
}

const VERSION_ID = /^\w+(-\w+)*$/;

/**
 * Names are made from the id alone, so none is ever read from a request or from the database.
 * @throws ShelfwalkError VERSION_UNKNOWN — no id of a version looks like this
 */
export function toVersionNames(versionId: string): VersionNames {
  if (!VERSION_ID.test(versionId)) throw new ShelfwalkError('VERSION_UNKNOWN', { version: versionId });
  const property = `${OUR_PREFIX}${versionId.replaceAll('-', '_')}`;
  const toIndex = (type: NodeType): string => `${property}_${type}`;
  return {
    property,
    spaceProperty: `${property}_space`,
    indexes: { customer: toIndex('customer'), product: toIndex('product'), attribute: toIndex('attribute') },
  };
}

/** All that are in the database, the live one first, then those that were live last. */
export async function readWrittenVersions(
  neo4j: Neo4j,
  statements: Statements,
  signal?: AbortSignal,
): Promise<WrittenVersion[]> {
  const step = { statement: statements.get('write-back/versions'), parameters: {} };
  const rows = await neo4j.rows<Omit<WrittenVersion, 'names'>>(step, signal);
  return rows.filter(isThere).map((row) => ({ ...row, names: toVersionNames(row.id) }));
}

/** Neo4j reads what is committed, row by row: of a node that was deleted after it was found all properties are null. */
const isThere = ({ id }: { readonly id: string | null }): boolean => id !== null;
