// How far a load is, written with each batch. Parameters: revision, stage (string),
// load (float: its number), done (float: rows of the stage).
MERGE (l:ShelfwalkLoad {name: 'catalog'})
SET l.revision = $revision, l.load = toInteger($load), l.stage = $stage, l.done = toInteger($done), l.markedAt = datetime()
