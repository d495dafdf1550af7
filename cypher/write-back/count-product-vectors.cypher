// Nodes, and those with a vector of this version.
MATCH (node:`Product`)
RETURN count(node) AS nodes, count(node[$property]) AS embedded
