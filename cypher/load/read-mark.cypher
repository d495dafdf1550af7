// How far a load came that was stopped. Columns: revision, stage (string), load, done (integer);
// no row if none is under way.
MATCH (l:ShelfwalkLoad {name: 'catalog'})
RETURN l.revision AS revision, l.load AS load, l.stage AS stage, l.done AS done
