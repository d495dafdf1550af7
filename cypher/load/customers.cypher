// Customers, made or renamed. Parameters: load (float: its number), rows (list of {id: string, name: string}). Columns: written (integer).
UNWIND $rows AS row
MERGE (c:`Customer` {`id`: row.id})
  ON CREATE SET c.shelfwalkLoad = toInteger($load)
  ON MATCH SET c.shelfwalkLoad = CASE WHEN c.shelfwalkLoad IS NOT NULL THEN toInteger($load) END
SET c.`name` = row.name
RETURN count(*) AS written
