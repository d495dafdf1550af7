import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ERRORS, type ErrorCode, ShelfwalkError } from '../../src/base/errors.ts';
import { throwIfAborted } from '../../src/base/task.ts';
import type { MatchReply } from '../../src/pipeline/live-types.ts';
import type { Operation } from '../../src/pipeline/operation.ts';
import { neighborsOperation } from '../../src/pipeline/operations/neighbors.operation.ts';
import { OPERATIONS } from '../../src/pipeline/operations.ts';
import { invoke } from './invocation.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-cli-'));
});
afterAll(() => rm(dataDir, { recursive: true }));

const REPLY: MatchReply = {
  results: [
    { id: '00002', type: 'product', name: 'Penne 500 g', score: 0.91 },
    { id: '007 / "x"', type: 'product', name: 'evil\u001b[31m\nname', score: 0.5 },
  ],
  metric: 'cosine',
  model: { alias: 'prod', version: '20250630T120000Z-1a2b', spaceId: 's' },
  tookMs: 1,
};

/** An operation that does what the test says, behind the real schema. */
const neighbors = (run: Operation['run']): Operation[] => [{ ...neighborsOperation, run } as Operation];
const here = (...args: string[]) => ['--data-dir', dataDir, ...args];

describe('results', () => {
  test('people get a table; control characters in names never reach the terminal', async () => {
    const { code, out, errors } = await invoke(here('neighbors', 'product', '00001'), {
      operations: neighbors(async () => REPLY),
    });
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    const lines = out.split('\n');
    expect(lines[0]!.split(/ {2,}/)).toEqual(['cosine', 'type', 'id', 'name']);
    expect(lines[1]).toMatch(/0\.910 {2}product {2}00002 +Penne 500 g$/);
    expect(out).toContain('20250630T120000Z-1a2b');
    expect(out).not.toContain('\u001b');
    expect(lines).toHaveLength(5); // titles, two rows, the model, the end
  });

  test('--json is one document, before or after the command, byte for byte what the operation gave', async () => {
    for (const args of [
      here('--json', 'neighbors', 'product', '1'),
      here('neighbors', 'product', '1', '--json'),
    ]) {
      const { code, out, errors } = await invoke(args, { operations: neighbors(async () => REPLY) });
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      expect(JSON.parse(out)).toEqual(REPLY);
    }
  });

  test('flags and arguments become the input of the operation, ids untouched', async () => {
    let seen: unknown;
    const operations = neighbors(async (_, input) => {
      seen = input;
      return REPLY;
    });
    await invoke(
      here(
        'neighbors',
        'customers',
        '007 / é',
        '--limit',
        '3',
        '--target-type',
        'product',
        '--with-attributes',
      ),
      { operations },
    );
    expect(seen).toEqual({
      type: 'customer',
      id: '007 / é',
      limit: 3,
      targetType: 'product',
      withAttributes: true,
      alias: 'prod',
    });
  });
});

describe('failures', () => {
  const failing = (code: ErrorCode) =>
    invoke(here('neighbors', 'product', '1'), {
      operations: neighbors(async () => {
        throw new ShelfwalkError(code, { found: 'x', hint: 'Do this' });
      }),
    });

  test.each<ErrorCode>(['INTERNAL', 'CONFIG_INVALID', 'NO_MODEL', 'BUSY', 'LIMIT_EXCEEDED'])(
    '%s: its text, what was found, the hint on a line of its own, and its exit code',
    async (code) => {
      const { exit, text } = ERRORS[code];
      const errors = `error ${code}: ${text}: found=x\n  Do this\n`;
      expect(await failing(code)).toEqual({ code: exit, out: '', errors });
    },
  );

  test('--json: standard output still holds one document, and the exit code is the same', async () => {
    const { code, out, errors } = await invoke(here('--json', 'neighbors', 'product', '1', '--limit', '0'), {
      operations: OPERATIONS,
    });
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      error: {
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('--limit'),
        details: { flag: '--limit', found: '0', expected: 'a whole number from 1 to 1000' },
      },
    });
    expect(errors).toMatch(/^error CONFIG_INVALID: /);
  });

  test('a failure nobody foresaw is INTERNAL, its stack only with --verbose', async () => {
    const operations = neighbors(async () => {
      throw new TypeError('x is not a function');
    });
    const brief = await invoke(here('neighbors', 'product', '1'), { operations });
    expect(brief.code).toBe(1);
    expect(brief.errors).toMatch(/^error INTERNAL: .*x is not a function/);
    expect(brief.errors).not.toContain('run.test.ts');
    const long = await invoke(here('neighbors', 'product', '1', '--verbose'), { operations });
    expect(long.errors).toContain('run.test.ts');
  });

  test.each([
    [['trian'], /Did you mean train/],
    [['train', '--walk-lenght', '3'], /Did you mean --walk-length/],
    [['neighbors', 'product'], /missing required argument 'id'/],
    [['neighbors', 'shelf', '1'], /expected=customer \| product \| attribute/],
    [['models', 'prune'], /--keep/],
    [['import', 'preset', 'amazon', 'x'], /expected=product2vec/],
    [
      [
        'import',
        'interactions',
        'a.csv',
        '--customer',
        'c',
        '--product',
        'p',
        '--type',
        't',
        '--type-constant',
        'view',
      ],
      /one of them/,
    ],
    [
      ['import', 'products', 'a.csv', '--id', 'i', '--attribute', 'price:bin=5'],
      /flag=--attribute; found=price:bin=5/,
    ],
  ])('%j cannot be understood: exit 2', async (args, said) => {
    const { code, out, errors } = await invoke(here(...args));
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(errors).toMatch(/^error USAGE_INVALID: /);
    expect(errors).toMatch(said);
  });

  test('a data directory that is not there is refused, and not made', async () => {
    const { code, errors } = await invoke(['neighbors', 'product', '1', '--data-dir', join(dataDir, 'typo')]);
    expect(code).toBe(3);
    expect(errors).toMatch(/^error DATA_DIR_MISSING: .*typo/);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('%s stops the work through its signal and ends with %d', async (name, exit) => {
    const controller = new AbortController();
    const operations = neighbors(async (_workspace, _input, { signal }) => {
      controller.abort(name);
      throwIfAborted(signal);
    });
    const { code, errors } = await invoke(here('neighbors', 'product', '1'), {
      operations,
      signal: controller.signal,
    });
    expect(code).toBe(exit);
    expect(errors).toMatch(/^error ABORTED: /);
  });
});

describe('help', () => {
  const commands = [
    ['demo'],
    ...['interactions', 'products', 'customers', 'preset'].map((name) => ['import', name]),
    ...['stats', 'lint'].map((name) => ['graph', name]),
    ['estimate'],
    ['train'],
    ['evaluate'],
    ['neighbors'],
    ...['list', 'show', 'promote', 'rollback', 'delete', 'prune'].map((name) => ['models', name]),
    ['serve'],
  ];

  test.each(commands)('%s %s: purpose, example, and the options all commands take', async (...names) => {
    const { code, out, errors } = await invoke([...names.filter(Boolean), '--help']);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    const path = names.filter(Boolean).join(' ');
    expect(out).toMatch(new RegExp(`^Usage: shelfwalk ${path}`));
    expect(out).toMatch(new RegExp(`\\nExample:\\n {2}shelfwalk ${path}`));
    for (const option of ['--data-dir', '--json', '--config', '--quiet']) expect(out).toContain(option);
  });

  test('without a command help says which there are, and it counts as a mistake', async () => {
    const { code, out, errors } = await invoke([]);
    expect({ code, errors }).toEqual({ code: 2, errors: '' });
    for (const [name] of commands) expect(out).toMatch(new RegExp(`\\n {2}${name} `));
  });

  test('--version', async () => {
    expect(await invoke(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test('an example of the help can be parsed: every flag in it exists', async () => {
    for (const names of commands) {
      const { out } = await invoke([...names, '--help']);
      const example = /Example:\n {2}shelfwalk (.*)\n/.exec(out)![1]!;
      for (const [flag] of example.matchAll(/--[a-z-]+/g))
        expect(out.match(new RegExp(`${flag}\\b`, 'g'))!.length, flag).toBeGreaterThan(1);
    }
  });
});

test('an operation that is not registered is our mistake, not the reader’s', async () => {
  const other = {
    name: 'other',
    summary: '',
    input: z.unknown(),
    writes: false,
    run: async () => 1,
  } as Operation;
  const { code, errors } = await invoke(here('models', 'list'), { operations: [other] });
  expect(code).toBe(1);
  expect(errors).toMatch(/^error INTERNAL: .*models-list/);
});
