/**
 * Why rows of a version have no vector, in the words of whoever made it. A training of everything needs
 * none: there only isolated nodes are empty. A model that leaves nodes out on purpose (too rare, nothing
 * to average) writes its reasons into the report, and every reply about such a node repeats them.
 */
import { NODE_TYPES, type NodeType } from '../base/ids.ts';

export interface MissingReasonsOfType {
  /** Of rows of degree 0. */
  readonly isolated?: string;
  /** Of rows with neighbours whose vector is all zeros. */
  readonly empty?: string;
  /** Of nodes that the catalog knows and the version has no row for. */
  readonly unlisted?: string;
}

export type MissingReasons = Partial<Readonly<Record<NodeType, MissingReasonsOfType>>>;

/** The member of a report that holds them: `{...report, [MISSING_REASONS]: reasons}`. */
export const MISSING_REASONS = 'missingReasons';

/** Reports are other people's JSON: what is not a reason is passed over. */
export function readMissingReasons(report: Readonly<Record<string, unknown>>): MissingReasons {
  const given = toObject(report[MISSING_REASONS]);
  return Object.fromEntries(
    NODE_TYPES.map((type) => {
      const { isolated, empty, unlisted } = toObject(given[type]);
      return [type, { isolated: toText(isolated), empty: toText(empty), unlisted: toText(unlisted) }];
    }),
  );
}

const toObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const toText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
