// From this transaction on the version is the live one, and no other.
MATCH (version:ShelfwalkVersion {id: $version})
SET version.state = 'written', version.liveAt = timestamp()
WITH version
MATCH (each:ShelfwalkVersion)
SET each.live = (each = version)
RETURN count(each) AS versions
