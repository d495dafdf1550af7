// Nodes that loads have made and the last one did not find any more, of whatever label, but for those to which a
// relationship is still tied: it is not ours. In batches. Parameters: load (float: number of the last load).
// Columns: removed (integer).
MATCH (n) WHERE n.shelfwalkLoad <> toInteger($load) AND NOT EXISTS { (n)--() }
CALL (n) { DELETE n } IN TRANSACTIONS OF 10000 ROWS
RETURN count(*) AS removed
