/** Versions and aliases, as a person reads them. */
import type { AliasMove, Deletion, ModelFacts, ModelsList } from '../pipeline/operations/models.operation.ts';
import { toKeyValues, toNumberText, toTable } from './render-table.ts';

export function toModelsText({ versions, aliases }: ModelsList): string {
  if (versions.length === 0) return 'no version yet: shelfwalk train makes one\n';
  const toAliases = (id: string) => Object.keys(aliases).filter((name) => aliases[name] === id);
  const toMetrics = (metrics: Readonly<Record<string, number>>) =>
    Object.entries(metrics).map(([name, value]) => `${name} ${toNumberText(value)}`);
  return toTable(versions, [
    { title: 'version', text: (v) => v.id },
    { title: 'alias', text: (v) => toAliases(v.id).join(', ') },
    { title: 'created', text: (v) => v.createdAt.slice(0, 16).replace('T', ' ') },
    { title: 'nodes', text: (v) => toNumberText(v.counts.nodes), align: 'right' },
    { title: 'dim', text: (v) => String(v.counts.dimension), align: 'right' },
    { title: 'metrics', text: (v) => toMetrics(v.metrics).slice(0, 4).join(', ') },
  ]);
}

/** The manifest; the report is for `--json`, it is long. */
export function toModelText({ manifest, aliases }: ModelFacts): string {
  const files = Object.entries(manifest.files).map(
    ([name, { bytes }]) => `${name} (${toNumberText(bytes)} bytes)`,
  );
  return toKeyValues({ ...manifest, files, aliases });
}

export const toMoveText = ({ alias, version, previous }: AliasMove): string =>
  `${alias} → ${version}${previous === undefined ? '' : ` (was ${previous})`}\n`;

export const toDeletionText = ({ deleted }: Deletion): string =>
  deleted.length === 0 ? 'nothing to delete\n' : `deleted ${deleted.join(', ')}\n`;
