// One node per version; found by its id.
CREATE CONSTRAINT shelfwalk_version_id IF NOT EXISTS
FOR (version:ShelfwalkVersion) REQUIRE version.id IS UNIQUE
