// Interactions of some customers, in columns: one row per customer and type.
// Parameters: nodes (list of integer: internal ids). Columns: at (integer: place in nodes), id (string: of the customer),
//   type (string: purchase where the relationship has none), products (list of integer: internal ids),
//   amounts (list of number, parallel to products; -1 where the relationship has no count).
UNWIND range(0, size($nodes) - 1) AS at
MATCH (c:`Customer`) WHERE id(c) = $nodes[at]
MATCH (c)-[i:`INTERACTED`]->(p:`Product`)
RETURN at, toString(c.`id`) AS id, toString(coalesce(i.`type`, 'purchase')) AS type,
  collect(id(p)) AS products, collect(coalesce(i.`count`, -1)) AS amounts
