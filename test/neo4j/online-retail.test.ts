/** Real data, the whole way: loaded, read back to the same snapshot, and nothing lost of 386,398 lines. */
import { describe, expect, test } from 'vitest';
import { buildSnapshot } from '../../src/graph/snapshot.ts';
import { loadCatalog } from '../../src/neo4j/load.ts';
import { toGraphModel } from '../../src/neo4j/model.ts';
import { createNeo4jSource } from '../../src/neo4j/source.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { openTempCatalog } from '../catalog/temp-catalog.ts';
import { findDataset } from '../datasets/find-dataset.ts';
import { onlineRetailSources } from '../datasets/sources.ts';
import { server, useDatabase } from './database.ts';
import { toBytes } from './shop.ts';

const database = useDatabase();
const onlineRetail = findDataset('online-retail');

describe.skipIf(!server || !onlineRetail)('online-retail', () => {
  test('comes back from Neo4j as the snapshot of the catalog, byte for byte', async () => {
    const temp = await openTempCatalog();
    try {
      await temp.catalog.importFiles([...onlineRetailSources(onlineRetail!)], {}, {});
      const model = toGraphModel({});
      const to = { neo4j: database.neo4j, statements: createStatements(model.names) };
      const { written } = await loadCatalog(temp.catalog, to, {
        batchSize: 5000,
        restart: false,
        prune: false,
      });
      const { pairs, attributeEdges } = await temp.catalog.counts();
      expect(written).toMatchObject({ customers: 4334, products: 3659, interactions: pairs });
      expect(written['product-attributes']).toBe(attributeEdges);
      const [sums] = await database.run('MATCH ()-[i:INTERACTED]->() RETURN sum(i.count) AS events');
      expect(sums).toEqual({ events: 386_398 });

      const options = {
        weighting: { typeWeights: {}, otherTypes: 1, damping: 'log' },
        attributes: true,
      } as const;
      const source = createNeo4jSource(database.neo4j, model);
      expect(toBytes(await buildSnapshot(source, options))).toEqual(
        toBytes(await buildSnapshot(temp.catalog, options)),
      );
    } finally {
      await temp.dispose();
    }
  }, 600_000);
});
