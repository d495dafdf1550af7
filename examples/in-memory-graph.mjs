/**
 * A graphology graph → vectors and neighbours under the graph's own keys, without a data directory.
 *
 *     node examples/in-memory-graph.mjs
 */
import { UndirectedGraph } from 'graphology';
import { trainOnGraph } from 'shelfwalk';

// Two circles of friends, joined by one acquaintance.
const graph = new UndirectedGraph();
const circles = ['Ada Ben Cem Dia Eva Fay', 'Gil Hal Ida Jon Kim Lea'].map((names) => names.split(' '));
for (const circle of circles) {
  for (const name of circle) graph.addNode(name);
  for (const [i, a] of circle.entries()) {
    for (const b of circle.slice(i + 1)) graph.addEdge(a, b, { weight: 2 });
  }
}
graph.addEdge('Fay', 'Gil', { weight: 1 });

const model = await trainOnGraph(graph, {
  walk: { walkLength: 20, walksPerNode: 50 },
  train: { embeddingDimension: 16, concurrency: 1 },
});
const { walks, lossPerPair } = model.training;
console.log(
  `${walks} walks, loss ${lossPerPair.toFixed(2)} a pair, ${model.vector('Ada').length} dimensions`,
);

for (const name of ['Ada', 'Lea']) {
  const near = await model.neighbors(name, { limit: 5 });
  console.log(`${name}: ${near.map(({ key }) => key).join(' ')}`);
}
for (const key of model.keys) graph.setNodeAttribute(key, 'vector', Array.from(model.vector(key)));
await model.close();
