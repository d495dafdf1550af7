// @ts-check
/** What bench/quality.bench.mjs found, as tables for the terminal and as claims: losses beside gains. */
import { DEFAULTS } from './quality-models.mjs';

/** @typedef {import('./harness.mjs').Claim} Claim */
/** @typedef {import('../dist/analyze/bootstrap.js').Interval} Interval */
/** @typedef {Awaited<ReturnType<typeof import('./quality-next.mjs').runNext>>} NextResult */
/** @typedef {Awaited<ReturnType<typeof import('./quality-companions.mjs').runCompanions>>} CompanionResult */

/** @param {Interval} interval */
const say = ({ mean, low, high }) => `${mean.toFixed(4)} [${low.toFixed(4)}–${high.toFixed(4)}]`;

/** @param {{ family: string, name: string, way: string, figures: Record<string, Interval> }[]} rows */
const toTable = (rows) =>
  rows.map(({ family, name, way, figures }) => ({
    family,
    settings: [family === DEFAULTS ? '' : name, way].filter(Boolean).join(' · '),
    ...Object.fromEntries(Object.entries(figures).map(([figure, interval]) => [figure, say(interval)])),
  }));

/** @param {string} task @param {NextResult} result */
export function printNext(task, { customers, answers }) {
  for (const { question, rows, comparisons } of answers) {
    const { protocol, by } = question;
    console.log(
      `\n${task}, ${protocol} (${customers[protocol]} customers; chosen by ${by} of the validation part)`,
    );
    console.table(toTable(rows));
    for (const { side, figure, ours, rival, ratio, difference } of comparisons)
      console.log(
        `${side}, ${figure}: ${ours} is ${ratio.toFixed(3)} × ${rival}; difference ${say(difference)}`,
      );
  }
}

/** @param {string} task @param {CompanionResult} result */
export function printCompanions(task, { queries, rows, comparisons }) {
  console.log(`\n${task} (${queries} baskets)`);
  console.table(toTable(rows));
  for (const { side, ours, rival, ratio, difference } of comparisons)
    console.log(`${side}: ${ours} is ${ratio.toFixed(3)} × ${rival}; difference ${say(difference)}`);
}

/** @param {string} task @param {NextResult} result @returns {Claim[]} */
export const toNextClaims = (task, { answers }) =>
  answers.flatMap(({ question, rows, comparisons }) =>
    question.aims.map(({ side, figure, overBest, atLeast }) => {
      const of = side === 'space' ? 'one space' : 'blend';
      const text = `${task}, ${question.protocol}: ${figure} of ${of}`;
      const found = comparisons.find((c) => c.side === side && c.figure === figure);
      if (overBest === undefined)
        return { text, measured: rows.find(({ family }) => family === of)?.figures[figure].mean, atLeast };
      return {
        text: `${text}, over the best of what it is to beat`,
        measured: found?.ratio,
        atLeast: overBest,
      };
    }),
  );

/** @param {string} task @param {CompanionResult} result @returns {Claim[]} */
export const toCompanionClaims = (task, { comparisons }) =>
  comparisons.map(({ side, ratio }) => ({
    text: `${task}: HR@10 of ${side}, over the best way of counting`,
    measured: ratio,
    atLeast: 1,
  }));
