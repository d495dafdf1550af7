/** Values on their way to the driver and back: integers in, plain JSON out. */
import neo4j from 'neo4j-driver';

/** A JavaScript number goes out as a float, and `LIMIT 10.0` is refused. */
export const toInteger = (value: number): unknown => neo4j.int(value);

/**
 * What a column holds, as JSON: nodes as `{labels, properties}`, relationships as `{type, properties}`, paths
 * as the nodes and relationships on them, dates and points as text. Elements' internal ids are left out: they
 * are used again after a deletion.
 */
export function toPlain(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(toPlain);
  if (neo4j.isInt(value)) return value.inSafeRange() ? value.toNumber() : value.toString();
  if (neo4j.isNode(value)) return { labels: value.labels, properties: toPlain(value.properties) };
  if (neo4j.isRelationship(value)) return { type: value.type, properties: toPlain(value.properties) };
  if (neo4j.isPath(value))
    return {
      nodes: [toPlain(value.start), ...value.segments.map(({ end }) => toPlain(end))],
      relationships: value.segments.map(({ relationship }) => toPlain(relationship)),
    };
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (Object.getPrototypeOf(value) !== Object.prototype) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toPlain(inner)]));
}
