// Edges that were given as such, between nodes of two types.
// Parameters: load (float: its number), fromType, toType (string: customer, product, attribute), directed (boolean),
//   rows (list of {from, to: {id: string, kind: string or null, value: string or null}, weight: float}).
// Columns: written (integer), fewer than were given if a node is missing.
UNWIND $rows AS row
CALL (row) {
  WITH row WHERE $fromType = 'customer' MATCH (c:`Customer` {`id`: row.from.id}) RETURN c AS a
  UNION ALL
  WITH row WHERE $fromType = 'product' MATCH (p:`Product` {`id`: row.from.id}) RETURN p AS a
  UNION ALL
  WITH row WHERE $fromType = 'attribute' MATCH (t:`Attribute` {`kind`: row.from.kind, `value`: row.from.value}) RETURN t AS a
}
CALL (row) {
  WITH row WHERE $toType = 'customer' MATCH (c:`Customer` {`id`: row.to.id}) RETURN c AS b
  UNION ALL
  WITH row WHERE $toType = 'product' MATCH (p:`Product` {`id`: row.to.id}) RETURN p AS b
  UNION ALL
  WITH row WHERE $toType = 'attribute' MATCH (t:`Attribute` {`kind`: row.to.kind, `value`: row.to.value}) RETURN t AS b
}
MERGE (a)-[l:`LINKED` {`directed`: $directed}]->(b)
  ON CREATE SET l.shelfwalkLoad = toInteger($load)
  ON MATCH SET l.shelfwalkLoad = CASE WHEN l.shelfwalkLoad IS NOT NULL THEN toInteger($load) END
SET l.`weight` = row.weight
RETURN count(*) AS written
