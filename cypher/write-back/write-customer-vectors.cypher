// A batch of vectors onto customers, and how far the version is, in the same transaction.
UNWIND $rows AS row
OPTIONAL MATCH (node:`Customer` {`id`: row.id})
CALL (node, row) {
  WITH node, row WHERE node IS NOT NULL
  CALL db.create.setNodeVectorProperty(node, $property, row.vector)
  SET node[$spaceProperty] = $space
}
WITH collect(CASE WHEN node IS NULL THEN 'customer:' + row.id END) AS missing
MATCH (version:ShelfwalkVersion {id: $version, state: 'writing'})
SET version.rowsDone = $rowsDone, version.missing = version.missing + size(missing),
    version.missingFirst = (version.missingFirst + missing)[..10]
RETURN version.missing AS missing
