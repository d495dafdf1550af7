// All products. Columns: node (integer: internal id, valid while the graph is read), id, name (string).
MATCH (p:`Product`)
RETURN id(p) AS node, toString(p.`id`) AS id, toString(coalesce(p.`name`, '')) AS name
