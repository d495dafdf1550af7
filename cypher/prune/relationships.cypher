// Relationships that loads have made and the last one did not find any more, of whatever type, in batches, each a
// transaction of its own. Parameters: load (float: number of the last load). Columns: removed (integer).
MATCH ()-[r]->() WHERE r.shelfwalkLoad <> toInteger($load)
CALL (r) { DELETE r } IN TRANSACTIONS OF 10000 ROWS
RETURN count(*) AS removed
