// Products beside one product: used alike (cosine of vectors) against bought together (lift of co-purchase).
//
// start: given nodes
// param productId: embedded product — the product asked about
// param limit: integer 1..1000 = 20 — at most this many rows
// param candidates: integer 1..10000 = 100 — looks at so many nearest by vector and so many others most often bought together
// param minCosine: number -1..1 = 0.5 — from here on two products are used alike
// param minLift: number 0..1000000 = 2 — from here on two products are bought together more than by chance
// param relation: any | substitute | complement | both = any — rows of this relation only
// column productId: string — highest cosine first
// column relation: string — substitute: used alike, not bought together · complement: bought together, not used alike · both
// column cosine: number — of the two vectors, -1 to 1; null where the other product has none
// column together: integer — customers who have interacted with both
// column lift: number — together × all customers / (customers of one × customers of the other); 1 is chance
MATCH (asked:`Product` {`id`: $productId})
CALL (asked) {
  MATCH (asked)<-[:`INTERACTED`]-(buyer:`Customer`)
  RETURN count(DISTINCT buyer) AS buyersAsked
}
CALL (asked) {
  CALL db.index.vector.queryNodes($productIndex, $candidates + 1, asked[$vectorProperty]) YIELD node
  RETURN node AS other, 1 AS isNear, 0 AS bought
  UNION ALL
  MATCH (asked)<-[:`INTERACTED`]-(buyer:`Customer`)
  WITH DISTINCT buyer
  MATCH (buyer)-[:`INTERACTED`]->(other:`Product`)
  RETURN other, 0 AS isNear, count(DISTINCT buyer) AS bought
}
WITH asked, buyersAsked, other, max(isNear) AS isNear, max(bought) AS together
WHERE other:`Product` AND other <> asked
ORDER BY isNear DESC, together DESC, other.`id`
LIMIT 2 * $candidates
CALL (other) {
  MATCH (other)<-[:`INTERACTED`]-(buyer:`Customer`)
  RETURN count(DISTINCT buyer) AS buyersOther
}
WITH other, together,
     2 * vector.similarity.cosine(asked[$vectorProperty], other[$vectorProperty]) - 1 AS cosine,
     CASE WHEN together = 0 THEN 0.0
          ELSE together * toFloat(COUNT { (:`Customer`) }) / (toFloat(buyersAsked) * buyersOther) END AS lift
WITH other, together, cosine, lift,
     CASE WHEN cosine >= $minCosine AND lift >= $minLift THEN 'both'
          WHEN cosine >= $minCosine THEN 'substitute'
          WHEN lift >= $minLift THEN 'complement' END AS relation
WHERE relation IS NOT NULL AND ($relation = 'any' OR relation = $relation)
RETURN other.`id` AS productId, relation, cosine, together, lift
ORDER BY coalesce(cosine, -2) DESC, productId
LIMIT $limit
