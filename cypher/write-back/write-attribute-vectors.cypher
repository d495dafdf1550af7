// A batch of vectors onto attributes, and how far the version is, in the same transaction.
UNWIND $rows AS row
OPTIONAL MATCH (node:`Attribute` {`kind`: row.kind, `value`: row.value})
CALL (node, row) {
  WITH node, row WHERE node IS NOT NULL
  CALL db.create.setNodeVectorProperty(node, $property, row.vector)
  SET node[$spaceProperty] = $space
}
WITH collect(CASE WHEN node IS NULL THEN 'attribute:' + row.id END) AS missing
MATCH (version:ShelfwalkVersion {id: $version, state: 'writing'})
SET version.rowsDone = $rowsDone, version.missing = version.missing + size(missing),
    version.missingFirst = (version.missingFirst + missing)[..10]
RETURN version.missing AS missing
