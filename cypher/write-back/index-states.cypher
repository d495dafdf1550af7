// How far indexes of ours are.
SHOW INDEXES YIELD name, state, populationPercent
WHERE name STARTS WITH $prefix
RETURN name, state, populationPercent
