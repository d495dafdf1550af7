/**
 * One file of one import, whatever it came from: what it is, how its rows are read, and what becomes of
 * them. Mappings and presets are turned into steps; import.ts runs them without knowing which is which.
 */

import type { Session } from './database.ts';
import { applyEdges, checkEdgeMapping, toEdgePlan } from './edges-plan.ts';
import { applyEntities, checkEntityMapping, type EntityTable, toEntityPlan } from './entity-plan.ts';
import type { FileFormat } from './file-probe.ts';
import {
  applyInteractions,
  checkInteractionMapping,
  type InteractionPlan,
  toInteractionPlan,
} from './interactions-plan.ts';
import type { SourceFile } from './reader.ts';
import type { Rule } from './rules.ts';
import type { FieldList, StagePlan } from './stage.ts';
import type { EdgeMapping, EntityMapping, FileReport, InteractionMapping } from './types.ts';

export interface Step {
  readonly kind: FileReport['kind'];
  readonly path: string;
  /** Instead of by the name of the file. */
  readonly format?: FileFormat;
  /** Kept with the import, as JSON: the same file with another mapping is worth a warning. */
  readonly mapping: unknown;
  /** @throws ShelfwalkError IMPORT_MAPPING_INVALID */
  plan(file: SourceFile): StagePlan;
  /** Moves the good rows of `staged` to the catalog. @returns warnings */
  apply(session: Session, importId: number): Promise<string[]>;
  /** Read only to make sense of these; left out if all of them are. */
  readonly lookupFor?: readonly Step[];
}

interface FileAt {
  readonly path: string;
  readonly format?: FileFormat;
}

/** @throws ShelfwalkError IMPORT_MAPPING_INVALID */
export function toInteractionStep(
  { path, format, replace }: FileAt & { readonly replace?: boolean },
  mapping: InteractionMapping,
): Step {
  checkInteractionMapping(path, mapping);
  return toPlannedStep({ path, format, mapping, plan: () => ({ ...toInteractionPlan(mapping), replace }) });
}

export function toPlannedStep(
  given: FileAt & { readonly mapping: unknown; plan(file: SourceFile): InteractionPlan },
): Step {
  let plan: InteractionPlan | undefined;
  return {
    kind: 'interactions',
    path: given.path,
    format: given.format,
    mapping: given.mapping,
    plan(file) {
      plan = given.plan(file);
      return plan;
    },
    apply: (session, importId) => applyInteractions(session, plan!, importId),
  };
}

/** @throws ShelfwalkError IMPORT_MAPPING_INVALID */
export function toEdgeStep({ path, format }: FileAt, mapping: EdgeMapping): Step {
  checkEdgeMapping(path, mapping);
  return {
    kind: 'edges',
    path,
    format,
    mapping,
    plan: (file) => toEdgePlan(mapping, file.format),
    apply: (session, importId) => applyEdges(session, { mapping, importId }),
  };
}

interface EntitySource extends FileAt {
  readonly table: EntityTable;
  /** Depends on the columns where a preset knows optional ones. */
  mapping(columns: readonly string[]): EntityMapping;
  /** What is kept with the import. */
  readonly note: unknown;
  extraRules?(list: FieldList): Rule[];
}

export function toEntityStep({ path, format, table, mapping, note, extraRules }: EntitySource): Step {
  let decided: EntityMapping | undefined;
  return {
    kind: table,
    path,
    format,
    mapping: note,
    plan(file) {
      decided = mapping(file.columns);
      checkEntityMapping(path, decided);
      return toEntityPlan(decided, extraRules);
    },
    apply: (session) => applyEntities(session, { file: path, table, mapping: decided! }),
  };
}
