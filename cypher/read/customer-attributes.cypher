// Traits of some customers, in columns. Parameters: nodes (list of integer: internal ids).
// Columns: at (integer: place in nodes), id (string: of the customer), attributes (list of integer: internal ids).
UNWIND range(0, size($nodes) - 1) AS at
MATCH (c:`Customer`) WHERE id(c) = $nodes[at]
MATCH (c)-[:`HAS`]->(a:`Attribute`)
RETURN at, toString(c.`id`) AS id, collect(DISTINCT id(a)) AS attributes
