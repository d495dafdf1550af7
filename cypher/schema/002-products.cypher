// One product per id; the index behind it finds products by id.
CREATE CONSTRAINT shelfwalk_product_id IF NOT EXISTS
FOR (p:`Product`) REQUIRE p.`id` IS UNIQUE
