// One attribute per kind and value; the index behind it finds attributes by kind, and by kind and value.
CREATE CONSTRAINT shelfwalk_attribute_kind_value IF NOT EXISTS
FOR (a:`Attribute`) REQUIRE (a.`kind`, a.`value`) IS UNIQUE
