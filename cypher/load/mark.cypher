// How far a load is, written with each batch. Parameters: revision, stage (string), done (float: rows of the stage).
MERGE (l:ShelfwalkLoad {name: 'catalog'})
SET l.revision = $revision, l.stage = $stage, l.done = toInteger($done), l.markedAt = datetime()
