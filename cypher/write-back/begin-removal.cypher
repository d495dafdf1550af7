// Not live from now on. The node goes last, so that a removal that was cut short is found and finished.
MATCH (version:ShelfwalkVersion {id: $version})
SET version.live = false, version.state = 'removing'
