// Traits of customers. Parameters: load (float: its number),
//   rows (list of {owner: string, attributes: list of {kind: string, value: string}}).
// Columns: written (integer), fewer than were given if a node is missing.
UNWIND $rows AS row
MATCH (c:`Customer` {`id`: row.owner})
UNWIND row.attributes AS one
MATCH (a:`Attribute` {`kind`: one.kind, `value`: one.value})
MERGE (c)-[h:`HAS`]->(a)
  ON CREATE SET h.shelfwalkLoad = toInteger($load)
  ON MATCH SET h.shelfwalkLoad = CASE WHEN h.shelfwalkLoad IS NOT NULL THEN toInteger($load) END
RETURN count(*) AS written
