// Attributes of some products, in columns. Parameters: nodes (list of integer: internal ids).
// Columns: at (integer: place in nodes), id (string: of the product), attributes (list of integer: internal ids).
UNWIND range(0, size($nodes) - 1) AS at
MATCH (p:`Product`) WHERE id(p) = $nodes[at]
MATCH (p)-[:`HAS`]->(a:`Attribute`)
RETURN at, toString(p.`id`) AS id, collect(DISTINCT id(a)) AS attributes
