// Products that stand between two attributes, e.g. two categories: near both by vector, and shared by their customers.
//
// start: given nodes
// param first: embedded attribute — kind/value, e.g. aisle/24
// param second: embedded attribute — kind/value
// param limit: integer 1..1000 = 20 — at most this many rows
// param candidates: integer 1..10000 = 500 — products are chosen among this many nearest to the midpoint of the two
// param maxCustomers: integer 1..100000 = 500 — of a product, so many customers are looked at, in the order of their ids
// column productId: string
// column score: number — the lower of the two cosines; highest first
// column cosineFirst: number — of the product and the first attribute, -1 to 1
// column cosineSecond: number — of the product and the second attribute, -1 to 1
// column customers: integer — of the product, those looked at
// column customersOfBoth: integer — of these, how many also have another product of the first and another of the second attribute
MATCH (first:`Attribute` {`kind`: $first.kind, `value`: $first.value}), (second:`Attribute` {`kind`: $second.kind, `value`: $second.value})
WITH first, second, first[$vectorProperty] AS a, second[$vectorProperty] AS b
WITH first, second, a, b, sqrt(reduce(sum = 0.0, x IN a | sum + x * x)) AS normA, sqrt(reduce(sum = 0.0, x IN b | sum + x * x)) AS normB
WITH first, second, [i IN range(0, $dimension - 1) | a[i] / normA + b[i] / normB] AS midpoint
CALL db.index.vector.queryNodes($productIndex, $candidates, midpoint) YIELD node AS product
WHERE product:`Product`
WITH first, second, product,
     2 * vector.similarity.cosine(first[$vectorProperty], product[$vectorProperty]) - 1 AS cosineFirst,
     2 * vector.similarity.cosine(second[$vectorProperty], product[$vectorProperty]) - 1 AS cosineSecond
WITH first, second, product, cosineFirst, cosineSecond,
     CASE WHEN cosineFirst < cosineSecond THEN cosineFirst ELSE cosineSecond END AS score
ORDER BY score DESC, product.`id`
LIMIT $limit
CALL (first, second, product) {
  MATCH (product)<-[:`INTERACTED`]-(customer:`Customer`)
  WITH DISTINCT first, second, product, customer
  ORDER BY customer.`id`
  LIMIT $maxCustomers
  RETURN count(customer) AS customers, count(CASE WHEN
    EXISTS { MATCH (customer)-[:`INTERACTED`]->(other:`Product`) WHERE other <> product AND EXISTS { (other)-[:`HAS`]->(first) } } AND
    EXISTS { MATCH (customer)-[:`INTERACTED`]->(other:`Product`) WHERE other <> product AND EXISTS { (other)-[:`HAS`]->(second) } }
  THEN 1 END) AS customersOfBoth
}
RETURN product.`id` AS productId, score, cosineFirst, cosineSecond, customers, customersOfBoth
ORDER BY score DESC, productId
