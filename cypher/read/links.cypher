// Edges that were given as such. Columns: a, b (integer: internal ids of the ends), weight (number; -1 where there is
// none), directed (boolean: false where it is not said).
MATCH (a)-[l:`LINKED`]->(b)
RETURN id(a) AS a, id(b) AS b, coalesce(l.`weight`, -1) AS weight, coalesce(l.`directed`, false) AS directed
