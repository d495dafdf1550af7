// Finds interactions by their type and by how new they are.
CREATE INDEX shelfwalk_interaction_type_last_at IF NOT EXISTS
FOR ()-[i:`INTERACTED`]-() ON (i.`type`, i.`lastAt`)
