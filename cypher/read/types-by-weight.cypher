// Relationships by type, one pass over all interactions. Columns: type (string: purchase where the relationship has none),
// events (number: how many there are).
MATCH (:`Customer`)-[i:`INTERACTED`]->(:`Product`)
RETURN toString(coalesce(i.`type`, 'purchase')) AS type, count(i) AS events
