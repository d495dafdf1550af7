/** Entry of a training thread: claims chunks until there are none, reports, waits. No logic of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { instantiateKernel } from '../kernel/load.ts';
import { runChunk } from './chunk.ts';
import { configureTraining } from './configure.ts';
import { CONTROL, type FromWorker, PROTOCOL, type ToWorker, type WorkerInit } from './protocol.ts';

const { protocol, module, memory, layout, worker, control } = workerData as WorkerInit;
const post = (message: FromWorker): void => parentPort!.postMessage(message);

if (protocol !== PROTOCOL)
  throw new Error(`worker speaks protocol ${PROTOCOL}, the trainer ${protocol}: rebuild`);
const kernel = instantiateKernel(module, memory);
configureTraining(kernel, layout, worker);

parentPort!.on('message', (message: ToWorker) => {
  try {
    kernel.resetTotals();
    const tokensBefore = kernel.totalTokens();
    while (Atomics.load(control, CONTROL.cancelled) === 0) {
      const chunk = Atomics.add(control, CONTROL.nextChunk, 1);
      if (chunk >= message.end) break;
      runChunk(kernel, layout, worker, message.phase, chunk);
      Atomics.add(control, CONTROL.chunksDone, 1);
    }
    const totals = {
      tokens: kernel.totalTokens() - tokensBefore,
      pairs: kernel.totalPairs(),
      lossSum: kernel.totalLoss(),
      lossPairs: kernel.totalLossPairs(),
    };
    post({ type: 'done', totals });
  } catch (error) {
    post({
      type: 'failed',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
});
post({ type: 'ready' });
