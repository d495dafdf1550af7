MATCH (version:ShelfwalkVersion {id: $version})
DELETE version
