// @ts-check
/**
 * `npm run bench`: the comparisons that fit into about ten minutes, each a process of its own, and one
 * table of what they claim. What takes longer, or needs what is not here, is named with its command.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runBench } from './bench-process.mjs';
import { finish, readFlags, say, toMachine } from './harness.mjs';

const USAGE = `npm run bench -- [--only walk,path] [--graphs DIR] [--json FILE] [--check]
  SHELFWALK_PEERS_PYTHON, SHELFWALK_PECANPY_PYTHON: see bench/peers/README.md`;

/** `data`: it needs SHELFWALK_DATASETS. @typedef {{ name: string, args: string[], peer?: string, data?: boolean }} Comparison */

/** With fewer rounds than for a result: this is for a look, results are taken bench by bench. @type {Comparison[]} */
const COMPARISONS = [
  { name: 'walk', args: ['--rounds', '3', '--only', 'weighted'], peer: 'SHELFWALK_PEERS_PYTHON' },
  { name: 'sgns', args: ['--rounds', '3', '--seeds', '1'], peer: 'SHELFWALK_PEERS_PYTHON' },
  { name: 'path', args: ['--rounds', '3', '--brief'], peer: 'SHELFWALK_PECANPY_PYTHON' },
  { name: 'graphology', args: ['--rounds', '3'] },
  {
    name: 'quality',
    args: ['--quick', '--customers', '500', '--validation-customers', '500'],
    peer: 'SHELFWALK_PEERS_PYTHON',
    data: true,
  },
];
const NOT_HERE = {
  'bench:spine': 'RETAIL-M from files to the first answer: a quarter of an hour with its evaluation',
  'bench:scale': '30 M lines: some minutes, and 1.3 GB on disk',
  'bench:export': 'a matrix out and in by every format',
  'bench:quality': 'whole, without --quick: hours, and data sets (SHELFWALK_DATASETS)',
  'bench:item2vec': 'data sets (SHELFWALK_DATASETS)',
  'bench:ppi': 'data sets (SHELFWALK_DATASETS)',
  'bench:defaults': 'hours, and data sets (SHELFWALK_DATASETS)',
  'bench:datasets': 'hours, and data sets (SHELFWALK_DATASETS)',
};

const flags = readFlags(USAGE, { only: { type: 'string', default: '' } });
const machine = toMachine();
const work = mkdtempSync(join(tmpdir(), 'shelfwalk-compare-'));
const isWanted = (/** @type {Comparison} */ { name }) =>
  flags['only'] === '' || flags['only'].split(',').includes(name);

/** @type {Record<string, string>[]} */
const rows = [];
/** @type {import('./harness.mjs').Claim[]} */
const claims = [];
/** @type {string[]} */
const notes = [];
try {
  for (const comparison of COMPARISONS) {
    const { name, args, peer, data } = comparison;
    if (!isWanted(comparison)) {
      notes.push(`not run: ${name} (not among --only)`);
      continue;
    }
    if (data && !process.env['SHELFWALK_DATASETS']) {
      notes.push(`not run: ${name} (SHELFWALK_DATASETS is not set)`);
      continue;
    }
    if (peer && !process.env[peer]) notes.push(`${name}: without its peer, ${peer} is not set`);
    console.log(`\n── ${name} ──`);
    const report = await runBench(name, args, { workDir: work, graphs: flags['graphs'] });
    if (!report) {
      claims.push({ text: `${name}: the bench failed`, measured: undefined, atLeast: 0 });
      continue;
    }
    const [load] = report.machine.load;
    for (const claim of report.claims) {
      const { text, measured, spread, atLeast, atMost, met } = claim;
      claims.push({ text: `${name}: ${text}`, measured, spread, atLeast, atMost });
      rows.push({
        bench: name,
        claim: text,
        measured: spread ? say(spread) : (measured?.toFixed(3) ?? '–'),
        wanted: atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`,
        verdict: met === undefined ? 'not measured' : met ? 'met' : 'MISSED',
        'load at start': String(load),
      });
    }
  }
} finally {
  rmSync(work, { recursive: true });
}
for (const [script, why] of Object.entries(NOT_HERE)) notes.push(`not run: npm run ${script} (${why})`);

console.log('\n── all ──');
console.log(machine);
console.table(rows);
finish({ bench: 'compare', rows, claims, notes }, flags, machine);
