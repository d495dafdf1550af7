// A number for the load that begins. Whatever it makes or finds again carries it in shelfwalkLoad, but for what was
// there before any load: that is not ours, and never gets one. Columns: load (integer).
MATCH (s:ShelfwalkSchema)
SET s.loads = coalesce(s.loads, 0) + 1
RETURN s.loads AS load
