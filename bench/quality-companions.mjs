// @ts-check
/**
 * One task of bench/quality.bench.mjs: from one product of a basket that was held out, the others. Settings by the
 * validation part, figures by the test part, as for the other tasks; the question itself is bench/companions.mjs's.
 */
import { bootstrapMeans } from '../dist/analyze/bootstrap.js';
import { createRandom } from '../dist/base/rng.js';
import {
  learnCompanionBlend,
  planCompanionBaselines,
  toBlendMembers,
  toBlendScores,
  toCompanionHits,
  toCompanionQueries,
  toProductScores,
} from './companions.mjs';
import { BLEND, fitModel, SPACE, toFold } from './quality-entrants.mjs';
import { CANDIDATES, DEFAULTS, listCandidates } from './quality-models.mjs';

/** @typedef {import('./quality-entrants.mjs').Fold} Fold */
/** @typedef {import('./quality-next.mjs').Context} Context */
/** @typedef {import('../dist/analyze/bootstrap.js').Interval} Interval */
/** @typedef {import('../dist/analyze/blend.js').BlendWeights} BlendWeights */
/** Hits by query, one column for each seed. @typedef {{ family: string, name: string, way: string, hits: Float64Array[] }} Tried */

const K = 10;
/** @typedef {'in-out' | 'cosine'} Way */
/** @type {Way[]} */
const WAYS = ['in-out', 'cosine'];

/** @param {ArrayLike<number>} values */
const toMean = (values) => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

/** @param {Fold} fold @returns {Tried[]} none has settings: nothing to choose */
function countOn(fold) {
  const queries = toCompanionQueries(fold);
  return Object.entries(planCompanionBaselines(fold)).map(([family, scoresOf]) => ({
    family,
    name: '',
    way: '',
    hits: [toCompanionHits(scoresOf, queries, K)],
  }));
}

/** @param {Context} context @param {Fold} fold @param {string} name @param {number[]} seeds @returns {Promise<Tried[]>} one for each way to ask */
async function askModel(context, fold, name, seeds) {
  const queries = toCompanionQueries(fold);
  /** @type {Tried[]} */
  const tried = WAYS.map((way) => ({ family: SPACE, name, way, hits: [] }));
  for (const seed of seeds) {
    const model = await fitModel(context.catalog, fold, {
      ...context,
      setting: CANDIDATES[name].setting,
      seed,
    });
    for (const { way, hits } of tried)
      hits.push(toCompanionHits(toProductScores(model, /** @type {Way} */ (way)), queries, K));
  }
  for (const { way, hits } of tried) console.log(`  ${name}, ${way}: HR@${K} ${toMean(hits[0]).toFixed(4)}`);
  return tried;
}

/**
 * A model's blend with the counts, on a fold; the weights are learned there if none are given.
 * @param {Context} context @param {Fold} fold @param {{ name: string, way: Way, weights?: BlendWeights, seeds: number[] }} of
 * @returns {Promise<{ tried: Tried, weights: BlendWeights }>}
 */
async function askBlend(context, fold, { name, way, weights: given, seeds }) {
  const { products } = fold;
  const [queries, counting] = [toCompanionQueries(fold), planCompanionBaselines(fold)];
  const { setting } = CANDIDATES[name];
  let weights = given;
  const hits = [];
  for (const seed of seeds) {
    const model = await fitModel(context.catalog, fold, { ...context, setting, seed });
    const members = toBlendMembers(toProductScores(model, way), counting);
    weights ??= learnCompanionBlend(members, queries, K);
    hits.push(toCompanionHits(toBlendScores(members, { weights, products }), queries, K));
  }
  if (!weights) throw new Error('a blend needs a seed');
  const said = Object.entries(weights).map(([member, weight]) => `${member} ${weight}`);
  console.log(`  blend, ${said.join(', ')}: HR@${K} ${toMean(hits[0]).toFixed(4)}`);
  return { tried: { family: BLEND, name, way: said.join(', '), hits }, weights };
}

/** @param {Tried} tried */
async function toRow({ family, name, way, hits }) {
  const column = hits[0].map((_, i) => toMean(hits.map((seed) => seed[i])));
  const [hitRate] = await bootstrapMeans([column], { random: createRandom(11), resamples: 1000 });
  return { family, name, way, figures: { 'hitRate@10': hitRate }, bySeed: hits.map(toMean), column };
}

/** @param {import('./quality-tasks.mjs').CompanionTask} task @param {Context} context */
export async function runCompanions(task, context) {
  const { catalog, seeds } = context;
  const toPart = (/** @type {'test' | 'validation'} */ part) =>
    toFold(catalog, { split: 'time' }, { part, maxCustomers: context.customers });
  const validation = await toPart('validation');
  const tried = countOn(validation);
  for (const [name] of listCandidates('companions', task.has, context))
    tried.push(...(await askModel(context, validation, name, seeds.slice(0, 1))));
  const spaces = tried.filter(({ family }) => family === SPACE);
  const chosen = spaces.reduce((a, b) => (toMean(b.hits[0]) > toMean(a.hits[0]) ? b : a));

  const model = { name: chosen.name, way: /** @type {Way} */ (chosen.way) };
  const learned = await askBlend(context, validation, { ...model, seeds: seeds.slice(0, 1) });
  tried.push(learned.tried);

  const test = await toPart('test');
  console.log(`  test part; chosen: ${chosen.name}, ${chosen.way}`);
  const ours = (await askModel(context, test, chosen.name, seeds)).filter(({ way }) => way === chosen.way);
  const blend = await askBlend(context, test, { ...model, seeds, weights: learned.weights });
  const plain = (await askModel(context, test, DEFAULTS, seeds)).map((t) => ({ ...t, family: DEFAULTS }));
  const rows = await Promise.all([...countOn(test), ...ours, blend.tried, ...plain].map(toRow));
  return {
    queries: rows[0].column.length,
    rows: rows.map(({ column: _, ...row }) => row),
    comparisons: [await compare(rows, SPACE), await compare(rows, BLEND)],
    validation: tried.map(({ family, name, way, hits }) => ({
      entrant: [family, name, way].filter(Boolean).join(' · '),
      'hitRate@10': +toMean(hits[0]).toFixed(5),
    })),
  };
}

/** Of one side with the best way of counting on the same queries. @param {Awaited<ReturnType<typeof toRow>>[]} rows @param {string} family */
async function compare(rows, family) {
  const ours = /** @type {(typeof rows)[number]} */ (rows.find((row) => row.family === family));
  const rivals = rows.filter((row) => ![SPACE, BLEND, DEFAULTS].includes(row.family));
  const rival = rivals.reduce((a, b) =>
    b.figures['hitRate@10'].mean > a.figures['hitRate@10'].mean ? b : a,
  );
  const [difference] = await bootstrapMeans([ours.column.map((x, i) => x - rival.column[i])], {
    random: createRandom(13),
    resamples: 1000,
  });
  return {
    side: family,
    ours: `${ours.name} · ${ours.way}`,
    rival: rival.family,
    ratio: ours.figures['hitRate@10'].mean / rival.figures['hitRate@10'].mean,
    difference,
  };
}
