// @ts-check
/**
 * One task of bench/quality.bench.mjs: which products come next. Of each family of entrants the validation part
 * says which settings are used; those, and our defaults, are then measured on the test part, once.
 */
import { bootstrapMeans } from '../dist/analyze/bootstrap.js';
import { measureLists, toMetricColumns } from '../dist/analyze/measure.js';
import { rankCustomers } from '../dist/analyze/ranker.js';
import { createRandom } from '../dist/base/rng.js';
import {
  BLEND,
  fitModel,
  fitPeer,
  learnWeights,
  listBaselines,
  listPeers,
  listWays,
  loadPeer,
  SPACE,
  toBlend,
  toFold,
} from './quality-entrants.mjs';
import { CANDIDATES, DEFAULTS, listCandidates } from './quality-models.mjs';

/** @typedef {import('./quality-entrants.mjs').Entrant} Entrant */
/** @typedef {import('./quality-entrants.mjs').Fold} Fold */
/** @typedef {import('./quality-entrants.mjs').Plan} Plan */
/** @typedef {import('./quality-tasks.mjs').Figure} Figure */
/** @typedef {import('./quality-tasks.mjs').Question} Question */
/** @typedef {import('../dist/analyze/bootstrap.js').Interval} Interval */
/** Per customer. @typedef {Record<Figure, Float64Array>} Columns */
/** @typedef {Record<'new' | 'all', Columns>} Measured */
/** `validation`: the figure it was chosen by; the defaults are always there. @typedef {Entrant & { validation?: number, weights?: import('./quality-entrants.mjs').BlendWeights }} Choice */
/** `bySeed`: of the figure that chose. @typedef {Entrant & { validation?: number, weights?: object, figures: Record<Figure, Interval>, bySeed: number[], columns: Columns }} Row */
/**
 * @typedef {{ catalog: import('./quality-entrants.mjs').Catalog, memory: import('../dist/kernel/memory.js').KernelMemory,
 *   peer: import('./peer-process.mjs').Peer | undefined, workDir: string, seeds: number[], quick: boolean, wanted: string[],
 *   customers: number, validationCustomers: number }} Context
 */

/** @type {Record<Figure, { metric: 'hitRate' | 'ndcg' | 'recall', k: number }>} */
const FIGURES = {
  'hitRate@10': { metric: 'hitRate', k: 10 },
  'ndcg@10': { metric: 'ndcg', k: 10 },
  'recall@20': { metric: 'recall', k: 20 },
  'ndcg@20': { metric: 'ndcg', k: 20 },
};
const NAMES = /** @type {Figure[]} */ (Object.keys(FIGURES));
const WIDTH = 20;
const RESAMPLES = 1000;

/** @param {Plan} plan @param {Fold} fold @returns {Promise<Measured>} */
async function measure({ create }, { population }) {
  const lists = await rankCustomers(create(), population, { width: WIDTH, seed: 1 });
  const toColumns = (/** @type {'new' | 'all'} */ protocol) => {
    const measured = measureLists(lists[protocol], population, protocol);
    const columns = NAMES.map((name) => [
      name,
      toMetricColumns(measured, FIGURES[name].k)[FIGURES[name].metric],
    ]);
    return /** @type {Columns} */ (Object.fromEntries(columns));
  };
  return { new: toColumns('new'), all: toColumns('all') };
}

/** @param {ArrayLike<number>} values */
const toMean = (values) => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

/** @param {Entrant} entrant */
const toId = ({ family, name, way }) => [family, name, way].filter(Boolean).join(' · ');

/** Every candidate of every family, measured on the validation part. @param {import('./quality-tasks.mjs').NextTask} task @param {Context} context @param {Fold} fold */
async function tryAll(task, context, fold) {
  /** @type {(Entrant & { measured: Measured, weights?: import('./quality-entrants.mjs').BlendWeights })[]} */
  const tried = [];
  /** @param {Plan} plan @param {import('./quality-entrants.mjs').BlendWeights} [weights] */
  const note = async (plan, weights) => {
    const { family, name, way } = plan;
    const measured = await measure(plan, fold);
    tried.push({ family, name, way, measured, weights });
    const said = task.questions.map(
      ({ protocol, by }) => `${protocol} ${by} ${toMean(measured[protocol][by]).toFixed(4)}`,
    );
    console.log(`  validation · ${toId(plan)}: ${said.join(', ')}`);
  };
  for (const plan of listBaselines(fold)) await note(plan);
  for await (const plan of fitPeers(context, fold, () => true)) await note(plan);
  const [{ by }] = task.questions;
  for (const [name, { setting, blends }] of listCandidates('next', task.has, context)) {
    const model = await fitModel(context.catalog, fold, { ...context, setting, seed: context.seeds[0] });
    for (const plan of listWays(fold, model, name)) await note(plan);
    if (!blends) continue;
    const weights = await learnWeights(fold, model, FIGURES[by].k);
    await note(toBlend(fold, model, { name, weights }), weights);
  }
  return tried;
}

/** @param {Context} context @param {Fold} fold @param {(entrant: Entrant) => boolean} isWanted */
async function* fitPeers({ peer, quick, workDir }, fold, isWanted) {
  if (!peer) return;
  await loadPeer(peer, fold, workDir);
  for (const point of listPeers({ quick })) {
    if (isWanted(point)) yield fitPeer(peer, fold, { ...point, workDir });
  }
}

/** Of each family the best by the question's figure; our defaults take part, and stand alone besides. @param {Awaited<ReturnType<typeof tryAll>>} tried @param {Question} question @returns {Choice[]} */
function choose(tried, { protocol, by }) {
  /** @type {Map<string, Choice>} */
  const best = new Map();
  for (const { family, name, way, measured, weights } of tried) {
    const validation = toMean(measured[protocol][by]);
    const side = family === DEFAULTS ? (way === 'blend' ? BLEND : SPACE) : family;
    const known = best.get(side);
    if (validation > (known?.validation ?? Number.NEGATIVE_INFINITY))
      best.set(side, { family: side, name, way, validation, weights });
  }
  return [...best.values()];
}

/** @param {Columns[]} bySeed the same customers @returns {Columns} means over seeds */
const average = (bySeed) =>
  /** @type {Columns} */ (
    Object.fromEntries(
      NAMES.map((name) => [name, bySeed[0][name].map((_, i) => toMean(bySeed.map((c) => c[name][i])))]),
    )
  );

/** What was chosen for any question, and the defaults, on the test part. @param {Context} context @param {Fold} fold @param {Choice[]} choices @returns {Promise<Map<string, Measured[]>>} by `family · name · way`, a model's by seed */
async function measureChosen(context, fold, choices) {
  /** @type {Map<string, Measured[]>} */
  const measured = new Map();
  const note = async (/** @type {Plan} */ plan) => {
    const id = toId(plan);
    measured.set(id, [...(measured.get(id) ?? []), await measure(plan, fold)]);
    console.log(`  test · ${id}`);
  };
  const isChosen = (/** @type {Entrant} */ plan) => choices.some((choice) => toId(choice) === toId(plan));
  for (const plan of listBaselines(fold)) if (isChosen(plan)) await note(plan);
  for await (const plan of fitPeers(context, fold, isChosen)) await note(plan);
  const models = new Set(choices.filter(({ way }) => way).map(({ name }) => name));
  for (const name of models) {
    for (const seed of context.seeds) {
      const { setting } = CANDIDATES[name];
      const model = await fitModel(context.catalog, fold, { ...context, setting, seed });
      const sides = choices.filter((choice) => choice.name === name);
      const weights = sides.find((choice) => choice.weights)?.weights;
      const plans = [
        ...listWays(fold, model, name),
        ...(weights ? [toBlend(fold, model, { name, weights })] : []),
      ];
      for (const plan of plans) if (name === DEFAULTS || isChosen(plan)) await note(plan);
    }
  }
  return measured;
}

/** @param {Choice} choice @param {Measured[] | undefined} measured @param {Question} question @returns {Promise<Row>} */
async function toRow({ validation, weights, ...entrant }, measured, { protocol, by }) {
  if (!measured) throw new Error(`${toId(entrant)} was not measured`);
  const columns = average(measured.map((of) => of[protocol]));
  const intervals = await bootstrapMeans(
    NAMES.map((name) => columns[name]),
    { random: createRandom(11), resamples: RESAMPLES },
  );
  const figures = /** @type {Record<Figure, Interval>} */ (
    Object.fromEntries(NAMES.map((name, i) => [name, intervals[i]]))
  );
  const bySeed = measured.map((of) => toMean(of[protocol][by]));
  return { ...entrant, validation, weights, figures, bySeed, columns };
}

/** Ours − theirs over the same customers. @param {Row} ours @param {Row} theirs @param {Figure} figure */
async function compare(ours, theirs, figure) {
  const column = ours.columns[figure].map((x, i) => x - theirs.columns[figure][i]);
  const [difference] = await bootstrapMeans([column], { random: createRandom(13), resamples: RESAMPLES });
  const ratio = ours.figures[figure].mean / theirs.figures[figure].mean;
  return { figure, ours: toId(ours), rival: toId(theirs), ratio, difference };
}

/**
 * @param {Question} question @param {Map<string, Measured[]>} measured @param {Choice[]} choices
 * @returns what the table and the claims are made of; the rival is the best of its kind on the test part, which favours it
 */
async function answer(question, measured, choices) {
  const find = (/** @type {Choice} */ choice) =>
    measured.get(toId(choice.name === DEFAULTS ? { ...choice, family: DEFAULTS } : choice));
  const rows = await Promise.all(choices.map((choice) => toRow(choice, find(choice), question)));
  /** @type {Row[]} */
  const defaults = [];
  for (const [id, of] of measured) {
    const [family, name, way] = id.split(' · ');
    if (family === DEFAULTS) defaults.push(await toRow({ family, name, way }, of, question));
  }
  const comparisons = [];
  for (const { side, figure } of question.aims) {
    const ours = rows.find(({ family }) => family === (side === 'space' ? SPACE : BLEND));
    const rivals = rows.filter(({ family }) => question.rivals.includes(family));
    const best = rivals.reduce((a, b) => (b.figures[figure].mean > a.figures[figure].mean ? b : a));
    if (ours) comparisons.push({ side, ...(await compare(ours, best, figure)) });
  }
  return { question, rows: [...rows, ...defaults].map(({ columns: _, ...row }) => row), comparisons };
}

/** @param {import('./quality-tasks.mjs').NextTask} task @param {Context} context */
export async function runNext(task, context) {
  const { catalog } = context;
  const toPart = (/** @type {'test' | 'validation'} */ part, /** @type {number} */ maxCustomers) =>
    toFold(catalog, task.evaluate, { part, maxCustomers });
  const tried = await tryAll(task, context, await toPart('validation', context.validationCustomers));
  const chosen = task.questions.map((question) => choose(tried, question));
  const test = await toPart('test', context.customers);
  const ofDefaults = tried.find(({ family, way }) => family === DEFAULTS && way === 'blend');
  const always = { family: DEFAULTS, name: DEFAULTS, way: 'blend', weights: ofDefaults?.weights };
  const measured = await measureChosen(context, test, [...chosen.flat(), always]);
  const answers = [];
  for (const [i, question] of task.questions.entries())
    answers.push(await answer(question, measured, chosen[i]));
  const validation = tried.map(({ family, name, way, measured: of, weights }) => ({
    entrant: toId({ family, name, way }),
    weights,
    ...Object.fromEntries(
      task.questions.map(({ protocol, by }) => [`${protocol} ${by}`, +toMean(of[protocol][by]).toFixed(5)]),
    ),
  }));
  const customers = { new: test.population.members.new.length, all: test.population.members.all.length };
  return { customers, leftOut: test.population.leftOut, answers, validation };
}
