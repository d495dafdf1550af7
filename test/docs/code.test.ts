/**
 * The JavaScript in README.md and docs/library.md is a program, page by page: it is given to Node as it
 * stands on the page, with a data directory of its own, and must run to its end.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** All blocks marked js, in order. */
const toProgram = (page: string): string =>
  [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join('\n');

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test.each([
  { page: 'README.md', prints: [/id: 'G-0\d'/] },
  {
    page: 'docs/library.md',
    prints: [/^266 rows taken, 0 rejected$/m, /^200$/m, /^stopped$/m, /^8 \[ '(honey|mug)'/m],
  },
])('$page runs from top to bottom', async ({ page, prints }) => {
  const folder = await mkdtemp(join(tmpdir(), 'shelfwalk-page-'));
  const program = toProgram(readFileSync(join(ROOT, page), 'utf8'));
  expect(program).toContain("'./shop'");
  // From the root of the repository `shelfwalk` is this package itself: its build.
  const child = spawn(process.execPath, ['--input-type=module', '-'], { cwd: ROOT });
  child.stdin.end(program.replaceAll("'./shop'", JSON.stringify(join(folder, 'shop'))));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  await rm(folder, { recursive: true, force: true });
  expect({ code: child.exitCode, errors: child.exitCode === 0 ? '' : errors }).toEqual({
    code: 0,
    errors: '',
  });
  for (const line of prints) expect(output).toMatch(line);
});
