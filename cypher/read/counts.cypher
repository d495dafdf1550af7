// How much there is, from the counts that the server keeps.
// Columns: customers, products, attributes, interactions, attributeEdges, edges (integer).
RETURN COUNT { (c:`Customer`) } AS customers, COUNT { (p:`Product`) } AS products, COUNT { (a:`Attribute`) } AS attributes,
  COUNT { ()-[i:`INTERACTED`]->() } AS interactions, COUNT { ()-[h:`HAS`]->() } AS attributeEdges,
  COUNT { ()-[l:`LINKED`]->() } AS edges
