// Which of these customers there are, and which have a vector under $vectorProperty (string, or null: none has).
// Parameters: ids (strings), vectorProperty (string). Columns: id (string), found (boolean), embedded (boolean).
UNWIND $ids AS id
OPTIONAL MATCH (node:`Customer` {`id`: id})
RETURN id, node IS NOT NULL AS found, node[$vectorProperty] IS NOT NULL AS embedded
