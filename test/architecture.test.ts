/**
 * The architecture, as a test: who may import whom, which folder owns which package, and how long a file
 * may be. A folder that is missing here fails, so a new one must take its place on purpose.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

/** Layers, lowest first. Siblings do not import each other unless they are listed. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  graph: ['base'],
  vectors: ['base'],
  kernel: ['base'],
  walk: ['base', 'graph', 'kernel'],
  neighbors: ['base', 'vectors', 'kernel'],
  spectral: ['base', 'graph', 'walk', 'kernel'],
  train: ['base', 'graph', 'walk', 'kernel', 'vectors'],
  catalog: ['base', 'graph'],
  neo4j: ['base', 'graph', 'vectors'],
  analyze: ['base', 'graph', 'vectors', 'neighbors'],
  refresh: ['base', 'graph', 'kernel', 'walk', 'train', 'vectors', 'neighbors', 'analyze'],
  recommend: ['base', 'analyze'],
  pipeline: [
    'base',
    'graph',
    'vectors',
    'kernel',
    'walk',
    'neighbors',
    'spectral',
    'train',
    'catalog',
    'neo4j',
    'analyze',
    'refresh',
    'recommend',
  ],
  serve: ['base', 'vectors', 'neighbors', 'pipeline'],
  cli: ['base', 'pipeline', 'serve'],
};
/** The public API: the one file outside the folders, and the only barrel. */
const ROOT = 'index.ts';

/** One heavy package or dangerous module, one home (or the few that are named). */
const OWNERS: readonly { readonly what: RegExp; readonly homes: readonly string[] }[] = [
  {
    what: /^(express|helmet|compression|express-rate-limit|prom-client|swagger-ui-dist|pino)$/,
    homes: ['serve'],
  },
  { what: /^zod$/, homes: ['pipeline', 'serve', 'cli'] },
  { what: /^@duckdb\//, homes: ['catalog'] },
  { what: /^neo4j-driver/, homes: ['neo4j'] },
  { what: /^graphology$/, homes: ['graph'] },
  { what: /^graphology-types$/, homes: ['graph', 'pipeline'] }, // types only
  { what: /^graphology-traversal/, homes: ['refresh'] },
  { what: /^hyparquet/, homes: ['vectors'] },
  { what: /^(commander|cli-progress|picocolors)$/, homes: ['cli'] },
  { what: /^node:worker_threads$/, homes: ['train', 'neighbors'] },
  { what: /^node:http$/, homes: ['serve', 'pipeline'] },
];
/** Names in the code itself, comments left out. */
const GLOBALS: readonly {
  readonly what: RegExp;
  readonly name: string;
  readonly homes: readonly string[];
}[] = [
  { what: /\bWebAssembly\b/, name: 'WebAssembly', homes: ['kernel'] },
  { what: /\bprocess\.env\b/, name: 'process.env', homes: ['pipeline', 'cli'] },
  { what: /\bprocess\.exit\b/, name: 'process.exit', homes: ['cli'] },
  { what: /\bconsole\./, name: 'console', homes: ['cli'] },
];

const MAX_LINES = 300;
const EXCUSE = /Longer than 300 lines because/;

interface Source {
  readonly file: string; // below src, with slashes
  readonly folder: string;
  readonly text: string;
}

const SRC = join(import.meta.dirname, '../src');

const readSources = (): Source[] =>
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.startsWith('kernel/assembly/'))
    .map((file) => ({
      file,
      folder: file.includes('/') ? file.split('/')[0]! : '',
      text: readFileSync(join(SRC, file), 'utf8'),
    }));

/** Every module a file names: import, export from, import(), import types. */
const toSpecifiers = (text: string): string[] =>
  [...withoutComments(text).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    (match) => match[1]!,
  );

/** Comments and the text of strings are no code; what stands in ${} is lost with them, which is fine here. */
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;,{}()])\/\/.*$/gm, '');
const withoutStrings = (text: string): string =>
  withoutComments(text).replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");

const toFolder = ({ file }: Source, specifier: string): string => {
  const target = relative(SRC, join(SRC, dirname(file), specifier)).replaceAll('\\', '/');
  return target.includes('/') ? target.split('/')[0]! : target;
};

function findWrongImports(source: Source): string[] {
  const { file, folder, text } = source;
  if (folder === '') return file === ROOT ? [] : [`${file}: only ${ROOT} lies outside the folders`];
  if (!(folder in MAY_IMPORT)) return [`${file}: folder ${folder} is not in MAY_IMPORT`];
  return toSpecifiers(text).flatMap((specifier) => {
    if (!specifier.startsWith('.')) {
      const owner = OWNERS.find(({ what }) => what.test(specifier));
      return owner && !owner.homes.includes(folder)
        ? [`${file}: ${specifier} belongs to ${owner.homes.join(' and ')}`]
        : [];
    }
    const to = toFolder(source, specifier);
    return to === folder || MAY_IMPORT[folder]!.includes(to)
      ? []
      : [`${file}: ${folder} may not import ${to} (${specifier})`];
  });
}

const findWrongGlobals = ({ file, folder, text }: Source): string[] =>
  file.endsWith('.d.ts')
    ? []
    : GLOBALS.filter(({ what, homes }) => !homes.includes(folder) && what.test(withoutStrings(text))).map(
        ({ name, homes }) => `${file}: ${name} belongs to ${homes.join(' and ')}`,
      );

function findWrongSize({ file, text }: Source): string[] {
  const lines = text.trimEnd().split('\n').length;
  const header = text.slice(0, text.indexOf('*/'));
  return lines > MAX_LINES && !EXCUSE.test(header)
    ? [`${file}: ${lines} lines, and its header does not say why`]
    : [];
}

const findWrongName = ({ file }: Source): string[] => {
  const name = file.split('/').at(-1)!;
  const wrong =
    !/^[a-z0-9]+(-[a-z0-9]+)*(\.(route|operation|command|d))?\.ts$/.test(name) ||
    /^(utils?|helpers?|common|misc)\./.test(name);
  return wrong || (name === 'index.ts' && file !== ROOT) ? [`${file}: not a name for a file`] : [];
};

describe('src', () => {
  const sources = readSources();

  test('is read at all', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(new Set(sources.map((s) => s.folder)).size).toBeGreaterThanOrEqual(Object.keys(MAY_IMPORT).length);
  });

  test('imports point downward, and each package has one home', () => {
    expect(sources.flatMap(findWrongImports)).toEqual([]);
  });

  test('WebAssembly, the environment, the exit and the console have their homes', () => {
    expect(sources.flatMap(findWrongGlobals)).toEqual([]);
  });

  test(`no file over ${MAX_LINES} lines without a reason in its header`, () => {
    expect(sources.flatMap(findWrongSize)).toEqual([]);
  });

  test('files are named in kebab-case for what they hold', () => {
    expect(sources.flatMap(findWrongName)).toEqual([]);
  });

  test('the oracles are for tests: nothing that ships imports them', () => {
    const users = sources.filter(
      ({ file, text }) =>
        !/reference/.test(file) && toSpecifiers(text).some((s) => /\/reference(-\w+)?\.ts$/.test(s)),
    );
    expect(users.map((s) => s.file)).toEqual([]);
  });
});

describe('the table itself', () => {
  test('is a ladder: what a folder imports stands above it in the list', () => {
    const order = Object.keys(MAY_IMPORT);
    for (const [folder, below] of Object.entries(MAY_IMPORT)) {
      for (const other of below)
        expect(order.indexOf(other), `${folder} → ${other}`).toBeLessThan(order.indexOf(folder));
    }
  });

  const check = (file: string, text: string): string[] => {
    const source = { file, folder: file.split('/')[0]!, text };
    return [findWrongImports, findWrongGlobals, findWrongSize, findWrongName].flatMap((find) => find(source));
  };

  test.each([
    { why: 'an import upward', file: 'base/x.ts', text: "import { a } from '../graph/csr.ts';" },
    { why: 'a type upward', file: 'graph/x.ts', text: "import type { A } from '../pipeline/config.ts';" },
    { why: 'a sibling', file: 'catalog/x.ts', text: "import { a } from '../train/pool.ts';" },
    { why: 'a dynamic import', file: 'walk/x.ts', text: "const a = await import('../serve/app.ts');" },
    { why: 'a re-export', file: 'walk/x.ts', text: "export { a } from '../serve/app.ts';" },
    {
      why: 'an import over several lines',
      file: 'walk/x.ts',
      text: "import {\n  a,\n} from '../serve/app.ts';",
    },
    { why: 'a package of another', file: 'pipeline/x.ts', text: "import express from 'express';" },
    {
      why: 'threads of one’s own',
      file: 'serve/x.ts',
      text: "import { Worker } from 'node:worker_threads';",
    },
    { why: 'WebAssembly', file: 'train/x.ts', text: 'const m = new WebAssembly.Module(b);' },
    { why: 'the environment', file: 'serve/x.ts', text: 'const home = process.env.HOME;' },
    { why: 'a folder of its own', file: 'extra/x.ts', text: '' },
    { why: 'a long file', file: 'walk/x.ts', text: `/** Long. */\n${'\n//'.repeat(300)}` },
    { why: 'a barrel', file: 'walk/index.ts', text: '' },
    { why: 'a drawer', file: 'walk/utils.ts', text: '' },
    { why: 'camel case', file: 'walk/typePolicy.ts', text: '' },
  ])('sees $why', ({ file, text }) => {
    expect(check(file, text)).toHaveLength(1);
  });

  test.each([
    {
      why: 'a word in a comment',
      file: 'train/x.ts',
      text: '/** In the WebAssembly.Memory, from process.env */\nconst a = 1; // process.env',
    },
    { why: 'a word in a string', file: 'train/x.ts', text: "const text = 'set process.env';" },
    {
      why: 'an import downward',
      file: 'walk/x.ts',
      text: "import { a } from '../graph/csr.ts';\nimport b from './policy.ts';",
    },
    {
      why: 'a long file with a reason',
      file: 'walk/x.ts',
      text: `/** Longer than 300 lines because. */\n${'\n//'.repeat(300)}`,
    },
  ])('lets $why pass', ({ file, text }) => {
    expect(check(file, text)).toEqual([]);
  });
});
