/**
 * kill -9 at random moments of a server that is written to while it trains, refreshes and publishes.
 * SHELFWALK_KILLS=200 is the long run; SHELFWALK_KILLS_REPORT names a file for its figures.
 */
import { expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { killAgainAndAgain, type Tally } from './kill-harness.ts';
import { Renewing } from './renewing.ts';
import { writeSoakReport } from './report.ts';
import { startServer } from './server.ts';
import { importShop } from './shop.ts';
import { Writing } from './writing.ts';

/** With the five of test/serve/kill.test.ts the suite has twenty. */
const KILLS = Number(process.env['SHELFWALK_KILLS'] ?? 15);
const REPORT = process.env['SHELFWALK_KILLS_REPORT'];
/** Of one data directory; then another is begun, for what is written makes the jobs longer. */
const SERIES = 20;
/** Data directories at once, each with its server. */
const LANES = 2;
/** A version is written in a hundredth of a second: every so many kills wait for that. */
const PUBLISH_EVERY = 4;
/** Checkpoints after every pass, so that there is something to go on from. */
const FLAGS = ['--checkpoint-seconds', '0'];

type Found = Tally & { readonly facts: Readonly<Record<string, number>> };

async function killSeries(kills: number, random: () => number): Promise<Found> {
  const { dataDir, products } = await importShop(100);
  const writing = new Writing(random);
  const renewing = new Renewing({ dataDir, product: products[0]!.id, random });
  const server = await startServer(dataDir, FLAGS);
  await renewing.prepare(server).finally(() => server.kill());
  const tally = await killAgainAndAgain({
    dataDir,
    kills,
    activities: [writing, renewing],
    moment: (kill) =>
      kill % PUBLISH_EVERY === PUBLISH_EVERY - 1 ? renewing.withinPublish() : renewing.withinJob(),
    flags: FLAGS,
  });
  return { ...tally, facts: { ...writing.facts(), ...renewing.facts() } };
}

test(
  `kill -9, ${KILLS} times: what was acknowledged is there, a whole version is served, jobs end`,
  async () => {
    const random = createRandom(17);
    const broken: string[] = [];
    const sums: Record<string, number> = {};
    const series = Array.from({ length: Math.ceil(KILLS / SERIES) }, (_, i) =>
      Math.min(SERIES, KILLS - i * SERIES),
    ).values();
    const run = async () => {
      for (const kills of series) {
        const { broken: more, facts, ...counts } = await killSeries(kills, random);
        broken.push(...more);
        for (const [name, count] of Object.entries({ ...counts, ...facts }))
          sums[name] = (sums[name] ?? 0) + count;
      }
    };
    await Promise.all(Array.from({ length: LANES }, run));
    if (REPORT !== undefined)
      await writeSoakReport(REPORT, 'kill -9 while writing, training, refreshing and publishing', {
        ...sums,
        broken,
      });
    expect(broken).toEqual([]);
    expect(sums['kills']).toBe(KILLS);
    // Else the kills missed what they were meant for.
    expect(sums['killsInAnUnfinishedWrite']).toBeGreaterThanOrEqual(KILLS / 2);
    expect(sums['killsInATraining']! + sums['killsInARefresh']!).toBeGreaterThanOrEqual(KILLS / 4);
    expect(sums['killsInAnUnfinishedPublish']).toBeGreaterThanOrEqual(KILLS / 20);
    expect(sums['promises']).toBeGreaterThan(KILLS * 8);
  },
  120_000 + KILLS * 60_000,
);
