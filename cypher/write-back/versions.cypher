// All versions that are written in this database, in whatever state; the one that is live, then the last that were.
MATCH (version:ShelfwalkVersion)
RETURN version.id AS id, version.space AS space, version.dimension AS dimension, version.property AS property,
       version.live AS live, version.state AS state, version.rowsDone AS rowsDone, version.missing AS missing,
       version.missingFirst AS missingFirst
ORDER BY live DESC, version.liveAt DESC, id DESC
