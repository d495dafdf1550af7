/**
 * One Neo4j for the whole run, started only when files of the project `neo4j` are among those that run.
 * SHELFWALK_REQUIRE=neo4j turns "there is none" into a failure.
 */
import type { TestProject } from 'vitest/node';
import { reportMissing } from '../required.ts';
import { findObstacle, readGivenServer, startServer, type TestServer } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    neo4j: TestServer | undefined;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = readGivenServer(process.env);
  project.provide('neo4j', given);
  if (given) return undefined;
  const obstacle = findObstacle();
  if (obstacle !== undefined) {
    return reportMissing('neo4j', `test/neo4j: no NEO4J_URI, and no server can be started here: ${obstacle}`);
  }
  const { server, stop } = await startServer();
  project.provide('neo4j', server);
  return stop;
}
