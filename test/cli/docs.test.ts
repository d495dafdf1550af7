import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/base/errors.ts';
import { toExpected, toPurpose, toText } from '../../src/cli/flag.ts';
import { createProgram } from '../../src/cli/program.ts';
import { runSettings } from '../../src/cli/run-flags.ts';
import { createSink } from './sink.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

test('docs/cli.md: the table of settings is that of the schema', () => {
  for (const setting of runSettings) {
    const names = [setting.flag, ...(setting.alias ? [setting.alias] : [])]
      .map((name) => `\`${name}\``)
      .join(', ');
    const value = setting.schema.default === undefined ? '' : `\`${toText(setting.schema.default)}\``;
    expect(page).toContain(
      `| ${names} | ${value} | ${toExpected(setting.schema).replaceAll('|', '\\|')} | ${toPurpose(setting)} |\n`,
    );
  }
  const rows = page.match(/^\| `--[a-z-]+`(, `-{1,2}[a-z-]+`)? \|.*\|.*\|.*\|$/gm)!;
  expect(rows).toHaveLength(runSettings.length);
});

test('docs/cli.md: codes end with the exit they are listed under', () => {
  const rows = [...page.matchAll(/^\| (\d) \| [^|]+ \| ([^|]+) \|$/gm)];
  expect(rows.map(([, exit]) => exit)).toEqual(['1', '2', '3', '4', '5']);
  for (const [, exit, codes] of rows) {
    for (const [, code] of codes!.matchAll(/`([A-Z0-9_]+)`/g))
      expect(ERRORS[code as ErrorCode]?.exit, code).toBe(Number(exit));
  }
});

test('docs/cli.md names every command, and every command it shows exists', () => {
  const io = {
    out: () => {},
    errors: createSink().stream,
    environment: {},
    cwd: '/',
    signal: new AbortController().signal,
    now: () => 0,
  };
  const program = createProgram({ io, typed: [], operations: [] });
  for (const command of program.commands) {
    expect(page).toContain(`\`${command.name()}`);
    for (const child of command.commands)
      expect(page).toMatch(new RegExp(`\`(${command.name()} )?${child.name()}\\b`));
  }
  const shown = [...page.matchAll(/^shelfwalk (\w+)/gm)].map(([, name]) => name!);
  expect(shown.length).toBeGreaterThan(3);
  expect(program.commands.map((c) => c.name())).toEqual(expect.arrayContaining(shown));
});
