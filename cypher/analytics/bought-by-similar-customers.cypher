// What customers like this one have interacted with and this one has not.
//
// start: given nodes
// param customerId: embedded customer — the customer asked about
// param limit: integer 1..1000 = 10 — at most this many rows
// param neighbors: integer 1..1000 = 50 — nearest customers whose products are counted; those with a cosine of 0 or less have no say
// param interactionType: string = none — counts only interactions of this type
// column productId: string — highest score first
// column score: number — sum of the cosines of the customers who have it
// column customers: integer — how many of the nearest customers have it
MATCH (asked:`Customer` {`id`: $customerId})
CALL db.index.vector.queryNodes($customerIndex, 2 * $neighbors + 10, asked[$vectorProperty]) YIELD node AS similar
WHERE similar:`Customer` AND similar <> asked
WITH asked, similar, 2 * vector.similarity.cosine(asked[$vectorProperty], similar[$vectorProperty]) - 1 AS cosine
ORDER BY cosine DESC, similar.`id`
LIMIT $neighbors
WITH asked, similar, cosine
WHERE cosine > 0
MATCH (similar)-[interacted:`INTERACTED`]->(product:`Product`)
WHERE ($interactionType IS NULL OR interacted.`type` = $interactionType)
  AND NOT EXISTS { (asked)-[:`INTERACTED`]->(product) }
WITH DISTINCT product, similar, cosine
RETURN product.`id` AS productId, sum(cosine) AS score, count(similar) AS customers
ORDER BY score DESC, productId
LIMIT $limit
