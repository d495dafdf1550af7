/** Everything of ours out of Neo4j again. It needs no data directory: what there is, the database says itself. */
import type { z } from 'zod';
import { type RemovalReport, unwrite } from '../neo4j/remove-version.ts';
import { neo4jInput } from './neo4j-config.ts';
import { withNeo4j } from './neo4j-session.ts';
import { readSettings } from './read-settings.ts';

export type { RemovalReport };

export interface UnwriteOptions {
  /** Default: all versions that are written. */
  readonly version?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** @throws ShelfwalkError CONFIG_INVALID · NEO4J_UNREACHABLE · VERSION_UNKNOWN — no id of a version looks like this */
export function unwriteFromNeo4j(
  server: z.input<typeof neo4jInput> = {},
  { version, environment, signal }: UnwriteOptions = {},
): Promise<RemovalReport> {
  const input = readSettings(neo4jInput, server);
  return withNeo4j(
    input,
    ({ neo4j, statements }) => unwrite(neo4j, statements, { version, signal }),
    environment,
  );
}
