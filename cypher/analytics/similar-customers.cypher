// Customers like one customer by cosine of vectors, and how many products they share.
//
// start: given nodes
// param customerId: embedded customer — the customer asked about
// param limit: integer 1..1000 = 10 — at most this many rows
// column customerId: string — nearest first
// column cosine: number — of the two vectors, -1 to 1
// column productsShared: integer — products both have interacted with
MATCH (asked:`Customer` {`id`: $customerId})
CALL db.index.vector.queryNodes($customerIndex, 2 * $limit + 10, asked[$vectorProperty]) YIELD node AS found
WHERE found:`Customer` AND found <> asked
WITH asked, found, 2 * vector.similarity.cosine(asked[$vectorProperty], found[$vectorProperty]) - 1 AS cosine
ORDER BY cosine DESC, found.`id`
LIMIT $limit
RETURN found.`id` AS customerId, cosine,
       COUNT { MATCH (found)-[:`INTERACTED`]->(product:`Product`) WHERE EXISTS { (asked)-[:`INTERACTED`]->(product) } RETURN DISTINCT product } AS productsShared
ORDER BY cosine DESC, customerId
