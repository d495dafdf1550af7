// Attributes, made or renamed. Parameters: rows (list of {kind: string, value: string, name: string}).
// Columns: written (integer).
UNWIND $rows AS row
MERGE (a:`Attribute` {`kind`: row.kind, `value`: row.value})
SET a.`name` = row.name
RETURN count(*) AS written
