// Hubs: the products and attributes with the most relationships, where walks gather.
//
// start: whole graph
// bound: one pass over products and attributes by their degree; customers are counted for `limit` of them
// param limit: integer 1..1000 = 20 — at most this many rows of each type
// column type: string — product | attribute
// column id: string — of an attribute, kind/value
// column relationships: integer — INTERACTED of a product, HAS of an attribute; most first within a type
// column share: number — 0 to 1, of all relationships of that kind
// column customers: integer — who have interacted with the product; null for an attribute
CALL () {
  MATCH (product:`Product`)
  WITH product, COUNT { (product)<-[:`INTERACTED`]-() } AS relationships
  ORDER BY relationships DESC, product.`id`
  LIMIT $limit
  RETURN 'product' AS type, product.`id` AS id, relationships,
         CASE WHEN relationships = 0 THEN 0.0 ELSE toFloat(relationships) / COUNT { ()-[:`INTERACTED`]->() } END AS share,
         COUNT { MATCH (product)<-[:`INTERACTED`]-(customer:`Customer`) RETURN DISTINCT customer } AS customers
  UNION ALL
  MATCH (attribute:`Attribute`)
  WITH attribute, COUNT { (attribute)<-[:`HAS`]-() } AS relationships
  ORDER BY relationships DESC, attribute.`kind`, attribute.`value`
  LIMIT $limit
  RETURN 'attribute' AS type, attribute.`kind` + '/' + attribute.`value` AS id, relationships,
         CASE WHEN relationships = 0 THEN 0.0 ELSE toFloat(relationships) / COUNT { ()-[:`HAS`]->() } END AS share,
         NULL AS customers
}
RETURN type, id, relationships, share, customers
ORDER BY type DESC, relationships DESC, id
