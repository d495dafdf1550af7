/**
 * A long training that is watched, and stopped when it has run for long enough.
 *
 *     node examples/progress-and-abort.mjs
 */
import { UndirectedGraph } from 'graphology';
import { isShelfwalkError, trainOnGraph } from 'shelfwalk';

const graph = new UndirectedGraph();
for (let i = 0; i < 500; i++) graph.addNode(`n${i}`);
for (let i = 0; i < 500; i++) {
  for (const step of [1, 7, 50]) graph.mergeEdge(`n${i}`, `n${(i + step) % 500}`);
}

const controller = new AbortController();
let last = 0;
try {
  await trainOnGraph(
    graph,
    { walk: { walksPerNode: 1000, walkLength: 100 } },
    {
      signal: controller.signal,
      onProgress({ stage, done, total = 0, unit }) {
        if (done === last) return;
        last = done;
        console.log(`${stage}: ${done} of ${total} ${unit}`);
        if (done < total) controller.abort(new Error('long enough'));
      },
    },
  );
} catch (error) {
  if (!isShelfwalkError(error, 'ABORTED')) throw error;
  console.log(`stopped: ${error.cause.message}`);
}
