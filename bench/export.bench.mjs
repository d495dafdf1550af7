// @ts-check
/**
 * A matrix out to a file and back in, by format, beside gensim's save_word2vec_format and
 * load_word2vec_format on the same rows: rows and MB per CPU second, and the peak of each process.
 *
 * Every figure is a process of its own, all in turn round by round; what is read is compared with what was
 * written, bit by bit, before a figure is printed. CPU is the whole process's, its collector and helpers included.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Matrix } from '../dist/base/matrix.js';
import { createRandom } from '../dist/base/rng.js';
import { openFileSource } from '../dist/vectors/formats/file-source.js';
import { FORMAT_NAMES, FORMATS, toPaths } from '../dist/vectors/formats/formats.js';
import { selectRows } from '../dist/vectors/formats/select-rows.js';
import { finish, readFlags, say, toMachine, toRatios, toSpread } from './harness.mjs';
import { NO_PEER } from './peer-process.mjs';

const USAGE = `node bench/export.bench.mjs [--rows 100000] [--dimension 128] [--rounds 3] [--formats csv,npy,…] [--python FILE] [--json FILE] [--check]`;
const MIB = 2 ** 20;
/** Writing holds chunks, never a file: what it may add to a process that holds the matrix, garbage included. */
const MAX_ADDED_MIB = 160;

/** @typedef {import('../dist/vectors/formats/formats.js').FormatName} FormatName */
/** @typedef {{ cpuSeconds: number, wallSeconds: number, addedBytes: number, peakBytes: number, fileBytes: number }} Measured */
/** @typedef {'write' | 'read'} Way */

const flags = readFlags(USAGE, {
  rows: { type: 'string', default: '100000' },
  dimension: { type: 'string', default: '128' },
  formats: { type: 'string', default: FORMAT_NAMES.join(',') },
  measure: { type: 'string', default: '' },
});
const rows = Number(flags['rows']);
const dimension = Number(flags['dimension']);
if (flags['measure']) await measure(JSON.parse(flags['measure']));
else compare();

/** In a process of its own. @param {{ way: Way, format: FormatName, path: string, rowsPath: string }} what */
async function measure({ way, format: name, path, rowsPath }) {
  const format = FORMATS[name];
  const content = toContent(rowsPath);
  const paths = toPaths(format, path);
  const sources = way === 'read' ? await Promise.all(paths.map(openFileSource)) : [];
  const before = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  let read;
  if (way === 'read') read = await format.read(sources, {});
  else {
    const selected = selectRows(content);
    for (const [i, file] of format.files.entries()) await writeFile(paths[i], file.write(selected));
  }
  const wallSeconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  if (read) check(content, read);
  const fileBytes = paths.reduce((sum, file) => sum + statSync(file).size, 0);
  /** @type {Measured} */
  const measured = {
    cpuSeconds: (user + system) / 1e6,
    wallSeconds,
    addedBytes: peakBytes - before,
    peakBytes,
    fileBytes,
  };
  console.log(JSON.stringify(measured));
}

/** @param {string} rowsPath @returns {import('../dist/vectors/types.js').VersionContent} */
function toContent(rowsPath) {
  const data = new Float32Array(rows * dimension);
  const file = openSync(rowsPath, 'r');
  for (let at = 0; at < data.byteLength; ) at += readSync(file, data, at, data.byteLength - at, at);
  closeSync(file);
  const matrix = new Matrix(data, rows, dimension);
  const ids = Array.from({ length: rows }, (_, i) => `r${i}`);
  const names = new Array(rows).fill('');
  const ranges = [{ type: /** @type {const} */ ('product'), start: 0, end: rows }];
  const nodes = { count: rows, ranges, ids, names, degrees: new Uint32Array(rows).fill(1) };
  return { nodes, vectors: matrix, contexts: matrix, report: {} };
}

/** @param {import('../dist/vectors/types.js').VersionContent} content @param {import('../dist/vectors/formats/types.js').ReadVectors} read */
function check({ nodes, vectors }, read) {
  const isSame =
    read.ids.every((id, i) => id === nodes.ids[i]) &&
    Buffer.from(read.vectors.data.buffer, 0, rows * dimension * 4).equals(Buffer.from(vectors.data.buffer));
  if (!isSame || read.ids.length !== rows) throw new Error('what was read is not what was written');
}

/** Like a trained matrix: values around ±0.3, all digits used. @param {string} path */
function writeRows(path) {
  const random = createRandom(1);
  const row = new Float32Array(dimension);
  const file = openSync(path, 'w');
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < dimension; k++) row[k] = random() + random() + random() - 1.5;
    writeFileSync(file, new Uint8Array(row.buffer));
  }
  closeSync(file);
}

function compare() {
  const machine = toMachine();
  const rounds = Number(flags['rounds'] ?? 3);
  const folder = mkdtempSync(join(tmpdir(), 'shelfwalk-export-'));
  try {
    const rowsPath = join(folder, 'rows.f32');
    writeRows(rowsPath);
    const sides = toSides(folder, rowsPath);
    /** @type {Record<string, Record<Way, Measured[]>>} */
    const measured = Object.fromEntries(sides.map(({ name }) => [name, { write: [], read: [] }]));
    for (let round = 0; round < rounds; round++) {
      // Who goes first alternates: a file that was just written is in the system's memory for either.
      for (const { name, run } of round % 2 ? sides.toReversed() : sides) {
        for (const way of /** @type {const} */ (['write', 'read'])) measured[name][way].push(run(way));
      }
      console.log(`round ${round + 1} of ${rounds}`);
    }
    report(measured, machine);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder @param {string} rowsPath @returns {{ name: string, run: (way: Way) => Measured }[]} */
function toSides(folder, rowsPath) {
  const self = fileURLToPath(import.meta.url);
  const script = fileURLToPath(new URL('peers/gensim_vectors.py', import.meta.url));
  const size = ['--rows', `${rows}`, '--dimension', `${dimension}`];
  const ours = /** @type {FormatName[]} */ (flags['formats'].split(',')).map((format) => {
    const path = join(folder, `ours-${format}${FORMATS[format].extension}`);
    const run = (/** @type {Way} */ way) =>
      JSON.parse(
        execFileSync(
          process.execPath,
          [self, ...size, '--measure', JSON.stringify({ way, format, path, rowsPath })],
          { encoding: 'utf8' },
        ),
      );
    return { name: format, run };
  });
  if (!flags['python']) return ours;
  const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const theirs = ['text', 'binary'].map((kind) => {
    const path = join(folder, `gensim-${kind}`);
    const run = (/** @type {Way} */ way) => {
      const task = way === 'write' ? 'save' : 'load';
      const out = execFileSync(flags['python'], ['-B', script, task, kind, path, rowsPath, `${dimension}`], {
        encoding: 'utf8',
        env,
      });
      return JSON.parse(out);
    };
    return { name: `gensim ${kind}`, run };
  });
  return [...ours, ...theirs];
}

/** @param {Record<string, Record<Way, Measured[]>>} measured @param {ReturnType<typeof toMachine>} machine */
function report(measured, machine) {
  const figures = Object.entries(measured).flatMap(([name, ways]) =>
    /** @type {const} */ (['write', 'read']).map((way) => toFigures(name, way, ways[way])),
  );
  console.log(`${rows} × ${dimension}: per CPU second, median [least–greatest]`);
  for (const {
    name,
    way,
    rowsPerSecond,
    megabytesPerSecond,
    cpuSeconds,
    addedMiB,
    fileMegabytes,
  } of figures) {
    const file = way === 'write' ? `, file ${fileMegabytes.toFixed(1)} MB` : '';
    console.log(
      `${way} ${name}: ${say(rowsPerSecond, 1000, 1)} k rows/s, ${say(megabytesPerSecond, 1, 1)} MB/s, CPU ${say(cpuSeconds)} s, +${addedMiB.median.toFixed(0)} MiB${file}`,
    );
  }
  const ratios = toPeerRatios(measured);
  for (const { text, ratio } of ratios) console.log(`${text}: ${say(ratio)}`);
  const written = figures.filter(({ way, name }) => way === 'write' && !name.startsWith('gensim'));
  finish(
    {
      bench: 'export',
      rows,
      dimension,
      figures,
      ratios,
      notes: flags['python'] ? [] : [NO_PEER],
      claims: [
        {
          text: 'most that writing any format adds to a process that holds the matrix, MiB',
          measured: Math.max(...written.map(({ addedMiB }) => addedMiB.max)),
          atMost: MAX_ADDED_MIB,
        },
      ],
    },
    flags,
    machine,
  );
}

/** @param {string} name @param {Way} way @param {Measured[]} of */
function toFigures(name, way, of) {
  const spread = (/** @type {(m: Measured) => number} */ value) => toSpread(of.map(value));
  return {
    name,
    way,
    fileMegabytes: of[0].fileBytes / 1e6,
    rowsPerSecond: spread((m) => rows / m.cpuSeconds),
    megabytesPerSecond: spread((m) => m.fileBytes / 1e6 / m.cpuSeconds),
    cpuSeconds: spread((m) => m.cpuSeconds),
    wallSeconds: spread((m) => m.wallSeconds),
    addedMiB: spread((m) => m.addedBytes / MIB),
    peakMiB: spread((m) => m.peakBytes / MIB),
  };
}

/** CPU of gensim over ours, within a round. @param {Record<string, Record<Way, Measured[]>>} measured */
function toPeerRatios(measured) {
  const pairs = [
    ['word2vec', 'gensim text'],
    ['word2vec-binary', 'gensim binary'],
  ];
  return pairs.flatMap(([ours, theirs]) => {
    const [a, b] = [measured[ours], measured[theirs]];
    if (!a || !b) return [];
    return /** @type {const} */ (['write', 'read']).map((way) => ({
      text: `${way} ${ours}, CPU of ${theirs} over ours`,
      ratio: toRatios(
        b[way].map((m) => m.cpuSeconds),
        a[way].map((m) => m.cpuSeconds),
      ),
    }));
  });
}
