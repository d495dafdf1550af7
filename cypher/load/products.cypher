// Products, made or renamed. Parameters: load (float: its number), rows (list of {id: string, name: string}). Columns: written (integer).
UNWIND $rows AS row
MERGE (p:`Product` {`id`: row.id})
  ON CREATE SET p.shelfwalkLoad = toInteger($load)
  ON MATCH SET p.shelfwalkLoad = CASE WHEN p.shelfwalkLoad IS NOT NULL THEN toInteger($load) END
SET p.`name` = row.name
RETURN count(*) AS written
