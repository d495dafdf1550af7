/** shelfwalk serve: the HTTP service in the foreground. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadServerConfig, serverSettings } from '../../pipeline/server-config.ts';
import { addCommand } from '../command.ts';
import { type Setting, toKebab, toSettingSchema } from '../flag.ts';
import type { Cli } from '../task.ts';

/** Keys are read from the file or the environment only: arguments are there for every user of the machine to see. */
const settings: readonly Setting[] = serverSettings
  .filter(({ path }) => path !== 'apiKeys')
  .map(({ path, schema }) => {
    const group = path.startsWith('limits.') ? 'Limits:' : 'Server:';
    return { path, flag: `--${toKebab(path)}`, group, schema: toSettingSchema(schema) };
  });

export function addServeCommand(program: Command, cli: Cli): void {
  addCommand(program, cli, {
    usage: 'serve',
    purpose: 'Answer over HTTP: neighbours, recommendations, search by name',
    example: 'shelfwalk serve --port 8080 --config server.json',
    settings,
    async action(task, { values }) {
      // Loaded only now: no other command needs the HTTP stack.
      const { serveUntilStopped, withWorkspace } = await import('../serving.ts');
      const { io, global } = task;
      const file = global.config === undefined ? undefined : resolve(io.cwd, global.config);
      const config = await loadServerConfig({ file, environment: io.environment, flags: values });
      await withWorkspace(task.dataDir, (workspace) =>
        serveUntilStopped(workspace, task, {
          config,
          announce: ({ url, live }) => {
            const facts = {
              url,
              pid: process.pid,
              dataDir: task.dataDir,
              alias: config.alias,
              version: live.info()?.version,
            };
            const model = facts.version
              ? `version ${facts.version}`
              : 'no model yet (train one: shelfwalk train)';
            task.print(facts, () => `serving ${model} at ${url}; ${url}/docs documents the API\n`);
          },
        }),
      );
    },
  });
}
