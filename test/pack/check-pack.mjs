// @ts-check
/**
 * The packed file as a stranger gets it: its contents, an install into an empty project, a program and
 * the pages of the documentation run there, types compiled both ways, and the command line.
 *
 *     npm run build && node test/pack/check-pack.mjs
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Code, maps, kernel, Cypher and docs; a quarter more than it is, so that what should not ship shows. */
const PACKED_BYTES_AT_MOST = 1_700_000;

const folder = mkdtempSync(join(tmpdir(), 'shelfwalk-pack-'));
/** @param {string} command @param {string[]} args */
const run = (command, args, cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' });
/** @param {boolean} holds @param {string} claim */
function check(holds, claim) {
  if (!holds) throw new Error(`not so: ${claim}`);
  console.log(`ok  ${claim}`);
}

try {
  const tarball = checkContents();
  install(tarball);
  checkProgram();
  checkPages();
  checkTypes();
  const version = run('npx', ['--no-install', 'shelfwalk', '--version']).trim();
  check(version === readPackage(ROOT).version, `npx shelfwalk --version says ${version}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} where */
function readPackage(where) {
  return JSON.parse(readFileSync(join(where, 'package.json'), 'utf8'));
}

/** Packs the build as it stands: scripts are off here, so nothing is built behind one's back. */
function checkContents() {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], ROOT));
  /** @type {string[]} */
  const files = packed.files.map((/** @type {{ path: string }} */ file) => file.path);
  console.log(
    `${packed.filename}: ${packed.size} bytes packed, ${packed.unpackedSize} unpacked, ${files.length} files`,
  );
  check(packed.size <= PACKED_BYTES_AT_MOST, `the packed file is at most ${PACKED_BYTES_AT_MOST} bytes`);
  for (const name of [
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/cli/main.js',
    'cypher/schema/001-customers.cypher',
  ])
    check(files.includes(name), `it holds ${name}`);
  for (const name of ['kernel', 'kernel-relaxed', 'scan'])
    check(files.includes(`dist/kernel/${name}.wasm`), `it holds ${name}.wasm`);
  const left = files.filter(
    (f) => f.endsWith('.js') && !existsSync(join(ROOT, f.replace(/^dist/, 'src').replace(/js$/, 'ts'))),
  );
  check(left.length === 0, `every program in it has a source${left.map((f) => `; not so ${f}`).join('')}`);
  const strange = files.filter((f) =>
    /(^|\/)(test|bench|src|node_modules)\/|\.tsbuildinfo$|reference/.test(f),
  );
  check(strange.length === 0, `no tests, benches, sources or oracles in it${strange.map((f) => `; ${f}`)}`);
  const links = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
  const dangling = links.map(([, target]) => target).filter((target) => !files.includes(target));
  check(
    links.length > 5 && dangling.length === 0,
    `links of the README lead into it${dangling.map((f) => `; ${f}`)}`,
  );
  const map = JSON.parse(readFileSync(join(ROOT, 'dist/index.js.map'), 'utf8'));
  check(map.sourcesContent?.length === map.sources.length, 'source maps carry their sources');
  return join(folder, packed.filename);
}

/** @param {string} tarball */
function install(tarball) {
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );
  // Scripts off: it must work without any, and what others' would do is not for a check to find out.
  run('npm', ['install', tarball, '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']);
  check(
    existsSync(join(folder, 'node_modules/shelfwalk/dist/index.js')),
    'it installs into an empty project',
  );
  for (const name of ['typescript', 'biome', 'vitest', 'assemblyscript'])
    check(!existsSync(join(folder, 'node_modules', name)), `without ${name}`);
}

function checkProgram() {
  const program = `
    import { UndirectedGraph } from 'graphology';
    import { trainOnGraph } from 'shelfwalk';
    const graph = new UndirectedGraph();
    for (const key of ['a', 'b', 'c']) graph.addNode(key);
    graph.addEdge('a', 'b');
    graph.addEdge('b', 'c');
    const model = await trainOnGraph(graph, { train: { embeddingDimension: 8 }, walk: { walksPerNode: 5 } });
    console.log(model.vector('a').every(Number.isFinite), (await model.neighbors('a')).length, model.training.kernel);
    await model.close();`;
  writeFileSync(join(folder, 'program.mjs'), program);
  const said = run(process.execPath, ['program.mjs']).trim();
  check(/^true 2 (relaxed|plain)$/.test(said), `a training runs and finds its wasm: ${said}`);
  for (const inner of ['shelfwalk/dist/index.js', 'shelfwalk/src/index.ts']) {
    const refused = `import(${JSON.stringify(inner)}).then(() => process.exit(1), (e) => console.log(e.code))`;
    const code = run(process.execPath, ['--eval', refused]).trim();
    check(code === 'ERR_PACKAGE_PATH_NOT_EXPORTED', `${inner} is not reachable`);
  }
}

/** The pages' programs as test/docs runs them, here from node_modules. */
function checkPages() {
  cpSync(join(ROOT, 'examples/data'), join(folder, 'examples/data'), { recursive: true });
  for (const page of ['README.md', 'docs/library.md']) {
    const text = readFileSync(join(folder, 'node_modules/shelfwalk', page), 'utf8');
    const blocks = [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
    const name = page.replace(/\W/g, '-');
    const program = blocks.join('\n').replaceAll('./shop', `./${name}-data`);
    writeFileSync(join(folder, `${name}.mjs`), program);
    // The same program in TypeScript, where a literal needs to be told that it stays one.
    writeFileSync(join(folder, `${name}.ts`), program.replaceAll(/(?:kind|type): '\w+'/g, '$& as const'));
    run(process.execPath, [`${name}.mjs`]);
    check(blocks.length > 0, `the code of ${page} runs`);
  }
}

function checkTypes() {
  cpSync(join(ROOT, 'test/pack/consumer.ts'), join(folder, 'consumer.ts'));
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'), 'dir');
  const tsc = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc');
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['preserve', 'bundler'],
  ]) {
    const compilerOptions = {
      ...{ module, moduleResolution, target: 'es2023', lib: ['es2023'], types: ['node'] },
      ...{ strict: true, noEmit: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
    };
    const config = { compilerOptions, files: ['consumer.ts', 'README-md.ts', 'docs-library-md.ts'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    try {
      run(process.execPath, [tsc, '-p', folder]);
    } catch (error) {
      console.error(/** @type {{ stdout: string }} */ (error).stdout);
      throw error;
    }
    check(true, `types compile under strict with moduleResolution ${moduleResolution}`);
  }
}
