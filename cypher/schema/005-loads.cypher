// One marker per load under way.
CREATE CONSTRAINT shelfwalk_load IF NOT EXISTS
FOR (l:ShelfwalkLoad) REQUIRE l.name IS UNIQUE
