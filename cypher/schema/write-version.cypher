// Notes that a migration was applied. Parameters: version (integer).
MERGE (s:ShelfwalkSchema)
SET s.version = toInteger($version), s.appliedAt = datetime()
