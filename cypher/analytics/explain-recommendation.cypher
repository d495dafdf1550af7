// Why a product suits a customer: the likeliest walks of the graph from the one to the other.
//
// start: given nodes
// param customerId: customer — who it is recommended to
// param productId: product — what is recommended
// param limit: integer 1..1000 = 10 — at most this many rows
// column through: string — customers: by another customer of a product of theirs · attributes: by an attribute of such a product
// column path: strings — the nodes from customer to product, each as type:id
// column probability: number — of a first-order walk of three steps taking this path, interactions by weight, attributes alike; highest first
// column cosine: number — of the vectors of the customer's product and the product recommended, -1 to 1; null where one has none
MATCH (customer:`Customer` {`id`: $customerId})
MATCH (product:`Product` {`id`: $productId})
// The first step: the customer's own products, each with its share of the customer's weight.
CALL (customer, product) {
  MATCH (customer)-[own:`INTERACTED`]->(via:`Product`)
  WITH product, via, sum(own.`weight`) AS weight
  WITH product, collect({via: via, weight: weight}) AS all
  WITH product, all, reduce(sum = 0.0, one IN all | sum + one.weight) AS total
  UNWIND all AS one
  WITH product, one.via AS via, one.weight / total AS share
  WHERE via <> product
  CALL (via) {
    MATCH (via)<-[step:`INTERACTED`]-(:`Customer`)
    RETURN sum(step.`weight`) AS weight
  }
  RETURN collect(via) AS vias, collect({via: via, share: share, weight: weight}) AS firsts
}
CALL (customer, product, vias, firsts) {
  MATCH (product)<-[last:`INTERACTED`]-(other:`Customer`)
  WHERE other <> customer
  WITH vias, firsts, other, sum(last.`weight`) AS lastWeight
  MATCH (other)-[step:`INTERACTED`]->(theirs:`Product`)
  WITH firsts, other, lastWeight, sum(step.`weight`) AS total,
       collect(CASE WHEN theirs IN vias THEN {via: theirs, weight: step.`weight`} END) AS steps
  UNWIND steps AS step
  WITH firsts, other, lastWeight, total, step.via AS via, sum(step.weight) AS weight
  WITH other, via, [first IN firsts WHERE first.via = via][0] AS first, weight, lastWeight, total
  RETURN 'customers' AS through, via, 'customer:' + other.`id` AS between,
         first.share * weight / first.weight * lastWeight / total AS probability
  UNION ALL
  UNWIND firsts AS first
  WITH product, first, first.via AS via
  MATCH (via)-[:`HAS`]->(attribute:`Attribute`)<-[:`HAS`]-(product)
  RETURN 'attributes' AS through, via, 'attribute:' + attribute.`kind` + '/' + attribute.`value` AS between,
         first.share / COUNT { (via)-[:`HAS`]->(:`Attribute`) } / COUNT { (:`Product`)-[:`HAS`]->(attribute) } AS probability
}
WITH product, through, via, between, probability
WHERE via:`Product`
ORDER BY probability DESC, 'product:' + via.`id`, between
LIMIT $limit
RETURN through, ['customer:' + $customerId, 'product:' + via.`id`, between, 'product:' + $productId] AS path, probability,
       2 * vector.similarity.cosine(via[$vectorProperty], product[$vectorProperty]) - 1 AS cosine
ORDER BY probability DESC, path[1], path[2]
