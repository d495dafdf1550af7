/**
 * Says which memories a trained model keeps alive: every one that is made is remembered weakly, and what
 * the collector does not take is held by something. Run with --expose-gc by train-graph.test.ts.
 */
import { UndirectedGraph } from 'graphology';

const memories = [];
const { Memory } = WebAssembly;
WebAssembly.Memory = function remember(descriptor) {
  const memory = new Memory(descriptor);
  memories.push(new WeakRef(memory.buffer));
  return memory;
};
const { trainOnGraph } = await import('../../dist/pipeline/train-graph.js');
const graph = new UndirectedGraph();
for (const key of ['a', 'b', 'c']) graph.addNode(key);
graph.addEdge('a', 'b');
graph.addEdge('b', 'c');
const model = await trainOnGraph(graph, JSON.parse(process.argv[2]));
const countLeft = () => memories.filter((memory) => memory.deref()).length;
for (let i = 0; i < 50 && countLeft() > 0; i++) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  globalThis.gc();
}
console.log(JSON.stringify({ made: memories.length, left: countLeft(), cells: model.vectors.data.length }));
