// What is there of us: how many nodes carry each property that begins with $prefix (string).
// Columns: property (string), nodes (integer).
MATCH (node)
UNWIND keys(node) AS property
WITH property WHERE property STARTS WITH $prefix
RETURN property, count(*) AS nodes
ORDER BY property
