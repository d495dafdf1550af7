// Nodes, and those with a vector of this version.
MATCH (node:`Attribute`)
RETURN count(node) AS nodes, count(node[$property]) AS embedded
