// A load is done.
MATCH (l:ShelfwalkLoad {name: 'catalog'})
DELETE l
