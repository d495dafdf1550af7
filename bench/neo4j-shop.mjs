// @ts-check
/** Customers, products and weighted interactions in an empty Neo4j, as `shelfwalk neo4j load` lays them out. */
import { migrate } from '../dist/neo4j/schema.js';

const BATCH = 5000;

/**
 * @param {import('../dist/neo4j/connection.js').Neo4j} neo4j
 * @param {import('../dist/neo4j/statements.js').Statements} statements
 * @param {{ customers: number, products: number, edges: readonly import('./held-out-links.mjs').Edge[] }} shop ids are c0 …, p0 …
 */
export async function loadShop(neo4j, statements, { customers, products, edges }) {
  await migrate(neo4j, statements);
  /** @type {[string, object[]][]} */
  const steps = [
    ['CREATE (:Customer {id: row.id})', Array.from({ length: customers }, (_, i) => ({ id: `c${i}` }))],
    ['CREATE (:Product {id: row.id})', Array.from({ length: products }, (_, i) => ({ id: `p${i}` }))],
    [
      'MATCH (c:Customer {id: row.c}), (p:Product {id: row.p}) CREATE (c)-[:INTERACTED {type: "purchase", weight: row.w}]->(p)',
      edges.map(([customer, product, w]) => ({ c: `c${customer}`, p: `p${product}`, w })),
    ],
  ];
  for (const [text, rows] of steps) {
    const statement = { name: 'bench', text: `UNWIND $rows AS row ${text}` };
    for (let at = 0; at < rows.length; at += BATCH)
      await neo4j.runLong({ statement, parameters: { rows: rows.slice(at, at + BATCH) } });
  }
}
