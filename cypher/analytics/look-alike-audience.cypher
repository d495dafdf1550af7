// Customers most like a list of seed customers: by cosine with the mean of the seeds' unit vectors.
//
// start: given nodes
// param customerIds: embedded customers 1..1000 — the seeds; they are not in the answer
// param limit: integer 1..10000 = 100 — at most this many rows
// column customerId: string — nearest first
// column cosine: number — with the mean of the seeds, -1 to 1
MATCH (seed:`Customer`)
WHERE seed.`id` IN $customerIds AND seed[$vectorProperty] IS NOT NULL
WITH seed[$vectorProperty] AS vector
WITH vector, sqrt(reduce(sum = 0.0, x IN vector | sum + x * x)) AS norm
WITH collect([x IN vector | x / norm]) AS units
WITH [i IN range(0, $dimension - 1) | reduce(sum = 0.0, unit IN units | sum + unit[i])] AS centre, size(units) AS seeds
CALL db.index.vector.queryNodes($customerIndex, 2 * $limit + seeds + 10, centre) YIELD node AS found
WHERE found:`Customer` AND NOT found.`id` IN $customerIds
RETURN found.`id` AS customerId, 2 * vector.similarity.cosine(centre, found[$vectorProperty]) - 1 AS cosine
ORDER BY cosine DESC, customerId
LIMIT $limit
