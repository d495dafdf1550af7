// Attributes, made or renamed. Parameters: load (float: its number), rows (list of {kind: string, value: string, name: string}).
// Columns: written (integer).
UNWIND $rows AS row
MERGE (a:`Attribute` {`kind`: row.kind, `value`: row.value})
  ON CREATE SET a.shelfwalkLoad = toInteger($load)
  ON MATCH SET a.shelfwalkLoad = CASE WHEN a.shelfwalkLoad IS NOT NULL THEN toInteger($load) END
SET a.`name` = row.name
RETURN count(*) AS written
