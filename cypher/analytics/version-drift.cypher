// What moved between two written versions: per product, how many of its nearest products stayed, and how far it turned.
//
// start: whole graph
// bound: one pass over the products by their number of interactions; the `products` with the most are compared
// param from: version — id of a version that is written in this database
// param to: version = live — id of another one
// param limit: integer 1..10000 = 20 — at most this many rows, least overlap first
// param products: integer 1..10000 = 200 — so many products are compared
// param neighbors: integer 1..100 = 10 — lists of so many nearest products are compared
// column productId: string
// column overlap: number — 0 to 1, of the nearest products in `from`, those that are so in `to`
// column cosine: number — of its two vectors, -1 to 1; null where the versions are of different spaces, as it would mean nothing
// column interactions: integer — INTERACTED relationships, one per customer and type
MATCH (product:`Product`)
WHERE product[$from.property] IS NOT NULL AND product[$to.property] IS NOT NULL
WITH product, COUNT { (product)<-[:`INTERACTED`]-() } AS interactions
ORDER BY interactions DESC, product.`id`
LIMIT $products
CALL (product) {
  CALL db.index.vector.queryNodes($from.productIndex, 2 * $neighbors + 10, product[$from.property]) YIELD node
  WHERE node:`Product` AND node <> product
  WITH node ORDER BY vector.similarity.cosine(product[$from.property], node[$from.property]) DESC, node.`id` LIMIT $neighbors
  RETURN collect(node.`id`) AS before
}
CALL (product) {
  CALL db.index.vector.queryNodes($to.productIndex, 2 * $neighbors + 10, product[$to.property]) YIELD node
  WHERE node:`Product` AND node <> product
  WITH node ORDER BY vector.similarity.cosine(product[$to.property], node[$to.property]) DESC, node.`id` LIMIT $neighbors
  RETURN collect(node.`id`) AS after
}
RETURN product.`id` AS productId,
       CASE WHEN size(before) = 0 THEN 1.0 ELSE toFloat(size([id IN before WHERE id IN after])) / size(before) END AS overlap,
       CASE WHEN $from.space = $to.space THEN 2 * vector.similarity.cosine(product[$from.property], product[$to.property]) - 1 END AS cosine,
       interactions
ORDER BY overlap, productId
LIMIT $limit
