import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ShelfwalkError } from '../../src/base/errors.ts';
import { addRunFlags, type RunSection, readRunConfig, runSettings } from '../../src/cli/run-flags.ts';
import { type RunConfigInput, runConfigSchema } from '../../src/pipeline/config.ts';

const ALL: readonly RunSection[] = ['graph', 'walk', 'sentences', 'train', 'spectral', 'evaluate'];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfwalk-flags-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(
  args: string[],
  { file, sections = ALL }: { file?: string; sections?: readonly RunSection[] } = {},
): Promise<RunConfigInput> {
  const command = addRunFlags(
    new Command().exitOverride().configureOutput({ outputError: () => {} }),
    sections,
  ).parse(args, { from: 'user' });
  return readRunConfig({ sections, flags: command.opts(), file, cwd: folder });
}

async function refusal(args: string[], file?: string): Promise<Readonly<Record<string, unknown>>> {
  const error = await read(args, { file }).then(
    (config) => expect.fail(`accepted: ${JSON.stringify(config)}`),
    (e: ShelfwalkError) => e,
  );
  expect(error.code).toBe('CONFIG_INVALID');
  return error.details;
}

async function write(name: string, content: unknown): Promise<string> {
  await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return name;
}

describe('flags come from the schema', () => {
  test('every setting has one, named in kebab-case, no two the same', () => {
    const names = Object.entries(runConfigSchema.shape).flatMap(([section, schema]) =>
      Object.keys(schema.unwrap().shape).map((name) => `${section}.${name}`),
    );
    expect(runSettings.map((s) => s.path)).toEqual(names);
    const flags = runSettings.flatMap((s) => [s.flag, s.alias ?? s.flag]);
    expect(new Set(runSettings.map((s) => s.flag)).size).toBe(runSettings.length);
    expect(flags.filter((flag) => !/^(-[a-z]|--[a-z]+(-[a-z]+)*)$/.test(flag))).toEqual([]);
    expect(flags).toEqual(
      expect.arrayContaining(['--walk-length', '--max-memory-mib', '--in-out-factor', '-q']),
    );
  });

  test('help states description, range and default of the schema', () => {
    const help = addRunFlags(new Command(), ALL).configureHelp({ helpWidth: 1000 }).helpInformation();
    expect(help).toMatch(
      /-p, --return-factor <number> +p: below 1 goes back more often \(a number from 0\.001 to 1000; default 1\)/,
    );
    expect(help).toMatch(/--damping <log\|none> .*default log/);
    expect(help).toContain('--no-attributes');
    expect(help).not.toMatch(/\s--attributes/); // the default needs no flag in the help
    expect(help).not.toContain('9007199254740991');
  });

  test('nothing said is nothing sent: defaults are filled in where the work is done', async () => {
    expect(await read([])).toEqual({});
  });

  test.each<[string[], RunConfigInput]>([
    [['--walk-length', '30'], { walk: { walkLength: 30 } }],
    [['-p', '0.5', '-q', '2'], { walk: { returnFactor: 0.5, inOutFactor: 2 } }],
    [['--return-factor=0.25'], { walk: { returnFactor: 0.25 } }],
    [['--dimension', '64'], { train: { embeddingDimension: 64 } }],
    [['--embedding-dimension', '64'], { train: { embeddingDimension: 64 } }],
    [['--negative-sampling-exponent', '-0.5'], { train: { negativeSamplingExponent: -0.5 } }],
    [['--initial-learning-rate', '1e-2'], { train: { initialLearningRate: 0.01 } }],
    [['--no-attributes'], { graph: { attributes: false } }],
    [['--attributes'], { graph: { attributes: true } }],
    [['--damping', 'none'], { graph: { damping: 'none' } }],
    [['--as-of', '2025-06-30T00:00:00Z'], { graph: { asOf: '2025-06-30T00:00:00Z' } }],
    [['--k', '5, 50'], { evaluate: { k: [5, 50] } }],
    [['--start-types', 'product,customer'], { walk: { startTypes: ['product', 'customer'] } }],
    [['--type-weights', '{"view":0.2}'], { graph: { typeWeights: { view: 0.2 } } }],
    [['--type-policy', '{}'], { walk: { typePolicy: {} } }],
  ])('%j', async (args, expected) => {
    expect(await read(args)).toEqual(expected);
  });

  test('a command takes the flags of its sections only', async () => {
    await expect(read(['--dimension', '64'], { sections: ['graph', 'walk'] })).rejects.toThrow(
      /unknown option/,
    );
  });
});

describe('a wrong value names the flag, what was found and what is allowed', () => {
  test.each<[string[], Record<string, unknown>]>([
    [
      ['--walk-length', '1'],
      { flag: '--walk-length', found: '1', expected: 'a whole number from 2 to 1024' },
    ],
    [
      ['--walk-length', '2.5'],
      { flag: '--walk-length', found: '2.5', expected: 'a whole number from 2 to 1024' },
    ],
    [
      ['--walk-length', '0x20'],
      { flag: '--walk-length', found: '0x20', expected: 'a whole number from 2 to 1024' },
    ],
    [['--walk-length', ''], { flag: '--walk-length', found: '', expected: 'a whole number from 2 to 1024' }],
    [['-p', '0'], { flag: '--return-factor', found: '0', expected: 'a number from 0.001 to 1000' }],
    [
      ['--half-life-days', '0'],
      { flag: '--half-life-days', found: '0', expected: 'a number above 0, at most 36500' },
    ],
    [
      ['--max-customers', '9'],
      { flag: '--max-customers', found: '9', expected: 'a whole number of at least 10' },
    ],
    [['--damping', 'sqrt'], { flag: '--damping', found: 'sqrt', expected: 'log | none' }],
    [['--k', '10,x'], { flag: '--k', found: '10,x' }],
    [['--k', '0'], { flag: '--k', found: '0' }],
    [['--start-types', 'shelf'], { flag: '--start-types', found: 'shelf' }],
    [
      ['--as-of', 'yesterday'],
      { flag: '--as-of', found: 'yesterday', expected: 'an instant such as 2025-06-30T00:00:00Z' },
    ],
    [
      ['--type-weights', 'view=0.2'],
      { flag: '--type-weights', found: 'view=0.2', expected: 'a JSON object' },
    ],
    [['--type-weights', '3'], { flag: '--type-weights', found: '3', expected: 'a JSON object' }],
    [['--type-weights', '{"view":-1}'], { flag: '--type-weights', field: 'graph.typeWeights.view' }],
    [
      ['--type-policy', '{"product":{"shelf":1}}'],
      { flag: '--type-policy', found: '{"product":{"shelf":1}}' },
    ],
  ])('%j', async (args, expected) => {
    expect(await refusal(args)).toMatchObject(expected);
  });
});

describe('--config', () => {
  test('a file says the same as flags, and flags overrule it', async () => {
    const file = await write('run.json', {
      walk: { walkLength: 20, walksPerNode: 5 },
      train: { embeddingDimension: 32 },
    });
    expect(await read(['--walk-length', '30'], { file })).toEqual({
      walk: { walkLength: 30, walksPerNode: 5 },
      train: { embeddingDimension: 32 },
    });
  });

  test('sections that the command has no use for are left out, but checked', async () => {
    const file = await write('both.json', { walk: { walkLength: 20 }, train: { embeddingDimension: 32 } });
    expect(await read([], { file, sections: ['graph', 'walk'] })).toEqual({ walk: { walkLength: 20 } });
    const wrong = await write('wrong.json', { train: { embeddingDimension: 1 } });
    await expect(read([], { file: wrong, sections: ['graph', 'walk'] })).rejects.toThrow(
      /embeddingDimension/,
    );
  });

  test.each<[string, unknown, Record<string, unknown>]>([
    [
      'out of range',
      { walk: { walkLength: 1 } },
      { field: 'walk.walkLength', found: 1, expected: 'a whole number from 2 to 1024' },
    ],
    [
      'not a name',
      { walk: { walkLenght: 9 } },
      { field: 'walk.walkLenght', found: 'walkLenght', expected: expect.stringContaining('walkLength') },
    ],
    [
      'not a section',
      { walks: {} },
      { field: 'walks', expected: 'one of graph, walk, sentences, train, spectral, evaluate' },
    ],
    ['a list', [], { expected: expect.stringContaining('one JSON object') }],
    ['not JSON', '{', { expected: expect.stringContaining('one JSON object') }],
  ])('%s: the file and the field are named', async (_, content, expected) => {
    const file = await write('bad.json', content);
    expect(await refusal([], file)).toMatchObject({ file: join(folder, file), ...expected });
  });

  test('a setting without effect: the reason stands where the range would', async () => {
    const flags = ['--algorithm', 'item2vec', '--walk-length', '80'];
    const expected = expect.stringContaining('there are no walks');
    expect(await refusal(flags)).toMatchObject({ flag: '--walk-length', found: '80', expected });
    const file = await write('idle.json', { sentences: { minCount: 2 } });
    expect(await refusal([], file)).toMatchObject({ file: join(folder, file), field: 'sentences.minCount' });
  });

  test('a file that is not there', async () => {
    expect(await refusal([], 'nowhere.json')).toMatchObject({
      file: join(folder, 'nowhere.json'),
      found: 'ENOENT',
    });
  });
});
