// One customer per id; the index behind it finds customers by id.
CREATE CONSTRAINT shelfwalk_customer_id IF NOT EXISTS
FOR (c:`Customer`) REQUIRE c.`id` IS UNIQUE
