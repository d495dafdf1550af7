/**
 * One loaded version made ready to answer: its two tables indexed, its ids looked up by map. Frozen
 * once built; counts the queries that use it, so that a swap can close it after the last has ended.
 */
import { NODE_TYPES, type NodeRef, type NodeType } from '../base/ids.ts';
import { type Matrix, toNorm } from '../base/matrix.ts';
import { createBreather } from '../base/task.ts';
import type { NeighborIndex } from '../neighbors/types.ts';
import { type MissingReasons, readMissingReasons } from '../vectors/missing-reasons.ts';
import type { LoadedVersion } from '../vectors/types.ts';
import type { Overlay, OverlayFactory } from './live-overlay.ts';
import type { Metric, VersionInfo } from './live-types.ts';
import { GONE } from './row-flags.ts';

export type IndexFactory = (
  matrix: Matrix,
  options: { readonly metric: Metric },
) => NeighborIndex | Promise<NeighborIndex>;

/** What a version says by itself, whatever has been written since. */
export interface VersionRows {
  readonly info: VersionInfo;
  readonly content: LoadedVersion;
  readonly missingReasons: MissingReasons;
  /** Also of nodes that are deleted. Undefined when this version does not list the id. */
  findAnyRow(ref: NodeRef): number | undefined;
  typeOf(row: number): NodeType;
  range(type: NodeType): { readonly start: number; readonly end: number };
}

export interface LiveVersion extends VersionRows {
  /** cosine over the input vectors · dot over the context vectors, where the version has any. */
  readonly indexes: Readonly<{ cosine: NeighborIndex; dot?: NeighborIndex }>;
  readonly overlay: Overlay;
  /** Undefined when this version does not know the id, or what it knows of it is gone. */
  findRow(ref: NodeRef): number | undefined;
  /** Runs a query; the version stays open until it has ended. */
  use<T>(query: () => Promise<T>): Promise<T>;
  /** No new query will come: closes the indexes after the last one in flight. Resolves when closed. */
  retire(): Promise<void>;
}

/** @throws whatever the factories throw; nothing stays open then */
export async function buildLiveVersion(
  content: LoadedVersion,
  { createIndex, openOverlay }: { createIndex: IndexFactory; openOverlay: OverlayFactory },
): Promise<LiveVersion> {
  const version = toVersionRows(content, await toLookup(content));
  const indexes = await createIndexes(content, createIndex);
  const closeIndexes = () => Promise.all([indexes.cosine.close(), indexes.dot?.close()]);
  try {
    const overlay = await openOverlay(version);
    return {
      ...version,
      indexes,
      overlay,
      findRow(ref) {
        const row = version.findAnyRow(ref);
        return row !== undefined && (overlay.flags[row]! & GONE) !== 0 ? undefined : row;
      },
      ...createUse(() => {
        overlay.close();
        return closeIndexes();
      }),
    };
  } catch (error) {
    await closeIndexes();
    throw error;
  }
}

function toVersionRows(content: LoadedVersion, rows: Record<NodeType, Map<string, number>>): VersionRows {
  const { nodes } = content;
  const range = (type: NodeType) => nodes.ranges.find((r) => r.type === type) ?? { start: 0, end: 0 };
  return {
    info: toInfo(content, range),
    content,
    missingReasons: readMissingReasons(content.report),
    findAnyRow: (ref) => rows[ref.type].get(ref.id),
    typeOf: (row) => NODE_TYPES.find((t) => row >= range(t).start && row < range(t).end)!,
    range,
  };
}

function toInfo({ manifest, vectors, contexts }: LoadedVersion, range: VersionRows['range']): VersionInfo {
  const counts = NODE_TYPES.map((type) => [type, range(type).end - range(type).start]);
  return {
    version: manifest.id,
    spaceId: manifest.spaceId,
    dimension: vectors.cols,
    createdAt: manifest.createdAt,
    nodes: Object.fromEntries(counts) as Record<NodeType, number>,
    // As loaded, and as copied into the indexes.
    bytes: 2 * (vectors.data.byteLength + (contexts?.data.byteLength ?? 0)),
  };
}

/** An index may hold threads: when the second one fails the first is closed, or they would never end. */
async function createIndexes(
  { vectors, contexts }: LoadedVersion,
  createIndex: IndexFactory,
): Promise<LiveVersion['indexes']> {
  const cosine = await createIndex(vectors, { metric: 'cosine' });
  if (!contexts) return { cosine };
  try {
    return { cosine, dot: await createIndex(contexts, { metric: 'dot' }) };
  } catch (error) {
    await cosine.close();
    throw error;
  }
}

/** Id → row per type. Breathes, because a million ids take longer than a request should wait. */
async function toLookup({ nodes }: LoadedVersion): Promise<Record<NodeType, Map<string, number>>> {
  const rows: Record<NodeType, Map<string, number>> = {
    customer: new Map(),
    product: new Map(),
    attribute: new Map(),
  };
  const breathe = createBreather();
  for (const { type, start, end } of nodes.ranges) {
    for (let row = start; row < end; row++) {
      rows[type].set(nodes.ids[row]!, row);
      if ((row & 4095) === 0) await breathe();
    }
  }
  return rows;
}

function createUse(close: () => Promise<unknown>): Pick<LiveVersion, 'use' | 'retire'> {
  let inFlight = 0;
  let onIdle: (() => void) | undefined;
  let closing: Promise<void> | undefined;
  return {
    async use(query) {
      inFlight++;
      try {
        return await query();
      } finally {
        inFlight--;
        if (inFlight === 0) onIdle?.();
      }
    },
    retire() {
      closing ??= (async () => {
        if (inFlight > 0)
          await new Promise<void>((resolve) => {
            onIdle = resolve;
          });
        await close();
      })();
      return closing;
    },
  };
}

/** Why `row` has no vector; undefined when it has one. */
export function findReasonWithoutVector(live: VersionRows, row: number): string | undefined {
  const { content, info, missingReasons } = live;
  // First, because vectors that were imported come without degrees.
  if (toNorm(content.vectors.row(row)) > 0) return undefined;
  const reasons = missingReasons[live.typeOf(row)];
  if (content.nodes.degrees[row] === 0) {
    const isolated = `no interactions, no attributes and no other edges when version ${info.version} was trained`;
    return reasons?.isolated ?? isolated;
  }
  return reasons?.empty ?? `its vector in version ${info.version} is all zeros`;
}

/** Its maker left the node out (too rare, nothing to average) and says so: that is an answer, not a gap. */
export function isLeftOutOnPurpose({ content, missingReasons, typeOf }: VersionRows, row: number): boolean {
  const reasons = missingReasons[typeOf(row)];
  return (content.nodes.degrees[row] === 0 ? reasons?.isolated : reasons?.empty) !== undefined;
}

/** Why the version does not list a node that the catalog knows, and has not folded it in either. */
export function toReasonNotListed({ content, info, missingReasons }: VersionRows, type: NodeType): string {
  const unlisted = missingReasons[type]?.unlisted;
  if (unlisted !== undefined) return unlisted;
  if (info.nodes[type] === 0) return `version ${info.version} was trained without ${type} nodes`;
  const cold = content.contexts
    ? 'touches nothing that has a vector in it'
    : 'it has no contexts to fold in by';
  return `added after version ${info.version} was trained, and ${cold}`;
}
