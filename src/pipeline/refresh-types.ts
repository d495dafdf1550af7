/** What a refresh finds, decides and publishes. Public: what is declared here must not lead to the kernel. */
import type { Interval } from '../analyze/bootstrap.ts';
import type { Split } from '../graph/types.ts';
import type { DriftReport } from '../refresh/drift.ts';
import type { Residual } from '../refresh/rotation.ts';
import type { TrainFacts } from './train-version.ts';

export interface ChosenMode {
  readonly mode: 'none' | 'local' | 'full';
  readonly reason: string;
}

/** What has changed, and what is to be done about it; `LocalPlanFacts` only unless the mode is full. */
export interface RefreshPlanFacts extends Partial<LocalPlanFacts> {
  /** Share of all steps that would go elsewhere than when the parent was trained. */
  readonly radius: number;
  readonly nodes: number;
  /** Nodes that the parent does not have, and nodes of the parent that are not there any more. */
  readonly newNodes: number;
  readonly goneNodes: number;
  /** Nodes in all of the walks. */
  readonly steps: number;
  /** Of a training of everything. */
  readonly fullSteps: number;
  /** Rough: at the pace of the parent's training. Absent where that is not known. */
  readonly computeMillis?: number;
  /** The instant ages are measured from, where age matters. */
  readonly asOf?: string;
}

export interface LocalPlanFacts {
  /** Rows that may move, by why: new, changed by at least minChange, next to one of those. */
  readonly moving: { readonly new: number; readonly changed: number; readonly neighbors: number };
  /** Changed, and left for the next refresh: the budget was used up. */
  readonly leftOut: number;
  readonly frozen: number;
  readonly walks: number;
  /** Walks besides, from frozen nodes, for the negatives of those that move. */
  readonly pushWalks: number;
}

export interface GateRival {
  readonly name: string;
  readonly recall: number;
  /** Of Recall@k, candidate minus rival, over the same customers. */
  readonly difference: Interval;
  readonly isWorse: boolean;
}

export interface GateMeasured {
  readonly k: number;
  readonly customers: number;
  readonly split: Split;
  readonly scorer: string;
  readonly recall: number;
  readonly margin: number;
  readonly rivals: readonly GateRival[];
  readonly passed: boolean;
}

/** A gate without figures says why there are none, and lets pass. */
export type GateReport = GateMeasured | { readonly notMeasured: string };

export interface AlignmentReport {
  /** Nodes that both versions have vectors of; the rotation is found on at most 16,384 of each type, spread evenly. */
  readonly shared: number;
  /** Share of what rows differ by among themselves that is left after turning; absent where nothing is shared. */
  readonly residual?: Residual;
  readonly maxResidual: number;
  /** The version is in the parent's space. */
  readonly sameSpace: boolean;
}

export interface RefreshResult extends ChosenMode {
  readonly alias: string;
  readonly parent: string;
  /** Absent where there is no graph to compare with. */
  readonly plan?: RefreshPlanFacts;
  /** Absent where nothing was published: a dry run, or nothing to do. */
  readonly published?: PublishedRefresh;
}

export interface PublishedRefresh {
  readonly version: string;
  readonly previous?: string;
  readonly spaceId: string;
  readonly deleted: readonly string[];
  readonly training: TrainFacts;
  readonly gate: GateReport;
  readonly drift: DriftReport;
  /** Of a full refresh. */
  readonly alignment?: AlignmentReport;
}
