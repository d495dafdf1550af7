// Attributes nearest to a segment of customers (the mean of their unit vectors), and the share of its interactions that carry them.
//
// start: given nodes
// param customerIds: embedded customers 1..1000 — the segment
// param limit: integer 1..1000 = 20 — at most this many rows
// param kind: string = none — only attributes of this kind
// param candidates: integer 1..10000 = 500 — attributes are chosen among this many nearest
// column kind: string
// column value: string
// column cosine: number — of the segment's mean and the attribute's vector, -1 to 1; highest first
// column share: number — 0 to 1, of the weight of the segment's interactions, that of products with the attribute
MATCH (member:`Customer`)
WHERE member.`id` IN $customerIds
WITH collect(member) AS members
WITH members, [m IN members WHERE m[$vectorProperty] IS NOT NULL | m[$vectorProperty]] AS vectors
WITH members, [v IN vectors | [x IN v | x / sqrt(reduce(sum = 0.0, y IN v | sum + y * y))]] AS units
WITH members, [i IN range(0, $dimension - 1) | reduce(sum = 0.0, unit IN units | sum + unit[i])] AS centre
CALL db.index.vector.queryNodes($attributeIndex, $candidates, centre) YIELD node AS attribute
WHERE attribute:`Attribute` AND ($kind IS NULL OR attribute.`kind` = $kind)
WITH members, attribute, 2 * vector.similarity.cosine(centre, attribute[$vectorProperty]) - 1 AS cosine
ORDER BY cosine DESC, attribute.`kind`, attribute.`value`
LIMIT $limit
CALL (members, attribute) {
  UNWIND members AS member
  MATCH (member)-[interacted:`INTERACTED`]->(product:`Product`)
  RETURN sum(interacted.`weight`) AS total,
         sum(CASE WHEN EXISTS { (product)-[:`HAS`]->(attribute) } THEN interacted.`weight` ELSE 0 END) AS carried
}
RETURN attribute.`kind` AS kind, attribute.`value` AS value, cosine,
       CASE WHEN total > 0 THEN toFloat(carried) / total ELSE 0.0 END AS share
ORDER BY cosine DESC, kind, value
