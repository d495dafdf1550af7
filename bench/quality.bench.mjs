// @ts-check
/**
 * The table of targets: on each data set counting, peers, our best single vector space and our best blend, apart,
 * the aim, and whether it is met. Settings are chosen on a validation part from one list for all data sets
 * (quality-models.mjs); the test part is scored with what was chosen, and with plain defaults.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createKernelMemory } from '../dist/kernel/memory.js';
import { runConfigSchema } from '../dist/pipeline/config.js';
import { runBench } from './bench-process.mjs';
import { openDataset } from './datasets.mjs';
import { finish, readFlags, toMachine, toVerdict, writeReport } from './harness.mjs';
import { NO_PEER, openPeer } from './peer-process.mjs';
import { runCompanions } from './quality-companions.mjs';
import { CANDIDATES, PEER_GRID, RP3_BETAS } from './quality-models.mjs';
import { runNext } from './quality-next.mjs';
import { printCompanions, printNext, toCompanionClaims, toNextClaims } from './quality-report.mjs';
import { TASKS } from './quality-tasks.mjs';

const USAGE = `node bench/quality.bench.mjs [--only TASK;TASK] [--models TEXT;TEXT] [--seeds 1,2,3] [--customers 5000]
  [--quick] [--python PATH] [--json FILE] [--append] [--check]
  --only       tasks: ${Object.keys(TASKS).join('; ')}
  --models     candidates whose name holds one of the texts, and the defaults
  --seeds      of trainings; the first one chooses
  --customers  asked on a test part, drawn at random where there are more; --validation-customers of a validation part
  --quick      lastfm and companions, closed forms and the first settings of peers alone: a look, not a result
  --append     keep the tasks of --json, and skip them
  SHELFWALK_DATASETS names the folder of the data sets; peers: bench/peers/README.md`;
const QUICK = ['lastfm', 'companions'];

const flags = readFlags(USAGE, {
  only: { type: 'string', default: '' },
  models: { type: 'string', default: '' },
  seeds: { type: 'string', default: '1' },
  customers: { type: 'string', default: '5000' },
  'validation-customers': { type: 'string', default: '1500' },
  quick: { type: 'boolean', default: false },
  append: { type: 'boolean', default: false },
});
const machine = toMachine();
const root = process.env['SHELFWALK_DATASETS'];
if (!root) {
  console.error(`SHELFWALK_DATASETS is not set: nothing to measure on.\n${USAGE}`);
  process.exit(2);
}
const quick = Boolean(flags['quick']);
const toList = (/** @type {string} */ text, separator = ';') => text.split(separator).filter(Boolean);
const only = toList(flags['only']);
const unknown = only.find((name) => !(name in TASKS));
if (unknown) throw new Error(`--only ${unknown}: expected some of ${Object.keys(TASKS).join('; ')}`);
const wanted = only.length > 0 ? only : quick ? QUICK : Object.keys(TASKS);

const workDir = flags['graphs'];
mkdirSync(workDir, { recursive: true });
const limits = {
  seeds: toList(flags['seeds'], ',').map(Number),
  customers: Number(flags['customers']),
  validationCustomers: Number(flags['validation-customers']),
  quick,
  wanted: toList(flags['models']),
};
const memory = createKernelMemory(2 ** 32);

/** @param {import('./quality-tasks.mjs').NextTask | import('./quality-tasks.mjs').CompanionTask} task @param {string} name */
async function runOnData(task, name) {
  const catalog = await openDataset(task.data, /** @type {string} */ (root), workDir);
  const peer = task.kind === 'next' ? await openPeer(flags['python'], 'implicit_models.py') : undefined;
  const context = { catalog, memory, peer, workDir, ...limits };
  try {
    if (task.kind === 'next') {
      const result = await runNext(task, context);
      printNext(name, result);
      return { result, claims: toNextClaims(name, result) };
    }
    const result = await runCompanions(task, context);
    printCompanions(name, result);
    return { result, claims: toCompanionClaims(name, result) };
  } finally {
    peer?.close();
    await catalog.close();
  }
}

/** @param {import('./quality-tasks.mjs').BenchTask} task @param {string} name */
async function runOther({ bench, args }, name) {
  const report = await runBench(bench, args, { workDir, graphs: workDir });
  const failed = { text: `${name}: the bench failed`, measured: undefined, atLeast: 0 };
  /** @type {import('./harness.mjs').Claim[]} */
  const claims = (report?.claims ?? [failed]).map((/** @type {import('./harness.mjs').Claim} */ claim) => ({
    ...claim,
    text: report ? `${name}: ${claim.text}` : claim.text,
  }));
  return { result: report && { command: `node bench/${bench}.bench.mjs ${args.join(' ')}` }, claims };
}

/** @typedef {{ text: string, commit: string, load: number[], seconds: number, limits: object, result: any, claims: import('./harness.mjs').Claim[] }} Done */
const isKept = flags['append'] && flags['json'] && existsSync(flags['json']);
/** @type {Record<string, Done>} */
const tasks = isKept ? JSON.parse(readFileSync(flags['json'], 'utf8')).tasks : {};
const body = () => ({
  bench: 'quality',
  defaults: runConfigSchema.parse({}),
  candidates: CANDIDATES,
  grids: { rp3b: RP3_BETAS, ...PEER_GRID },
  tasks,
});
for (const name of wanted) {
  if (tasks[name]) continue;
  const task = TASKS[name];
  console.log(`\n── ${name}: ${task.text} ──`);
  const { load, commit } = toMachine();
  const startedAt = performance.now();
  const { result, claims } = await (task.kind === 'bench' ? runOther(task, name) : runOnData(task, name));
  for (const claim of claims) console.log(toVerdict(claim));
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  tasks[name] = { text: task.text, commit, load, seconds, limits, result, claims };
  // Every task is kept as soon as it is there: the whole takes hours.
  if (flags['json']) writeReport(flags['json'], { ...body(), machine, unfinished: true });
}

finish(
  {
    ...body(),
    claims: Object.values(tasks).flatMap(({ claims }) => claims),
    notes: [
      ...Object.keys(TASKS)
        .filter((name) => !tasks[name])
        .map((name) => `not run: ${name}`),
      'intervals are of the choice of customers or baskets, 95 %; figures of a model are means over its seeds',
      'what is to be beaten is the best of its kind on the test part, which flatters it; ours is what the validation part chose',
      ...(flags['python'] ? [] : [`implicit: ${NO_PEER}`]),
    ],
  },
  flags,
  machine,
);
