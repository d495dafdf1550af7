// What is another when something has changed: the counts that the server keeps, the newest event by its index, and
// how far loads are. Columns: customers, products, attributes, interactions, attributeEdges, edges (integer),
// newestAt (string, null where no event carries a time), loads (integer, null: none has been here),
// loading (string, null: no load is under way).
CALL () {
  MATCH ()-[i:`INTERACTED`]->() WHERE i.`lastAt` IS NOT NULL
  WITH i.`lastAt` AS at ORDER BY at DESC LIMIT 1
  RETURN toStringOrNull(collect(at)[0]) AS newestAt
}
CALL () {
  MATCH (s:ShelfwalkSchema)
  RETURN max(s.loads) AS loads
}
CALL () {
  MATCH (m:ShelfwalkLoad)
  RETURN max(m.stage + ' ' + toString(m.done)) AS loading
}
RETURN COUNT { (c:`Customer`) } AS customers, COUNT { (p:`Product`) } AS products, COUNT { (a:`Attribute`) } AS attributes,
  COUNT { ()-[e:`INTERACTED`]->() } AS interactions, COUNT { ()-[h:`HAS`]->() } AS attributeEdges,
  COUNT { ()-[l:`LINKED`]->() } AS edges, newestAt, loads, loading
