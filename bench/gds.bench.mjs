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
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openNeo4j } from '../dist/neo4j/connection.js';
import { toNames } from '../dist/neo4j/names.js';
import { unwrite } from '../dist/neo4j/remove-version.js';
import { migrate } from '../dist/neo4j/schema.js';
import { createStatements } from '../dist/neo4j/statements.js';
import { openVersionStore } from '../dist/vectors/version-store.js';
import { runCommand } from './command.mjs';
import { ensureGraph } from './graphs.mjs';
import { finish, readFlags, say, toMachine, toRatios, toSpread } from './harness.mjs';
import { holdOut, measureLinks, toCosine, toDot } from './held-out-links.mjs';
import { readServerCpu, runNode2vec, takeVectors } from './peers/gds-node2vec.mjs';
import { startGdsServer } from './peers/gds-server.mjs';

const USAGE = `node bench/gds.bench.mjs [--graph RETAIL-10K] [--rounds 3] [--heap 2g] [--graphs DIR] [--json FILE] [--check]
  needs Java 17 and Maven (jars are fetched once)`;
const HELD_OUT_SHARE = 0.1;
const TRAINING_TARGET = 7;
const WHOLE_TARGET = 4;
const BATCH = 5000;

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
/** Wall seconds by stage, in the order they happen. @typedef {{ stages: Record<string, number>, trainingSeconds: number, wallSeconds: number, cpuSeconds: number } & Worth} Run */
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
mkdirSync(flags['graphs'], { recursive: true });
const work = mkdtempSync(join(flags['graphs'], 'gds-'));
const model = join(work, 'model.json');
writeFileSync(model, JSON.stringify({ strength: 'weight' }));

const server = await startGdsServer({ heap: flags['heap'] });
// The commands are told by the environment, as a user's are.
Object.assign(process.env, { NEO4J_URI: server.uri, NEO4J_USER: 'neo4j', NEO4J_PASSWORD: server.password });
const neo4j = await openNeo4j({
  uri: server.uri,
  user: 'neo4j',
  password: server.password,
  timeoutMs: 600_000,
  attempts: 1,
});
const statements = createStatements(toNames());

const GDS = 'gds.node2vec';
const [SAME, OWN] = ['shelfwalk, settings of GDS', 'shelfwalk, its defaults'];
/** @type {Entrant[]} */
const ENTRANTS = [
  { name: GDS, run: runGds },
  { name: SAME, run: (seed) => runOurs(SAME, { ...SETTINGS, typePolicy: '{}' }, seed) },
  { name: OWN, run: (seed) => runOurs(OWN, { concurrency: SETTINGS.concurrency }, seed) },
];
/** @type {Map<string, Run[]>} */
const runs = new Map(ENTRANTS.map(({ name }) => [name, []]));
try {
  await loadShop();
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
  ensureGraph(name, dir);
  const { users, products } = JSON.parse(readFileSync(join(dir, `${name}.meta.json`), 'utf8'));
  const lines = readFileSync(join(dir, `${name}-noattr.tsv`), 'utf8')
    .trimEnd()
    .split('\n');
  const edges = lines.map((line) => {
    const [from, to, weight] = line.split('\t').map(Number);
    return /** @type {import('./held-out-links.mjs').Edge} */ ([from, to - users, weight]);
  });
  return { users, products, edges };
}

/** @param {string} text @param {Record<string, unknown>} [parameters] */
function query(text, parameters = {}) {
  return /** @type {Promise<Record<string, any>[]>} */ (
    neo4j.runLong({ statement: { name: 'bench', text }, parameters })
  );
}

async function loadShop() {
  await migrate(neo4j, statements);
  /** @type {[string, object[]][]} */
  const steps = [
    ['CREATE (:Customer {id: row.id})', Array.from({ length: shop.users }, (_, i) => ({ id: `c${i}` }))],
    ['CREATE (:Product {id: row.id})', Array.from({ length: shop.products }, (_, i) => ({ id: `p${i}` }))],
    [
      'MATCH (c:Customer {id: row.c}), (p:Product {id: row.p}) CREATE (c)-[:INTERACTED {type: "purchase", weight: row.w}]->(p)',
      kept.map(([customer, product, w]) => ({ c: `c${customer}`, p: `p${product}`, w })),
    ],
  ];
  for (const [text, rows] of steps)
    for (let at = 0; at < rows.length; at += BATCH)
      await query(`UNWIND $rows AS row ${text}`, { rows: rows.slice(at, at + BATCH) });
  console.log(`loaded ${kept.length} relationships; ${links.length} are held out`);
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

/** @param {string} name @param {(run: Run) => number} pick by round */
function valuesOf(name, pick) {
  return (runs.get(name) ?? []).map(pick);
}

/** @param {string} name */
function toResult(name) {
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
  // At the settings of GDS, so that both do the same work; what our defaults give stands in the results.
  const { trainingFaster, wholeFaster, aucLessThatOfGds } = toResult(SAME);
  /** @type {[string, import('./harness.mjs').Spread | undefined, number][]} */
  const wanted = [
    ['training, times faster than gds.node2vec', trainingFaster, TRAINING_TARGET],
    ['read, train and write, times faster than project, compute and write', wholeFaster, WHOLE_TARGET],
    ['AUC of held-out edges by cosine, ours less that of GDS', aucLessThatOfGds, 0],
  ];
  const claims = wanted.map(([text, spread, atLeast]) => ({
    text,
    measured: spread?.median,
    spread,
    atLeast,
  }));
  const graph = {
    ...{ name: flags['graph'], customers: shop.users, products: shop.products },
    ...{ relationships: kept.length, heldOut: links.length },
  };
  const peer = `Neo4j Community ${server.versions.neo4j}, Graph Data Science ${server.versions.gds}, heap ${flags['heap']}`;
  const body = { graph, settings: SETTINGS, peer, results, runs: Object.fromEntries(runs), claims };
  finish({ bench: 'gds', ...body }, flags, machine);
}
