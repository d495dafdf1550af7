/** shelfwalk refresh: what has changed since the served version was trained, and a version that knows it. */
import type { Command } from 'commander';
import { refreshInput } from '../../pipeline/operations/refresh.operation.ts';
import { gateConfigSchema } from '../../pipeline/refresh-config.ts';
import type { RefreshResult } from '../../pipeline/refresh-types.ts';
import { addCommand } from '../command.ts';
import { toSettings } from '../flag.ts';
import { addNeo4jFlags, readSource } from '../neo4j-flags.ts';
import { toRefreshText } from '../render-refresh.ts';
import type { Cli } from '../task.ts';

const GATE = Object.keys(gateConfigSchema.shape);

export function addRefreshCommand(program: Command, cli: Cli): void {
  const gate = toSettings(gateConfigSchema, GATE).map((setting) => ({
    ...setting,
    flag: setting.flag.replace('--', '--gate-'),
    group: 'Gate:',
  }));
  const names = Object.keys(refreshInput.shape).filter((name) => name !== 'source' && name !== 'gate');
  const command = addCommand(program, cli, {
    usage: 'refresh',
    purpose: 'Walk again from what has changed since the served version was trained, and publish the result',
    example: 'shelfwalk refresh --dry-run',
    settings: [...toSettings(refreshInput, names), ...gate],
    async action(task, { flags, values }) {
      const ofGate = Object.entries(values).filter(([name]) => GATE.includes(name));
      const others = Object.entries(values).filter(([name]) => !GATE.includes(name));
      const input = { ...Object.fromEntries(others), gate: Object.fromEntries(ofGate) };
      const source = await readSource(task, flags);
      task.print(await task.run<RefreshResult>('refresh', { ...input, ...source }), toRefreshText);
    },
  });
  addNeo4jFlags(command, '--source');
}
