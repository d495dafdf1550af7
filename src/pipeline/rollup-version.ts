/**
 * The use case: a new version beside the one it is made from, in which customers, attributes or products
 * are means of other nodes. Nothing is trained, so the space stays the parent's; nodes are those the
 * catalog knows now, so a customer who came after the training has a vector as soon as a product has one.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { NODE_TYPES, type NodeType, toNodeKey } from '../base/ids.ts';
import { Matrix } from '../base/matrix.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import type { CatalogSource } from '../graph/types.ts';
import { MISSING_REASONS, type MissingReasons } from '../vectors/missing-reasons.ts';
import { findVectors } from '../vectors/rollup.ts';
import type { LoadedVersion, NodeTable } from '../vectors/types.ts';
import { findReplaced } from './put-again.ts';
import { readNodeNames } from './read-graph.ts';
import { RECENCY } from './recency.ts';
import { type RollUpFacts, rollUpRows } from './rollup-rows.ts';
import type { RollUpSettings } from './rollup-settings.ts';
import type { Workspace } from './workspace.ts';

export interface RollUpRequest {
  /** Alias of the version it is made from. */
  readonly of: string;
  /** Will point at the new version. */
  readonly alias: string;
  readonly settings: RollUpSettings;
}

/** What became of the nodes of one type. */
export interface TypeFacts {
  readonly rows: number;
  readonly withVector: number;
  /** Rows that are as in the version it is made from. */
  readonly kept: number;
  /** Rows that are means, and of how many vectors in all. */
  readonly averaged: number;
  readonly sources: number;
  /** Nodes without a vector, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface RollUpResult {
  readonly version: string;
  readonly alias: string;
  readonly previous?: string;
  readonly of: { readonly alias: string; readonly version: string };
  readonly spaceId: string;
  readonly settings: RollUpSettings;
  readonly nodes: Readonly<Record<NodeType, TypeFacts>>;
}

/**
 * @throws ShelfwalkError ALIAS_UNKNOWN · VERSION_CORRUPT · REQUEST_UNPROCESSABLE — alias and of are the
 *   same, no attribute is of a kind named, or no node would have a vector · ABORTED; nothing is published then
 */
export async function rollUpVersion(
  { catalog, versions }: Workspace,
  { of, alias, settings }: RollUpRequest,
  context: TaskContext,
): Promise<RollUpResult> {
  if (alias === of) {
    const hint = 'What it is made from stays served under its own name';
    throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
      field: 'alias',
      found: alias,
      expected: 'another than of',
      hint,
    });
  }
  const parent = await versions.load(await versions.resolve(of));
  const { nodes, tables, facts, watermark } = await catalog.atOneMoment(async (moment) => {
    const nodes = await readNodes(moment);
    const watermark = await moment.watermark();
    const replaced = findReplaced(parent.manifest, await moment.putAgain());
    throwIfAborted(context.signal);
    const tables = { ...copyRows(parent, nodes, replaced), ranges: nodes.ranges, degrees: nodes.degrees };
    return { nodes, tables, watermark, facts: await rollUpRows(tables, moment, { settings, ...context }) };
  });
  const reasons = toReasons(facts, settings, parent.manifest.id);
  const summary = toSummary(nodes, tables.vectors, { facts, reasons });
  refuseIfEmpty(summary, settings, parent.manifest.id);

  const made = { of: { alias: of, version: parent.manifest.id }, settings };
  const manifest = await versions.write(
    {
      nodes,
      vectors: tables.vectors,
      contexts: tables.contexts,
      report: {
        rollUp: { ...made, nodes: summary },
        [MISSING_REASONS]: reasons,
        ...(RECENCY in parent.report && { [RECENCY]: parent.report[RECENCY] }),
      },
    },
    {
      spaceId: parent.manifest.spaceId,
      parent: parent.manifest.id,
      watermark,
      configuration: { algorithm: 'rollup', of: made.of, ...settings },
      metrics: {},
    },
  );
  const { previous } = await versions.promote(alias, manifest.id);
  return { version: manifest.id, alias, previous, ...made, spaceId: manifest.spaceId, nodes: summary };
}

/** As the catalog knows them at a moment; degrees are filled in later. */
async function readNodes(moment: Pick<CatalogSource, 'nodeIds' | 'nodeNames'>): Promise<NodeTable> {
  const ids: string[] = [];
  const ranges: { type: NodeType; start: number; end: number }[] = [];
  for (const type of NODE_TYPES) {
    const start = ids.length;
    for (const id of await moment.nodeIds(type)) ids.push(id);
    ranges.push({ type, start, end: ids.length });
  }
  const names = await readNodeNames(moment, ranges);
  return { count: ids.length, ranges, ids, names, degrees: new Uint32Array(ids.length) };
}

/**
 * Rows of the parent under the same type and id, and their degrees; zeros where it has none.
 * @param replaced keys of nodes that have their id from another, which the parent has a row of
 */
function copyRows(
  parent: LoadedVersion,
  nodes: NodeTable,
  replaced: ReadonlySet<string>,
): { vectors: Matrix; contexts?: Matrix } {
  const { cols } = parent.vectors;
  const make = () => new Matrix(new Float32Array(nodes.count * cols), nodes.count, cols);
  const copies = { vectors: make(), contexts: parent.contexts && make() };
  for (const { type, start, end } of nodes.ranges) {
    const range = parent.nodes.ranges.find((r) => r.type === type);
    const rowOf = new Map<string, number>();
    for (let row = range?.start ?? 0; row < (range?.end ?? 0); row++) rowOf.set(parent.nodes.ids[row]!, row);
    for (let row = start; row < end; row++) {
      const from = rowOf.get(nodes.ids[row]!);
      if (from === undefined || replaced.has(toNodeKey(type, nodes.ids[row]!))) continue;
      copies.vectors.row(row).set(parent.vectors.row(from));
      if (parent.contexts) copies.contexts?.row(row).set(parent.contexts.row(from));
      nodes.degrees[row] = parent.nodes.degrees[from]!;
    }
  }
  return copies;
}

/** What a node without a vector is told: by type, in whole sentences. */
function toReasons(facts: RollUpFacts, { kinds }: RollUpSettings, parent: string): MissingReasons {
  const ofKinds = kinds ? ` of kind ${kinds.join(' or ')}` : '';
  const means: Record<NodeType, { isolated: string; empty: string }> = {
    customer: {
      isolated: 'no interactions when this roll-up was made',
      empty: `none of its products had a vector in version ${parent}, which this roll-up was made from`,
    },
    product: {
      isolated: `no attributes${ofKinds} when this roll-up was made`,
      empty: `none of its attributes${ofKinds} had a vector in version ${parent}, which this roll-up was made from`,
    },
    attribute: {
      isolated: 'nothing carried it when this roll-up was made',
      empty: `nothing that carries it had a vector in version ${parent}, which this roll-up was made from`,
    },
  };
  const kept = `no vector in version ${parent}, from which this roll-up has it unchanged`;
  return Object.fromEntries(
    NODE_TYPES.map((type) => [type, facts[type] ? means[type] : { isolated: kept, empty: kept }]),
  );
}

function toSummary(
  { ranges }: NodeTable,
  vectors: Matrix,
  { facts, reasons }: { readonly facts: RollUpFacts; readonly reasons: MissingReasons },
): Record<NodeType, TypeFacts> {
  const entries = ranges.map(({ type, start, end }): [NodeType, TypeFacts] => {
    const rows = end - start;
    const withVector = findVectors(vectors, start, end).reduce((n, has) => n + has, 0);
    const [mean, why] = [facts[type], reasons[type]];
    const { averaged, sources } = mean ?? { averaged: 0, sources: 0 };
    const counts: [string | undefined, number][] = mean
      ? [
          [why?.isolated, mean.isolated],
          [why?.empty, rows - withVector - mean.isolated],
        ]
      : [[why?.empty, rows - withVector]];
    const leftOut = Object.fromEntries(counts.filter(([, count]) => count > 0));
    return [type, { rows, withVector, kept: withVector - averaged, averaged, sources, leftOut }];
  });
  return Object.fromEntries(entries) as Record<NodeType, TypeFacts>;
}

/** @throws ShelfwalkError REQUEST_UNPROCESSABLE — a model of nothing must not be published */
function refuseIfEmpty(summary: RollUpResult['nodes'], settings: RollUpSettings, parent: string): void {
  if (summary.product.withVector > 0) return;
  const [why] = Object.keys(summary.product.leftOut);
  throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
    found: 'no product would have a vector',
    version: parent,
    reason: why ?? 'the catalog has no products',
    hint:
      settings.products !== 'vectors'
        ? 'Attributes have vectors if they were in the graph, or in a roll-up: make that one first'
        : undefined,
  });
}
