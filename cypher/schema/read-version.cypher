// The newest migration that was applied. Columns: version (integer), 0 if none was.
OPTIONAL MATCH (s:ShelfwalkSchema)
RETURN coalesce(max(s.version), 0) AS version
