/** How a command is declared: usage, one line of purpose, a worked example, its settings, and what it does. */
import type { Command } from 'commander';
import { readSettings, type Setting, toOptions } from './flag.ts';
import { type Cli, openTask, type Task } from './task.ts';

export interface CommandFacts {
  /** `neighbors <type> <id>` */
  readonly usage: string;
  readonly purpose: string;
  readonly example: string;
  readonly settings?: readonly Setting[];
}

export interface Given {
  readonly args: readonly string[];
  /** Of `settings`, those that were said. */
  readonly values: Readonly<Record<string, unknown>>;
  /** All options, as commander hands them over. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Adds a command to `parent` and returns it, for options of its own. */
export function addCommand(
  parent: Command,
  cli: Cli,
  {
    usage,
    purpose,
    example,
    settings = [],
    action,
  }: CommandFacts & { action: (task: Task, given: Given) => Promise<void> },
): Command {
  const command = parent.command(usage).description(purpose);
  for (const setting of settings) for (const option of toOptions(setting)) command.addOption(option);
  return command.addHelpText('after', `\nExample:\n  ${example}\n`).action(async (...passed) => {
    const invoked = passed.at(-1) as Command;
    const flags = invoked.opts();
    // A variadic argument arrives as one array.
    const args = (invoked.processedArgs as (string | string[] | undefined)[])
      .flat()
      .filter((arg) => arg !== undefined);
    await action(openTask(invoked, cli), { args, flags, values: readSettings(settings, flags) });
  });
}
