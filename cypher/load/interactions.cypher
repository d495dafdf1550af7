// Interactions: one relationship per customer, product and type, with its sums replaced.
// Parameters: load (float: its number), rows (list of {customer: string, interactions: list of
//   {product: string, type: string, count: float, weight: float, lastMs: float or null, value: float or null}}).
// Columns: written (integer), fewer than were given if a node is missing.
UNWIND $rows AS row
MATCH (c:`Customer` {`id`: row.customer})
UNWIND row.interactions AS one
MATCH (p:`Product` {`id`: one.product})
MERGE (c)-[i:`INTERACTED` {`type`: one.type}]->(p)
  ON CREATE SET i.shelfwalkLoad = toInteger($load)
  ON MATCH SET i.shelfwalkLoad = CASE WHEN i.shelfwalkLoad IS NOT NULL THEN toInteger($load) END
SET i.`count` = toInteger(one.count), i.`weight` = one.weight, i.`value` = one.value,
  i.`lastAt` = CASE WHEN one.lastMs IS NOT NULL THEN datetime({epochMillis: toInteger(one.lastMs)}) END
RETURN count(*) AS written
