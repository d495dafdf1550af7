// Customers, made or renamed. Parameters: rows (list of {id: string, name: string}). Columns: written (integer).
UNWIND $rows AS row
MERGE (c:`Customer` {`id`: row.id})
SET c.`name` = row.name
RETURN count(*) AS written
