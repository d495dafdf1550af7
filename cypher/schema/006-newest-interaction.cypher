// Finds the newest interaction, whatever its type.
CREATE INDEX shelfwalk_interaction_last_at IF NOT EXISTS
FOR ()-[i:`INTERACTED`]-() ON (i.`lastAt`)
