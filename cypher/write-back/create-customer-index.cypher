// shelfwalk_vectors stands for the property of the version, a name of ours: an index takes no parameter there.
CREATE VECTOR INDEX $name IF NOT EXISTS
FOR (node:`Customer`) ON (node.shelfwalk_vectors)
OPTIONS $options
