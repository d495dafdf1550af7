/** Every use case by name: the command line runs them, and a server runs them for a command line elsewhere. */
import type { Operation } from './operation.ts';
import { evaluateOperation } from './operations/evaluate.operation.ts';
import {
  graphLintOperation,
  graphProjectOperation,
  graphStatsOperation,
} from './operations/graph.operation.ts';
import { importOperation } from './operations/import.operation.ts';
import {
  modelsDeleteOperation,
  modelsListOperation,
  modelsPromoteOperation,
  modelsPruneOperation,
  modelsRollbackOperation,
  modelsShowOperation,
} from './operations/models.operation.ts';
import { neighborsOperation } from './operations/neighbors.operation.ts';
import { neo4jLoadOperation } from './operations/neo4j.operation.ts';
import { neo4jWriteOperation } from './operations/neo4j-vectors.operation.ts';
import { refreshOperation } from './operations/refresh.operation.ts';
import { rollUpOperation } from './operations/rollup.operation.ts';
import { estimateOperation, trainOperation } from './operations/train.operation.ts';
import { tuneOperation } from './operations/tune.operation.ts';
import { exportOperation, importVectorsOperation } from './operations/vectors.operation.ts';

export const OPERATIONS = [
  importOperation,
  graphStatsOperation,
  graphLintOperation,
  graphProjectOperation,
  estimateOperation,
  trainOperation,
  evaluateOperation,
  tuneOperation,
  refreshOperation,
  neighborsOperation,
  rollUpOperation,
  modelsListOperation,
  modelsShowOperation,
  modelsPromoteOperation,
  modelsRollbackOperation,
  modelsDeleteOperation,
  modelsPruneOperation,
  importVectorsOperation,
  exportOperation,
  neo4jLoadOperation,
  neo4jWriteOperation,
] as readonly Operation[]; // each checks its own input against its own schema before it runs
