// All attributes. Columns: node (integer: internal id, valid while the graph is read), kind, value, name (string).
MATCH (a:`Attribute`)
RETURN id(a) AS node, toString(a.`kind`) AS kind, toString(a.`value`) AS value, toString(coalesce(a.`name`, '')) AS name
