// Cold products that have a vector all the same, the attributes that carry them, and the nearest product that is not cold.
//
// start: whole graph
// bound: one pass over the products by their number of interactions; vectors are looked at for `limit` of them
// param maxInteractions: integer 0..1000000 = 3 — a product with at most this many INTERACTED relationships is cold
// param limit: integer 1..1000 = 20 — at most this many rows, fewest interactions first
// param candidates: integer 1..10000 = 100 — the nearest product that is not cold is looked for among this many nearest
// column productId: string
// column interactions: integer — INTERACTED relationships, one per customer and type
// column carriedBy: list — its attributes as {kind, value, cosine}, highest cosine first, 5 at most; cosine null where one has no vector
// column nearest: string — the nearest product that is not cold; null where none is among the candidates
// column nearestCosine: number — of the two vectors, -1 to 1
MATCH (cold:`Product`)
WITH cold, COUNT { (cold)<-[:`INTERACTED`]-() } AS interactions
WHERE interactions <= $maxInteractions AND cold[$vectorProperty] IS NOT NULL
ORDER BY interactions, cold.`id`
LIMIT $limit
CALL (cold) {
  MATCH (cold)-[:`HAS`]->(attribute:`Attribute`)
  WITH attribute, 2 * vector.similarity.cosine(cold[$vectorProperty], attribute[$vectorProperty]) - 1 AS cosine
  ORDER BY coalesce(cosine, -2) DESC, attribute.`kind`, attribute.`value`
  LIMIT 5
  RETURN collect({kind: attribute.`kind`, value: attribute.`value`, cosine: cosine}) AS carriedBy
}
CALL (cold) {
  CALL db.index.vector.queryNodes($productIndex, $candidates + 1, cold[$vectorProperty]) YIELD node AS warm
  WHERE warm:`Product` AND warm <> cold AND COUNT { (warm)<-[:`INTERACTED`]-() } > $maxInteractions
  WITH warm, 2 * vector.similarity.cosine(cold[$vectorProperty], warm[$vectorProperty]) - 1 AS cosine
  ORDER BY cosine DESC, warm.`id`
  LIMIT 1
  RETURN collect({id: warm.`id`, cosine: cosine})[0] AS warmest
}
RETURN cold.`id` AS productId, interactions, carriedBy, warmest.id AS nearest, warmest.cosine AS nearestCosine
ORDER BY interactions, productId
