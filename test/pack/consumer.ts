/** A stranger's program against the packed types; compiled under strict, with everything exported in use. */
import {
  asGraphologyView,
  estimate,
  evaluate,
  fromGraphology,
  type GraphNeighbor,
  type ImportSource,
  importFiles,
  isShelfwalkError,
  type LiveModel,
  type Match,
  type Matrix,
  type NodeRef,
  openModel,
  openWorkspace,
  type Progress,
  type ProjectionReport,
  parseNodeKey,
  projectGraph,
  type RollUpResult,
  type RunConfigInput,
  type RunningServer,
  readSnapshot,
  rollUp,
  runConfigSchema,
  type ShelfwalkError,
  type Snapshot,
  serve,
  type TrainedGraph,
  toGraphology,
  train,
  trainOnGraph,
  type Workspace,
} from 'shelfwalk';

const onProgress = ({ stage, done, total }: Progress): void => console.log(stage.length, done, total ?? 0);
const signal: AbortSignal = new AbortController().signal;
const run: RunConfigInput = { train: { embeddingDimension: 64 }, walk: { startTypes: ['product'] } };

export async function useDirectory(dir: string, sources: readonly ImportSource[]): Promise<Match[]> {
  const workspace: Workspace = await openWorkspace(dir);
  const { files, catalog } = await importFiles(workspace, sources, { dryRun: true, signal, onProgress });
  const { requiredMemory } = await estimate(workspace, run);
  const { protocols } = await evaluate(workspace, { run, signal, onProgress });
  const { version, evaluation } = await train(workspace, { run, alias: 'next', keep: 3, signal, onProgress });
  const made: ProjectionReport = await projectGraph(workspace, { within: 'basket', minScore: 2, signal });
  const means: RollUpResult = await rollUp(workspace, { of: 'next', settings: { recency: 0.6 }, onProgress });
  console.log(made.edges, means.nodes.customer.averaged);
  const model: LiveModel = await openModel(workspace, { alias: 'next' });
  const server: RunningServer = await serve(workspace, { port: 0, logLevel: 'silent' }, { signal });
  const ref: NodeRef = parseNodeKey('product:SKU-1');
  const { results } = await model.neighbors(ref, { limit: 5, targetType: 'customer' });
  console.log(files.length, catalog.products, requiredMemory, protocols, version, evaluation, server.url);
  return results;
}

export async function useGraph(workspace: Workspace): Promise<GraphNeighbor[]> {
  const { snapshot, names } = await readSnapshot(workspace, { graph: { attributes: false }, signal });
  const view = asGraphologyView(snapshot, { names });
  const copy = toGraphology(snapshot, { around: { type: 'product', id: '1' }, depth: 2 });
  const weight: number = copy.getEdgeAttribute(copy.edges()[0], 'weight');
  const again: Snapshot = fromGraphology(view, { weight: 'weight', selfLoops: 'drop' });
  const model: TrainedGraph = await trainOnGraph(again, { walk: { walkLength: 8 } }, { signal, onProgress });
  const matrix: Matrix<ArrayBuffer> = model.vectors;
  const vector: Float32Array = model.vector('product:1');
  console.log(weight, matrix.rows, vector.length, runConfigSchema.parse({}).train.windowSize);
  return model.neighbors({ type: 'product', id: '1' });
}

export const toStatus = (error: unknown): number => {
  if (!isShelfwalkError(error, 'NODE_UNKNOWN')) return 500;
  const known: ShelfwalkError<'NODE_UNKNOWN'> = error;
  return known.status;
};

// @ts-expect-error a setting that does not exist
export const wrong: RunConfigInput = { train: { dimensions: 64 } };
