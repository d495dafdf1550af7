// @ts-check
/**
 * node2vec for a graph that lives in Neo4j: `gds.node2vec` of Graph Data Science, inside the server, against
 * `shelfwalk train --source` and `shelfwalk neo4j write`, which read it out and put the vectors back.
 *
 * One server, started here, holds the graph and is the same for both; sides alternate round by round, each
 * with a seed of the round. Everything is on two threads of one machine: of ours, the server's share too.
 * Times are on the wall, as the whole of it is what a user waits for; beside them CPU seconds, of the server
 * (as the JVM counts them) and of our processes, which the load of the machine changes less.
 * A tenth of the edges is held out before anything is loaded; AUC is by cosine of the vectors, read back
 * from the database for GDS and from the published version for us, outside the clock.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openNeo4j } from '../dist/neo4j/connection.js';
import { toNames } from '../dist/neo4j/names.js';
import { unwrite } from '../dist/neo4j/remove-version.js';
import { createStatements } from '../dist/neo4j/statements.js';
import { openVersionStore } from '../dist/vectors/version-store.js';
import { runCommand } from './command.mjs';
import { finish, readFlags, say, toMachine, toRatios, toSpread } from './harness.mjs';
import { holdOut, measureLinks, toCosine, toDot } from './held-out-links.mjs';
import { loadShop } from './neo4j-shop.mjs';
import { readServerCpu, runNode2vec, takeVectors } from './peers/gds-node2vec.mjs';
import { startGdsServer } from './peers/gds-server.mjs';
import { readRetail } from './retail-graph.mjs';

const USAGE = `node bench/gds.bench.mjs [--graph RETAIL-10K] [--rounds 3] [--heap 2g] [--graphs DIR] [--json FILE] [--check]
  needs Java 17 and Maven (jars are fetched once)`;
const HELD_OUT_SHARE = 0.1;
const TRAINING_TARGET = 7;
const WHOLE_TARGET = 4;

/** Those of GDS by default, but for the length of a walk (80) and the threads (4). Of both sides, where both have them. */
const SETTINGS = {
  embeddingDimension: 128,
  walksPerNode: 10,
  walkLength: 40,
  windowSize: 10,
  returnFactor: 1,
  inOutFactor: 1,
  negativeSamplingRate: 5,
  negativeSamplingExponent: 0.75,
  positiveSamplingFactor: 0.001,
  initialLearningRate: 0.025,
  minLearningRate: 0.0001,
  concurrency: 2,
};

/** @typedef {{ auc: import('../dist/analyze/bootstrap.js').Interval, inOut?: import('../dist/analyze/bootstrap.js').Interval }} Worth */
/** Wall seconds by stage, in the order they happen. @typedef {{ stages: Record<string, number>, trainingSeconds: number, wallSeconds: number, cpuSeconds: number, pairs?: number } & Worth} Run */
/** @typedef {{ name: string, run: (seed: number) => Promise<Run> }} Entrant */

const flags = readFlags(USAGE, {
  graph: { type: 'string', default: 'RETAIL-10K' },
  heap: { type: 'string', default: '2g' },
});
const rounds = Number(flags['rounds'] ?? 3);
const machine = toMachine();
const shop = readShop(flags['graph'], flags['graphs']);
const { kept, links } = holdOut(shop.edges, {
  count: Math.floor(shop.edges.length * HELD_OUT_SHARE),
  products: shop.products,
  seed: 17,
});
const work = mkdtempSync(join(flags['graphs'], 'gds-'));
const model = join(work, 'model.json');
writeFileSync(model, JSON.stringify({ strength: 'weight' }));

const server = await startGdsServer({ heap: flags['heap'] });
// The commands are told by the environment, as a user's are.
const { uri, user, password } = server;
Object.assign(process.env, { NEO4J_URI: uri, NEO4J_USER: user, NEO4J_PASSWORD: password });
const neo4j = await openNeo4j({ uri, user, password, timeoutMs: 600_000, attempts: 1 });
const statements = createStatements(toNames());

const GDS = 'gds.node2vec';
const SAME = 'shelfwalk, settings of GDS';
const CLOSED = 'shelfwalk, closed form';
/** @type {Entrant[]} */
const ENTRANTS = [
  { name: GDS, run: runGds },
  toOurs(SAME, { ...SETTINGS, typePolicy: '{}' }),
  // GDS takes 5 nodes before and 4 after a centre, always; ours up to windowSize on each side, at random: 4.5 of 8.
  toOurs('shelfwalk, as many pairs', { ...SETTINGS, typePolicy: '{}', windowSize: 8 }),
  toOurs('shelfwalk, its defaults but as many walks', {
    concurrency: SETTINGS.concurrency,
    walksPerNode: SETTINGS.walksPerNode,
  }),
  toOurs('shelfwalk, its defaults', { concurrency: SETTINGS.concurrency }),
  // What plain walks sample, computed: the other way to the same kind of vectors (docs/spectral.md).
  toOurs(CLOSED, { algorithm: 'spectral', typePolicy: '{}' }),
];
/** @type {Map<string, Run[]>} */
const runs = new Map(ENTRANTS.map(({ name }) => [name, []]));
try {
  await loadShop(neo4j, statements, { ...shop, edges: kept });
  console.log(`loaded ${kept.length} relationships; ${links.length} are held out`);
  await warmGds();
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of round % 2 ? ENTRANTS.toReversed() : ENTRANTS) {
      const measured = await run(42 + round);
      runs.get(name)?.push(measured);
      sayRun(name, measured);
    }
  }
} finally {
  await neo4j.close();
  await server.stop();
  rmSync(work, { recursive: true });
}
report();

/** @param {string} name @param {string} dir */
function readShop(name, dir) {
  const { users, products, edges } = readRetail(`${name}-noattr`, dir);
  const { count, from, to, weight } = edges;
  return {
    customers: users,
    products,
    edges: Array.from(
      { length: count },
      (_, i) => /** @type {const} */ ([from[i], to[i] - users, weight[i]]),
    ),
  };
}

/** @param {string} text @param {Record<string, unknown>} [parameters] */
function query(text, parameters = {}) {
  return /** @type {Promise<Record<string, any>[]>} */ (
    neo4j.runLong({ statement: { name: 'bench', text }, parameters })
  );
}

/** All it runs is compiled and in memory when the clock starts. */
async function warmGds() {
  await runNode2vec(query, { ...SETTINGS, walksPerNode: 2, walkLength: 10 });
  await takeVectors(query);
}

/** @param {number} seed @returns {Promise<Run>} */
async function runGds(seed) {
  const cpuBefore = await readServerCpu(query);
  const done = await runNode2vec(query, { ...SETTINGS, randomSeed: seed });
  const cpuSeconds = (await readServerCpu(query)) - cpuBefore;
  const { stages, wallSeconds, arcs, nodes, written } = done;
  if (arcs !== 2 * kept.length || written !== nodes)
    throw new Error(`GDS saw ${arcs} arcs of ${2 * kept.length}, and wrote ${written} vectors of ${nodes}`);
  const vectors = await takeVectors(query);
  const row = (/** @type {string} */ node) => /** @type {number[]} */ (vectors.get(node));
  const auc = await measureLinks(links, (c, p) => toCosine(row(`c${c}`), row(`p${p}`)));
  const trainingSeconds = stages.preprocess + stages.compute;
  return { stages, trainingSeconds, wallSeconds, cpuSeconds, auc };
}

/** @param {string} name @param {Record<string, string | number>} settings @returns {Entrant} */
function toOurs(name, settings) {
  return { name, run: (seed) => runOurs(name, settings, seed) };
}

/** @param {string} name */
function toFlag(name) {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** @param {string} name @param {Record<string, string | number>} settings @param {number} seed @returns {Promise<Run>} */
async function runOurs(name, settings, seed) {
  const dataDir = join(work, 'data');
  const cpuBefore = await readServerCpu(query);
  const train = await runCommand(`${name}, train`, dataDir, [
    ...[
      'train',
      '--source',
      server.uri,
      '--graph-model',
      model,
      '--no-evaluate',
      '--random-seed',
      String(seed),
    ],
    ...Object.entries(settings).flatMap(([setting, value]) => [toFlag(setting), String(value)]),
  ]);
  const write = await runCommand(`${name}, write`, dataDir, ['neo4j', 'write']);
  const serverCpu = (await readServerCpu(query)) - cpuBefore;
  const { training, writeMillis, version } = train.report;
  if (training.relationshipCount !== kept.length || write.report.missing > 0)
    throw new Error(
      `${training.relationshipCount} edges were read, ${write.report.missing} vectors have no node`,
    );
  const worth = await readOurWorth(dataDir, version);
  await unwrite(neo4j, statements);
  rmSync(dataDir, { recursive: true });
  const [read, preprocess, compute, publish] = [
    ...[training.readMillis, training.preProcessingMillis, training.computeMillis, writeMillis],
  ].map((ms) => ms / 1000);
  const { seconds } = write.report;
  return {
    stages: {
      'start of train': train.wallSeconds - read - preprocess - compute - publish,
      ...{ read, preprocess, compute, publish },
      'start of write': write.wallSeconds - seconds.write - seconds.index,
      ...seconds,
    },
    trainingSeconds: preprocess + compute,
    wallSeconds: train.wallSeconds + write.wallSeconds,
    cpuSeconds: train.cpuSeconds + write.cpuSeconds + serverCpu,
    pairs: training.pairs,
    ...worth,
  };
}

/** @param {string} dataDir @param {string} id @returns {Promise<Worth>} */
async function readOurWorth(dataDir, id) {
  const { nodes, vectors, contexts } = await (await openVersionStore(join(dataDir, 'models'))).load(id);
  if (!contexts) throw new Error('a version that was trained has contexts');
  const rowOf = new Map(nodes.ids.map((node, row) => [node, row])); // c… and p…: ids of the two types differ
  const row = (/** @type {string} */ node) => /** @type {number} */ (rowOf.get(node));
  return {
    auc: await measureLinks(links, (c, p) => toCosine(vectors.row(row(`c${c}`)), vectors.row(row(`p${p}`)))),
    inOut: await measureLinks(links, (c, p) => toDot(vectors.row(row(`c${c}`)), contexts.row(row(`p${p}`)))),
  };
}

/** @param {string} name @param {Run} run */
function sayRun(name, { stages, trainingSeconds, wallSeconds, cpuSeconds, auc, inOut }) {
  const text = Object.entries(stages).map(([stage, seconds]) => `${stage} ${seconds.toFixed(1)}`);
  console.log(
    `${name}: training ${trainingSeconds.toFixed(1)} s of ${wallSeconds.toFixed(1)} (${text.join(', ')}), CPU ${cpuSeconds.toFixed(1)} s, AUC ${auc.mean.toFixed(4)} [${auc.low.toFixed(4)}–${auc.high.toFixed(4)}], in·out ${inOut?.mean.toFixed(4) ?? '–'}`,
  );
}

/** @param {string} name */
function toResult(name) {
  const valuesOf = (/** @type {string} */ entrant, /** @type {(run: Run) => number} */ pick) =>
    (runs.get(entrant) ?? []).map(pick);
  const stages = Object.keys(runs.get(name)?.[0]?.stages ?? {});
  const [training, wall, cpu] = /** @type {const} */ (['trainingSeconds', 'wallSeconds', 'cpuSeconds']).map(
    (figure) => (/** @type {Run} */ run) => run[figure],
  );
  const timesFaster = (/** @type {(run: Run) => number} */ pick) =>
    toRatios(valuesOf(GDS, pick), valuesOf(name, pick));
  const auc = valuesOf(name, (run) => run.auc.mean);
  return {
    entrant: name,
    stages: Object.fromEntries(
      stages.map((stage) => [stage, toSpread(valuesOf(name, (run) => run.stages[stage]))]),
    ),
    trainingSeconds: toSpread(valuesOf(name, training)),
    wallSeconds: toSpread(valuesOf(name, wall)),
    cpuSeconds: toSpread(valuesOf(name, cpu)),
    auc: toSpread(auc),
    ...(name !== GDS && {
      trainingFaster: timesFaster(training),
      wholeFaster: timesFaster(wall),
      wholeWithoutIndexFaster: timesFaster((run) => run.wallSeconds - (run.stages['index'] ?? 0)),
      lessCpu: timesFaster(cpu),
      aucLessThatOfGds: toSpread(auc.map((own, round) => own - valuesOf(GDS, (run) => run.auc.mean)[round])),
      aucInOut: toSpread(valuesOf(name, (run) => run.inOut?.mean ?? Number.NaN)),
    }),
  };
}

function report() {
  const results = ENTRANTS.map(({ name }) => toResult(name));
  console.log(machine);
  console.table(
    results.map((result) => ({
      entrant: result.entrant,
      'training s': say(result.trainingSeconds, 1, 1),
      'whole s': say(result.wallSeconds, 1, 1),
      'CPU s': say(result.cpuSeconds, 1, 1),
      AUC: say(result.auc, 1, 4),
      'training ×': result.trainingFaster ? say(result.trainingFaster, 1, 1) : '–',
      'whole ×': result.wholeFaster ? say(result.wholeFaster, 1, 1) : '–',
      'less CPU ×': result.lessCpu ? say(result.lessCpu, 1, 1) : '–',
    })),
  );
  // At the settings of GDS both do the same work; the closed form does another. Our defaults stand in the results.
  const wanted = [SAME, CLOSED].flatMap((name) => {
    const { trainingFaster, wholeFaster, aucLessThatOfGds } = toResult(name);
    return /** @type {[string, import('./harness.mjs').Spread | undefined, number][]} */ ([
      [`${name}: training, times faster than gds.node2vec`, trainingFaster, TRAINING_TARGET],
      [
        `${name}: read, train and write, times faster than project, compute and write`,
        wholeFaster,
        WHOLE_TARGET,
      ],
      [`${name}: AUC of held-out edges by cosine, ours less that of GDS`, aucLessThatOfGds, 0],
    ]);
  });
  const claims = wanted.map(([text, spread, atLeast]) => ({
    text,
    spread,
    atLeast,
    measured: spread?.median,
  }));
  const { customers, products } = shop;
  const graph = {
    name: flags['graph'],
    customers,
    products,
    relationships: kept.length,
    heldOut: links.length,
  };
  const peer = `Neo4j Community ${server.versions.neo4j}, Graph Data Science ${server.versions.gds}, heap ${flags['heap']}`;
  const body = { graph, settings: SETTINGS, peer, results, runs: Object.fromEntries(runs), claims };
  finish({ bench: 'gds', ...body }, flags, machine);
}
