// Which of these attributes there are, and which have a vector under $vectorProperty (string, or null: none has).
// Parameters: attributes (list of {id, kind, value}), vectorProperty (string). Columns: id (string), found (boolean), embedded (boolean).
UNWIND $attributes AS attribute
OPTIONAL MATCH (node:`Attribute` {`kind`: attribute.kind, `value`: attribute.value})
RETURN attribute.id AS id, node IS NOT NULL AS found, node[$vectorProperty] IS NOT NULL AS embedded
