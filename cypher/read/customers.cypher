// All customers. Columns: node (integer: internal id, valid while the graph is read), id, name (string).
MATCH (c:`Customer`)
RETURN id(c) AS node, toString(c.`id`) AS id, toString(coalesce(c.`name`, '')) AS name
