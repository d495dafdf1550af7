/** shelfwalk demo: a simulated shop, from nothing to answers over HTTP. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { prepareDemo } from '../../pipeline/demo.ts';
import { loadServerConfig, serverConfigSchema } from '../../pipeline/server-config.ts';
import { addCommand } from '../command.ts';
import { toSettings } from '../flag.ts';
import { withProgress } from '../progress.ts';
import { toDemoFacts, toDemoText } from '../render-demo.ts';
import { type Cli, type Task, toDataDir } from '../task.ts';

export function addDemoCommand(program: Command, cli: Cli): void {
  addCommand(program, cli, {
    usage: 'demo',
    purpose: 'Make a simulated shop, train on it, serve it; a second start reuses what is there',
    example: 'shelfwalk demo --port 8080',
    settings: toSettings(serverConfigSchema, ['port']),
    async action(task, { values, flags }) {
      // Loaded only now: no other command needs the HTTP stack.
      const { refuseBusyPort, serveUntilStopped, withWorkspace } = await import('../serving.ts');
      // The environment is left out: with keys in it, the lines printed below would not work.
      const config = await loadServerConfig({ environment: {}, flags: { ...values, logLevel: 'warn' } });
      const isServed = flags['serve'] !== false;
      await withWorkspace(toDemoDir(task), async (workspace) => {
        if (isServed) await refuseBusyPort(config);
        const demo = await withProgress(task.io, task.global.quiet ?? false, (onProgress) =>
          prepareDemo(workspace, {
            operations: task.operations,
            alias: config.alias,
            note: task.note,
            context: { signal: task.io.signal, onProgress },
          }),
        );
        const announce = (url?: string) => task.print(toDemoFacts(demo, url), () => toDemoText(demo, url));
        if (!isServed) return announce();
        await serveUntilStopped(workspace, task, { config, announce: ({ url }) => announce(url) });
      });
    },
  }).option('--no-serve', 'prepare everything, then end');
}

/** Where one was named, that one; otherwise beside the data of your own, never among them. */
const toDemoDir = ({ global, io }: Task): string =>
  global.dataDir === undefined ? join(toDataDir(global, io), 'demo') : toDataDir(global, io);
