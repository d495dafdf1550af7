// Products, made or renamed. Parameters: rows (list of {id: string, name: string}). Columns: written (integer).
UNWIND $rows AS row
MERGE (p:`Product` {`id`: row.id})
SET p.`name` = row.name
RETURN count(*) AS written
