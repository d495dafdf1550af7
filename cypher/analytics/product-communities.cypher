// Communities of products by five rounds of label propagation over their nearest neighbours. A bounded stand-in
// for a real community algorithm, which Community edition has none of: all labels change at once in each round,
// it need not have settled after five, and only the `products` most bought take part.
//
// start: whole graph
// bound: one pass over the products by their number of interactions; the `products` with the most take part, with `neighbors` edges each
// param products: integer 2..2000 = 300 — so many products take part
// param neighbors: integer 1..50 = 10 — each is tied to so many nearest among those found by the vector index, by cosine
// param minCosine: number 0..1 = 0 — only to neighbours above this cosine
// column community: string — id of the product that gave the community its label
// column size: integer — products in it; largest first
// column products: strings — their ids, most interactions first, 20 at most
MATCH (product:`Product`)
WHERE product[$vectorProperty] IS NOT NULL
WITH product, COUNT { (product)<-[:`INTERACTED`]-() } AS interactions
ORDER BY interactions DESC, product.`id`
LIMIT $products
WITH collect(product) AS members
CALL (members) {
  // Edges as [place, place of the neighbour, cosine], and to itself with 1: a product weighs as much as its twin would.
  UNWIND range(0, size(members) - 1) AS i
  WITH i, members[i] AS product
  CALL (i, product, members) {
    CALL db.index.vector.queryNodes($productIndex, 2 * $neighbors + 10, product[$vectorProperty]) YIELD node
    WITH i, product, members, node, 2 * vector.similarity.cosine(product[$vectorProperty], node[$vectorProperty]) - 1 AS cosine
    WHERE node:`Product` AND node <> product AND cosine > $minCosine
    ORDER BY cosine DESC, node.`id`
    LIMIT $neighbors
    WITH i, node, cosine, [j IN range(0, size(members) - 1) WHERE members[j] = node] AS places
    WHERE size(places) = 1
    RETURN collect([i, places[0], cosine]) AS ties
  }
  UNWIND ties + [[i, i, 1.0]] AS edge
  RETURN collect(edge) AS edges
}
// A round: each product takes the label with the greatest sum of cosines around it, of equal ones the lowest.
CALL (members, edges) {
  UNWIND edges AS edge
  WITH edge[0] AS i, edge[1] AS label, sum(edge[2]) AS weight ORDER BY i, weight DESC, label
  WITH i, collect(label)[0] AS label ORDER BY i
  RETURN collect(label) AS labels1
}
CALL (edges, labels1) {
  UNWIND edges AS edge
  WITH edge[0] AS i, labels1[edge[1]] AS label, sum(edge[2]) AS weight ORDER BY i, weight DESC, label
  WITH i, collect(label)[0] AS label ORDER BY i
  RETURN collect(label) AS labels2
}
CALL (edges, labels2) {
  UNWIND edges AS edge
  WITH edge[0] AS i, labels2[edge[1]] AS label, sum(edge[2]) AS weight ORDER BY i, weight DESC, label
  WITH i, collect(label)[0] AS label ORDER BY i
  RETURN collect(label) AS labels3
}
CALL (edges, labels3) {
  UNWIND edges AS edge
  WITH edge[0] AS i, labels3[edge[1]] AS label, sum(edge[2]) AS weight ORDER BY i, weight DESC, label
  WITH i, collect(label)[0] AS label ORDER BY i
  RETURN collect(label) AS labels4
}
CALL (edges, labels4) {
  UNWIND edges AS edge
  WITH edge[0] AS i, labels4[edge[1]] AS label, sum(edge[2]) AS weight ORDER BY i, weight DESC, label
  WITH i, collect(label)[0] AS label ORDER BY i
  RETURN collect(label) AS labels5
}
CALL (members, labels5) {
  UNWIND range(0, size(members) - 1) AS i
  WITH members, labels5[i] AS label, i
  WITH members[label] AS leader, members[i] AS member, i
  WHERE leader:`Product` AND member:`Product`
  WITH leader.`id` AS community, member, i ORDER BY i
  WITH community, collect(member.`id`) AS ids
  RETURN community, size(ids) AS size, ids[..20] AS products
}
RETURN community, size, products
ORDER BY size DESC, community
