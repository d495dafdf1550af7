// Attributes nearest to one customer by cosine of vectors, and the share of the customer's interactions that carry them.
//
// start: given nodes
// param customerId: embedded customer — the customer asked about
// param limit: integer 1..1000 = 20 — at most this many rows
// param kind: string = none — only attributes of this kind
// param candidates: integer 1..10000 = 500 — attributes are chosen among this many nearest
// column kind: string
// column value: string
// column cosine: number — of the vectors of customer and attribute, -1 to 1; highest first
// column share: number — 0 to 1, of the weight of the customer's interactions, that of products with the attribute
MATCH (asked:`Customer` {`id`: $customerId})
CALL db.index.vector.queryNodes($attributeIndex, $candidates, asked[$vectorProperty]) YIELD node AS attribute
WHERE attribute:`Attribute` AND ($kind IS NULL OR attribute.`kind` = $kind)
WITH asked, attribute, 2 * vector.similarity.cosine(asked[$vectorProperty], attribute[$vectorProperty]) - 1 AS cosine
ORDER BY cosine DESC, attribute.`kind`, attribute.`value`
LIMIT $limit
CALL (asked, attribute) {
  MATCH (asked)-[interacted:`INTERACTED`]->(product:`Product`)
  RETURN sum(interacted.`weight`) AS total,
         sum(CASE WHEN EXISTS { (product)-[:`HAS`]->(attribute) } THEN interacted.`weight` ELSE 0 END) AS carried
}
RETURN attribute.`kind` AS kind, attribute.`value` AS value, cosine,
       CASE WHEN total > 0 THEN toFloat(carried) / total ELSE 0.0 END AS share
ORDER BY cosine DESC, kind, value
