// Events by type, one pass over all interactions. Columns: type (string: purchase where the relationship has none),
// events (number: sum of the counts).
MATCH (:`Customer`)-[i:`INTERACTED`]->(:`Product`)
RETURN toString(coalesce(i.`type`, 'purchase')) AS type, sum(coalesce(i.`count`, 0)) AS events
