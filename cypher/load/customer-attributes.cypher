// Traits of customers. Parameters: rows (list of {owner: string, attributes: list of {kind: string, value: string}}).
// Columns: written (integer), fewer than were given if a node is missing.
UNWIND $rows AS row
MATCH (c:`Customer` {`id`: row.owner})
UNWIND row.attributes AS one
MATCH (a:`Attribute` {`kind`: one.kind, `value`: one.value})
MERGE (c)-[:`HAS`]->(a)
RETURN count(*) AS written
