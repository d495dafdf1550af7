/** shelfwalk embed: an edge list on disk into vectors on disk, without a data directory. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  type EmbedOptions,
  type EmbedResult,
  embedFile,
  embedSettingsSchema,
} from '../../pipeline/embed-file.ts';
import { edgeMapping } from '../../pipeline/operations/import.operation.ts';
import { addCommand } from '../command.ts';
import { addEdgeTypeFlags, readEdgeTypes } from '../edge-types.ts';
import { readSettings, toSettings } from '../flag.ts';
import { EDGE_NAMES, withColumnHint } from '../missing-columns.ts';
import { withProgress } from '../progress.ts';
import { toEmbedText } from '../render-embed.ts';
import { addRunFlags, type RunSection, readRunConfig } from '../run-flags.ts';
import type { Cli } from '../task.ts';

const SECTIONS: readonly RunSection[] = ['walk', 'train', 'spectral'];
const columns = toSettings(edgeMapping, ['from', 'to', 'weight', 'directed']);
const settings = toSettings(embedSettingsSchema, ['inputFormat', 'header', 'format', 'keys', 'force']);

export function addEmbedCommand(program: Command, cli: Cli): void {
  const command = addCommand(program, cli, {
    usage: 'embed <edges>',
    purpose: 'Vectors of an edge list, file to file: nothing is imported, published or kept',
    example: 'shelfwalk embed graph.edg --out graph.vec -p 0.5 -q 2 --seed 7 --threads 1',
    settings: [...columns, ...settings],
    async action(task, given) {
      const { args, flags } = given;
      const { io, global } = task;
      const run = await readRunConfig({ sections: SECTIONS, flags, file: global.config, cwd: io.cwd });
      const mapping = { ...readSettings(columns, flags), ...readEdgeTypes(flags) };
      const options = { ...readSettings(settings, flags), mapping, run } as EmbedOptions;
      const out = resolve(io.cwd, (flags as { out: string }).out);
      const embed = (): Promise<EmbedResult> =>
        withProgress(io, global.quiet ?? false, (onProgress) =>
          embedFile(resolve(io.cwd, args[0]!), out, { ...options, signal: io.signal, onProgress }),
        );
      const result = await withColumnHint(task, given, { columns, evident: EDGE_NAMES }, embed);
      for (const warning of result.warnings) task.note(`note: ${warning}`);
      task.print(result, toEmbedText);
    },
  });
  command.requiredOption('--out <file>', 'where the vectors go');
  addEdgeTypeFlags(command);
  addRunFlags(command, SECTIONS);
}
