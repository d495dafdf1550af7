// What loads have made that the last one did not find in the catalog any more. Parameters: load (float: its number).
// Columns: relationships, nodes (integer), held (integer: nodes to which a relationship is tied that no load has made).
CALL () {
  MATCH ()-[r]->() WHERE r.shelfwalkLoad <> toInteger($load)
  RETURN count(*) AS relationships
}
CALL () {
  MATCH (n) WHERE n.shelfwalkLoad <> toInteger($load)
  RETURN count(*) AS all,
    count(CASE WHEN EXISTS { (n)-[r]-() WHERE r.shelfwalkLoad IS NULL } THEN 1 END) AS held
}
RETURN relationships, all - held AS nodes, held
