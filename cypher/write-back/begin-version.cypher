// The node of a version that is to be written. One that a crash left half written goes on where it was;
// one that is written already is written again from its first row, as nodes may have come since.
MERGE (version:ShelfwalkVersion {id: $version})
  ON CREATE SET version.live = false, version.liveAt = 0, version.state = 'new'
WITH version, version.state = 'writing' AS resumes
SET version.space = $space, version.dimension = $dimension, version.property = $property,
    version.customerIndex = $customerIndex, version.productIndex = $productIndex, version.attributeIndex = $attributeIndex,
    version.rowsDone = CASE WHEN resumes THEN version.rowsDone ELSE 0 END,
    version.missing = CASE WHEN resumes THEN version.missing ELSE 0 END,
    version.missingFirst = CASE WHEN resumes THEN version.missingFirst ELSE [] END,
    version.state = 'writing'
RETURN version.rowsDone AS rowsDone
