/** The page of a report: what it says first, that nothing in it leads elsewhere, that it reads without eyes. */
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluateSplit } from '../../src/analyze/evaluate.ts';
import { markup } from '../../src/analyze/markup.ts';
import { toOutcome } from '../../src/analyze/outcome.ts';
import type { EvaluationReport } from '../../src/analyze/report.ts';
import { toEmptyPage, toReportPage } from '../../src/analyze/report-page.ts';
import { toShare } from '../../src/analyze/verdicts.ts';
import { toScorer, toShop } from './planted-shop.ts';

const HOSTILE = `</title><script>alert(1)</script>"'&`;

let report: EvaluationReport;
let page: string;
beforeAll(async () => {
  const weak = toScorer(HOSTILE, (customer, scores) => {
    for (let p = 0; p < scores.length; p++) scores[p] = (customer * 31 + p * 17) % 8;
  });
  report = await evaluateSplit({ ...toShop(3), scorers: [weak], served: HOSTILE });
  page = toReportPage(report, {
    title: HOSTILE,
    facts: { [HOSTILE]: HOSTILE },
    settings: { [HOSTILE]: HOSTILE },
  });
});

/** Names of elements in order, closed ones with a slash; attributes with their values. */
const VOID = new Set(['meta', 'line', 'rect', 'path', '!doctype']);
const toTags = (text: string): { name: string; attributes: string; isSelfClosed: boolean }[] =>
  [...text.matchAll(/<(\/?[!a-z][a-z0-9]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>/gi)].map(
    ([, name, attributes, slash]) => ({
      name: name!.toLowerCase(),
      attributes: attributes!,
      isSelfClosed: slash === '/',
    }),
  );
const valuesOf = (text: string, attribute: string): string[] =>
  [...text.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, value]) => value!);

describe('a page', () => {
  test('is whole: every element that is opened is closed, in its place', () => {
    const open: string[] = [];
    for (const { name, isSelfClosed } of toTags(page)) {
      if (VOID.has(name) || isSelfClosed) continue;
      if (name.startsWith('/')) expect(open.pop()).toBe(name.slice(1));
      else open.push(name);
    }
    expect(open).toEqual([]);
    expect(page.match(/</g)!.length).toBe(toTags(page).length); // no other < stands anywhere
  });

  test('asks for nothing: no script, no link, no address, and a policy that would refuse them', () => {
    expect(page).not.toMatch(/<(script|link|img|iframe|object|embed|form|base)\b/i);
    expect(page).not.toMatch(/ (src|href|on\w+|style|action|srcset)=/i);
    expect(page).not.toMatch(/url\(|@import|https?:/i);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test('what others named is text, wherever it stands', () => {
    expect(page).not.toContain('<script>alert');
    const escaped = '&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;';
    expect(page.split(escaped).length).toBeGreaterThan(8); // title, heading, facts, settings, tables, charts, sentences
  });

  test('reads without eyes: language, headings, scopes, captions, names of charts', () => {
    expect(page).toContain('<html lang="en">');
    const headings = toTags(page).filter(({ name }) => /^h\d$/.test(name));
    expect(headings.filter(({ name }) => name === 'h1')).toHaveLength(1);
    expect(
      toTags(page).filter(({ name, attributes }) => name === 'th' && !attributes.includes('scope=')),
    ).toEqual([]);
    const count = (tag: string) => toTags(page).filter(({ name }) => name === tag).length;
    expect(count('caption')).toBe(count('table'));
    expect(count('svg')).toBe(4);
    const ids = valuesOf(page, 'id');
    expect(new Set(ids).size).toBe(ids.length);
    for (const names of valuesOf(page, 'aria-labelledby'))
      for (const name of names.split(' ')) expect(ids).toContain(name);
  });

  test('says first where it loses', () => {
    const { loses, wins, weak } = toOutcome(report);
    expect(loses).toHaveLength(4); // recall and NDCG, with repeats and new
    expect(wins).toEqual([]);
    expect(weak.length).toBeGreaterThan(0);
    const at = (text: string): number => page.indexOf(text);
    expect(at('beats the best baseline by none of the 4 figures')).toBeGreaterThan(0);
    expect(at('Where it loses')).toBeLessThan(at('Rankings with repeat purchases counted'));
  });

  test('holds every mean and interval of the report', () => {
    for (const { results } of Object.values(report.protocols))
      for (const { at } of results)
        for (const { recall, ndcg, mrr } of at)
          for (const { mean, low, high } of [recall, ndcg, mrr])
            expect(page).toContain(
              `<td>${toShare(mean)} <small>[${toShare(low)} ${toShare(high)}]</small></td>`,
            );
  });
});

test('bars are as long as their values, and whiskers end where the intervals end', () => {
  const [first] = page.match(/<svg[\s\S]*?<\/svg>/)!;
  const widths = valuesOf(first, 'width').map(Number);
  const k = Math.max(...report.settings.k);
  const means = report.protocols.all.results.map(({ at }) => at.find((one) => one.k === k)!.recall.mean);
  const longest = Math.max(...widths);
  for (const [i, mean] of means.toSorted((a, b) => b - a).entries())
    expect(widths[i]! / longest).toBeCloseTo(mean / Math.max(...means), 2);
});

test('baselines alone, an empty protocol and a report without novelty have their pages too', async () => {
  const alone = toReportPage(await evaluateSplit(toShop(3)));
  expect(alone).toContain('Only baselines were measured');
  const empty = toReportPage(await evaluateSplit({ ...toShop(9), test: toShop(9).train }));
  expect(empty).toContain('No such customer was measured.');
  const old = JSON.parse(JSON.stringify(report), (key, value) => (key === 'novelty' ? undefined : value));
  expect(toReportPage(old)).toContain('<td>–</td>');
  expect(toEmptyPage('Version v1', 'a < b')).toContain('Not evaluated: a &lt; b');
});

test('markup: text is escaped, markup is not, lists are joined, nothing leaves nothing', () => {
  const inner = markup`<b>${'<'}</b>`;
  expect(String(markup`${inner}${[1, ' & ', inner]}${undefined}${false}`)).toBe(
    '<b>&lt;</b>1 &amp; <b>&lt;</b>',
  );
});
