// Ours as well: the last thing that goes.
DROP CONSTRAINT shelfwalk_version_id IF EXISTS
