/** A graph in Neo4j keeps what every catalog promises, but for what needs single events. */
import { afterAll, describe } from 'vitest';
import { loadCatalog } from '../../src/neo4j/load.ts';
import { toGraphModel } from '../../src/neo4j/model.ts';
import { createNeo4jSource } from '../../src/neo4j/source.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { importConformanceShop } from '../catalog/conformance-shop.ts';
import { openTempCatalog } from '../catalog/temp-catalog.ts';
import { catalogSourceCases } from '../conformance/catalog-source.cases.ts';
import { server, useDatabase } from './database.ts';

const database = useDatabase();
const model = toGraphModel({});
const opened: { dispose(): Promise<void> }[] = [];
afterAll(async () => {
  for (const temp of opened) await temp.dispose();
});

describe.skipIf(!server)('read by its labels', () => {
  catalogSourceCases(
    'a graph in Neo4j',
    async () => {
      const temp = await openTempCatalog();
      opened.push(temp);
      await importConformanceShop(temp);
      const to = { neo4j: database.neo4j, statements: createStatements(model.names) };
      await loadCatalog(temp.catalog, to, { batchSize: 50, restart: false, prune: false });
      return createNeo4jSource(database.neo4j, model);
    },
    { events: false },
  );
});
