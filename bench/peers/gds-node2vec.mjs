// @ts-check
/** `gds.node2vec` on the shop of a database, by its own procedures, with what they say they took. */
import { toInteger } from '../../dist/neo4j/values.js';

/** @typedef {(text: string, parameters?: Record<string, unknown>) => Promise<Record<string, any>[]>} Query */
/** Seconds on the wall, by stage as GDS reports them. @typedef {{ project: number, preprocess: number, compute: number, write: number }} Stages */

/** Where vectors go. */
const PROPERTY = 'gds';

/** CPU seconds of the server since its start, all of its threads. @param {Query} query */
export async function readServerCpu(query) {
  const [{ ns }] = await query(
    "CALL dbms.queryJmx('java.lang:type=OperatingSystem') YIELD attributes RETURN attributes.ProcessCpuTime.value AS ns",
  );
  return ns / 1e9;
}

/**
 * Project, compute, write, drop. The drop is outside the seconds.
 * @param {Query} query @param {Record<string, number>} settings of gds.node2vec
 * @returns {Promise<{ stages: Stages, wallSeconds: number, arcs: number, nodes: number, written: number }>}
 */
export async function runNode2vec(query, settings) {
  const startedAt = performance.now();
  const [projected] = await query(
    `CALL gds.graph.project('shop', ['Customer', 'Product'], {INTERACTED: {orientation: 'UNDIRECTED', properties: 'weight'}})
     YIELD nodeCount, relationshipCount`,
  );
  const projectedAt = performance.now();
  const names = { relationshipWeightProperty: 'weight', writeProperty: PROPERTY };
  const [done] = await query(
    `CALL gds.node2vec.write('shop', $configuration)
     YIELD preProcessingMillis, computeMillis, writeMillis, nodePropertiesWritten`,
    { configuration: { ...toNumbers(settings), ...names } },
  );
  const endedAt = performance.now();
  await query("CALL gds.graph.drop('shop') YIELD graphName");
  return {
    stages: {
      project: (projectedAt - startedAt) / 1000,
      preprocess: done.preProcessingMillis / 1000,
      compute: done.computeMillis / 1000,
      write: done.writeMillis / 1000,
    },
    wallSeconds: (endedAt - startedAt) / 1000,
    arcs: projected.relationshipCount,
    nodes: projected.nodeCount,
    written: done.nodePropertiesWritten,
  };
}

/** The vectors by id, and off the nodes again. @param {Query} query @returns {Promise<Map<string, number[]>>} */
export async function takeVectors(query) {
  const rows = await query(
    `MATCH (n) WHERE n.${PROPERTY} IS NOT NULL RETURN n.id AS id, n.${PROPERTY} AS vector`,
  );
  await query(`MATCH (n) REMOVE n.${PROPERTY}`);
  return new Map(rows.map(({ id, vector }) => [id, vector]));
}

/** A number goes out as a float unless it is said otherwise, and GDS takes no float for a count. @param {Record<string, number>} settings */
const toNumbers = (settings) =>
  Object.fromEntries(
    Object.entries(settings).map(([name, x]) => [name, Number.isInteger(x) ? toInteger(x) : x]),
  );
