/**
 * Versions are swapped and refreshed under traffic: every request is answered, and every answer is of one
 * version from end to end. The long run, of docs/performance.md: SHELFWALK_SWAPS=20 SHELFWALK_RATE=200;
 * SHELFWALK_TRAFFIC_REPORT names a file for its figures.
 */
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { openWorkspace } from '../../src/pipeline/workspace.ts';
import { KINDS, OfflineVersion, type Question } from './answers.ts';
import { writeSoakReport } from './report.ts';
import { endOf, type Server, startServer } from './server.ts';
import { importShop, type SoakShop, toSmallRun } from './shop.ts';
import { type Answer, startTraffic } from './traffic.ts';

/** Of `prod`, and as many of another alias that is answered from too. */
const SWAPS = Number(process.env['SHELFWALK_SWAPS'] ?? 3);
const REFRESHES = SWAPS < 20 ? SWAPS - 1 : SWAPS;
const RATE = Number(process.env['SHELFWALK_RATE'] ?? 50); // questions a second
const REPORT = process.env['SHELFWALK_TRAFFIC_REPORT'];
/** Of twenty questions: a shop shows companions of a product on every page. */
const MIX = Object.entries({ neighbors: 8, recommendations: 3, query: 3, embeddings: 4, nodes: 2 }).flatMap(
  ([kind, count]) => Array<Question['kind']>(count).fill(kind as Question['kind']),
);
const EVENTS = 120; // before each refresh
const DAY_MS = 86_400_000;

const random = createRandom(31);
const drawFrom = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

/** Two lines of versions, of trainings from different seeds: no answer of one can be one of the other. */
async function trainTwoLines(server: Server): Promise<[string, string]> {
  const heads: string[] = [];
  for (const [i, alias] of ['prod', 'rival'].entries()) {
    const body = { alias, evaluate: false, run: toSmallRun(i + 1) };
    const { status, json } = await server.send('POST', '/v1/models', body);
    expect([status, json.detail]).toEqual([202, undefined]);
    heads.push((await endOf(server, json.id)).result.version);
  }
  return [heads[0]!, heads[1]!];
}

/** Of customers who do nothing while it lasts, so that what they have bought is known. */
async function toQuestions({ dataDir, products, customers }: SoakShop): Promise<() => Question> {
  const quiet = customers.slice(customers.length / 2).map(({ id }) => id);
  const workspace = await openWorkspace(dataDir);
  const histories = new Map<string, Awaited<ReturnType<typeof workspace.catalog.history>>>();
  for (const id of quiet) histories.set(id, await workspace.catalog.history(id));
  await workspace.close();
  const buyers = quiet.filter((id) => histories.get(id)!.length > 0);
  const product = () => drawFrom(products).id;
  const node = () =>
    random() < 0.5
      ? { type: 'product' as const, id: product() }
      : { type: 'customer' as const, id: drawFrom(quiet) };
  return () => {
    const kind = drawFrom(MIX);
    if (kind === 'neighbors') return { kind, product: product() };
    if (kind === 'query') return { kind, products: [...new Set([product(), product(), product()])] };
    if (kind !== 'recommendations') return { kind, node: node() };
    const customer = drawFrom(buyers);
    return { kind, customer, history: histories.get(customer)! };
  };
}

/** What a day brings: customers who are there already, and new ones. */
async function writeEvents(server: Server, { products, customers, afterMs }: SoakShop, day: number) {
  const busy = customers.slice(0, customers.length / 2);
  const interactions = Array.from({ length: EVENTS }, (_, i) => ({
    customerId: i % 4 === 0 ? `new ${day} ${i % 5}` : drawFrom(busy).id,
    productId: drawFrom(products).id,
    timestamp: afterMs + day * DAY_MS + i * 60_000,
  }));
  const { status, json } = await server.send('POST', '/v1/interactions', { interactions });
  expect([status, json.accepted, json.rejected]).toEqual([200, EVENTS, 0]);
}

async function swap(server: Server, alias: string, version: string): Promise<void> {
  const { status, json } = await server.send('PUT', `/v1/aliases/${alias}`, { version });
  expect([status, json.version]).toEqual([200, version]);
}

/** Mostly local ones; now and then one that trains anew and turns the space. */
async function refresh(server: Server, round: number, meanwhile: () => Promise<void>) {
  const mode = round % 5 === 1 ? 'full' : 'local';
  const startedAt = performance.now();
  const { status, json } = await server.send('POST', '/v1/refresh', { mode, force: true });
  expect([status, json.detail]).toEqual([202, undefined]);
  await meanwhile();
  const { state, error, result } = await endOf(server, json.id);
  expect([state, error]).toEqual(['succeeded', undefined]);
  expect(result.mode).toBe(mode);
  return { mode, version: result.published.version as string, ms: performance.now() - startedAt };
}

test(`${RATE} requests a second through ${2 * SWAPS} swaps and ${REFRESHES} refreshes: none fails, none mixes versions`, async () => {
  const shop = await importShop(SWAPS < 20 ? 200 : 400);
  const drawQuestion = await toQuestions(shop);
  const server = await startServer(shop.dataDir);
  onTestFinished(() => server.kill());
  const heads = await trainTwoLines(server);
  const lineOf = new Map<string, number>(heads.map((head, line) => [head, line]));
  const refreshes: Awaited<ReturnType<typeof refresh>>[] = [];

  const traffic = startTraffic(server, RATE, () => ({
    question: drawQuestion(),
    alias: drawFrom(['prod', 'rival']),
  }));
  for (let round = 0; round < SWAPS; round++) {
    const line = (round + 1) % 2;
    await swap(server, 'prod', heads[line]!);
    await traffic.served(heads[line]!);
    const swapOther = () => swap(server, 'rival', heads[1 - line]!);
    if (round >= REFRESHES) {
      await swapOther();
      continue;
    }
    await writeEvents(server, shop, round);
    const done = await refresh(server, round, swapOther);
    refreshes.push(done);
    heads[line] = done.version;
    lineOf.set(done.version, line);
    await traffic.served(done.version);
  }
  const perSecond = await traffic.stop();
  await server.kill();

  const answered = traffic.answers.filter(({ status }) => status === 200);
  const failed = traffic.answers.filter(({ status }) => status !== 200);
  const versions = await Promise.all([...lineOf.keys()].map((id) => OfflineVersion.read(shop.dataDir, id)));
  const found = examine(answered, versions, lineOf);
  if (REPORT !== undefined) {
    await writeSoakReport(REPORT, 'traffic through swaps and refreshes', {
      requestsPerSecond: Math.round(perSecond * 10) / 10,
      failed: failed.length,
      swaps: 2 * SWAPS,
      refreshes: refreshes.map(({ mode, ms }) => ({ mode, ms: Math.round(ms) })),
      ...found,
    });
  }
  expect(failed.slice(0, 5), `${failed.length} of ${traffic.answers.length} requests failed`).toEqual([]);
  expect(found.mixed).toEqual([]);
  expect(new Set(answered.map(({ json }) => json.model.version))).toEqual(new Set(lineOf.keys()));
  // Else a mix would not have been seen.
  for (const kind of KINDS) expect(found.kinds[kind]!.alsoOfTheOtherLine).toBe(0);
}, 3_600_000);

/** Each answer is held to the version it names, and to one of the other line, which must not have given it. */
function examine(
  answers: readonly Answer[],
  versions: readonly OfflineVersion[],
  lineOf: ReadonlyMap<string, number>,
) {
  const byId = new Map(versions.map((version) => [version.id, version]));
  const linesApart = [0, 1].map((line) => versions.filter(({ id }) => lineOf.get(id) !== line));
  const mixed: string[] = [];
  const kinds: Record<string, object & { alsoOfTheOtherLine: number }> = {};
  for (const kind of KINDS) {
    const ofKind = answers.filter(({ question }) => question.kind === kind);
    let alsoOfTheOtherLine = 0;
    for (const { question, json } of ofKind) {
      const { version: id, spaceId } = json.model;
      const version = byId.get(id)!;
      const wrong = spaceId === version.spaceId ? version.refute(question, json) : `space ${spaceId}`;
      if (wrong !== undefined) mixed.push(`${JSON.stringify(question)} of ${id}: ${wrong}`);
      const other = drawFrom(linesApart[lineOf.get(id)!]!);
      if (other.refute(question, json) === undefined) alsoOfTheOtherLine++;
    }
    kinds[kind] = { ...toFigures(ofKind), alsoOfTheOtherLine };
  }
  return { ...toFigures(answers), mixed, kinds };
}

function toFigures(timed: readonly { readonly ms: number }[]) {
  const sorted = timed.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1]! * 10) / 10;
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
