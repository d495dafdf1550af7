// Products nearest to one product by cosine of vectors, filtered by what the graph knows.
//
// start: given nodes
// param productId: embedded product — the product asked about
// param limit: integer 1..1000 = 10 — at most this many rows
// param candidates: integer 1..10000 = 200 — the filters choose among this many nearest products; what is farther is not found
// param onlyInStock: boolean = false — only products whose property inStock is true
// param notBoughtBy: customer = none — leaves out products this customer has interacted with
// param brand: any | same | different = any — of the product found, beside that of the product asked about
// param brandKind: string = brand — the kind of attribute that says the brand
// column productId: string — nearest first
// column cosine: number — of the two vectors, -1 to 1
MATCH (asked:`Product` {`id`: $productId})
CALL db.index.vector.queryNodes($productIndex, $candidates + 1, asked[$vectorProperty]) YIELD node AS found
WHERE found:`Product` AND found <> asked
  AND (NOT $onlyInStock OR found.`inStock` = true)
  AND ($notBoughtBy IS NULL OR NOT EXISTS { (:`Customer` {`id`: $notBoughtBy})-[:`INTERACTED`]->(found) })
  AND ($brand <> 'same' OR EXISTS { (asked)-[:`HAS`]->(:`Attribute` {`kind`: $brandKind})<-[:`HAS`]-(found) })
  AND ($brand <> 'different' OR NOT EXISTS { (asked)-[:`HAS`]->(:`Attribute` {`kind`: $brandKind})<-[:`HAS`]-(found) })
RETURN found.`id` AS productId,
       2 * vector.similarity.cosine(asked[$vectorProperty], found[$vectorProperty]) - 1 AS cosine
ORDER BY cosine DESC, productId
LIMIT $limit
