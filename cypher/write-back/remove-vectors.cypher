// In batches, each a transaction of its own; of all nodes, as their labels may have changed since.
MATCH (node)
WHERE node[$property] IS NOT NULL OR node[$spaceProperty] IS NOT NULL
CALL (node) {
  SET node[$property] = NULL, node[$spaceProperty] = NULL
} IN TRANSACTIONS OF 2000 ROWS
RETURN count(node) AS nodes
