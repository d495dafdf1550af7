/** shelfwalk import edges: a graph that is one already, as lines of from, to and weight. */
import type { Command } from 'commander';
import { edgeMapping, type ImportSource } from '../../pipeline/operations/import.operation.ts';
import { addCommand } from '../command.ts';
import { addEdgeTypeFlags, readEdgeTypes } from '../edge-types.ts';
import { readSettings, toSettings } from '../flag.ts';
import { addAppendFlag, importSettings, runImport } from '../import-task.ts';
import { EDGE_NAMES, withColumnHint } from '../missing-columns.ts';
import type { Cli } from '../task.ts';

const columns = toSettings(edgeMapping, 'from to weight timestamp directed'.split(' '));

export function addImportEdgesCommand(parent: Command, cli: Cli): void {
  const command = addCommand(parent, cli, {
    usage: 'edges <files...>',
    purpose: 'Edges of a graph: from, to, weight; also edge lists without a header (.edgelist)',
    example:
      'shelfwalk import edges transfers.csv --from payer --to payee --weight amount --from-type customer --to-type customer --directed',
    settings: [...columns, ...importSettings],
    async action(task, given) {
      const mapping = { ...readSettings(columns, given.flags), ...readEdgeTypes(given.flags) };
      // What was not said is left out here and filled in by the operation.
      const toSource = (path: string) => ({ kind: 'edges', path, mapping }) as unknown as ImportSource;
      const wanted = { columns, evident: EDGE_NAMES };
      await withColumnHint(task, given, wanted, () => runImport(task, given, toSource));
    },
  });
  addEdgeTypeFlags(command);
  addAppendFlag(command);
}
