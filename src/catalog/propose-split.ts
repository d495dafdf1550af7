/**
 * Which split the data allow, or whether they allow the one that is wished for. An instant is chosen so that
 * about the wanted share of the events lies after it, and no basket is cut in two where that can be had.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Split, SplitProtocol, SplitWish } from '../graph/types.ts';
import type { Reader } from './database.ts';
import { type Rows, toHeldCountSql, toImportsSql, toKnownRows, withTables } from './split.ts';

interface Shape {
  readonly rows: number;
  readonly timed: number;
  readonly ordered: number;
  /** Ordered or timed: events that are written beside an ordered history have times, and come after it. */
  readonly placed: number;
  readonly [name: string]: unknown;
}

/** The rows that are to be split. */
interface Material {
  readonly known: Rows;
  readonly shape: Shape;
  readonly testShare: number;
  readonly wish: SplitWish;
}

/** @throws ShelfwalkError CATALOG_EMPTY · SPLIT_IMPOSSIBLE · CONFIG_INVALID — no file of such a name was imported */
export async function proposeSplit(
  database: Reader,
  testShare: number,
  wish: SplitWish = {},
): Promise<Split> {
  const { protocol = 'auto', within } = wish;
  const known = toKnownRows(within);
  const [shape] = await database.rows<Shape>(`SELECT count(*)::DOUBLE AS rows, count(ts)::DOUBLE AS timed,
    count(ordering)::DOUBLE AS ordered, count(coalesce(ordering, epoch_ms(ts)))::DOUBLE AS placed FROM (${toEventsSql(known)})`);
  if (shape!.rows === 0) {
    throw within ? impossible(shape!, 'auto') : new ShelfwalkError('CATALOG_EMPTY');
  }
  const material = { known, shape: shape!, testShare, wish };
  const split = await (protocol === 'auto'
    ? proposeAny(database, material)
    : PROPOSE[protocol](database, material));
  if (!split) throw impossible(shape!, protocol);
  return within ? { ...split, within } : split;
}

const proposeAny = async (database: Reader, material: Material): Promise<Split | undefined> =>
  (await proposeTime(database, material)) ??
  (await proposeLast('last-basket')(database, material)) ??
  (material.shape.placed === 0 ? proposeRandom(material) : undefined); // nothing comes before anything else

/** A split within another must not draw the pairs that the other drew. */
const proposeRandom = ({ testShare, wish: { seed = 0, within } }: Material): Split => ({
  protocol: 'random',
  share: testShare,
  seed: within?.protocol === 'random' ? within.seed + 1 : seed,
});

/** Each: undefined where the data do not allow it. */
const PROPOSE: Record<SplitProtocol, (database: Reader, material: Material) => Promise<Split | undefined>> = {
  time: proposeTime,
  'last-basket': proposeLast('last-basket'),
  'last-item': proposeLast('last-item'),
  files: proposeFiles,
  random: async (_, material) => proposeRandom(material),
};

async function proposeTime(database: Reader, material: Material): Promise<Split | undefined> {
  const { timed, rows } = material.shape;
  if (timed < rows) return undefined;
  const cutoffMs = await findCutoff(database, material);
  return cutoffMs === undefined ? undefined : { protocol: 'time', cutoffMs };
}

function proposeLast(protocol: 'last-basket' | 'last-item') {
  return async (database: Reader, { known, shape, wish }: Material): Promise<Split | undefined> => {
    const { rows, ordered, placed } = shape;
    // Of itself it is chosen for histories with an order; where there are only times, an instant is better.
    if (placed < rows || (ordered === 0 && (wish.protocol ?? 'auto') === 'auto')) return undefined;
    const [count] = await database.rows<{ held: number }>(toHeldCountSql(known, protocol));
    return count!.held > 0 ? { protocol } : undefined;
  };
}

async function proposeFiles(database: Reader, { wish }: Material): Promise<Split> {
  const { files = [] } = wish;
  for (const file of files) {
    if ((await database.rows(toImportsSql([file]))).length > 0) continue;
    const imported = await database.rows<{ name: string }>(
      "SELECT DISTINCT parse_filename(path) AS name FROM imports WHERE kind = 'interactions' ORDER BY name LIMIT 20",
    );
    throw new ShelfwalkError('CONFIG_INVALID', {
      field: 'evaluate.testFiles',
      found: file,
      expected: `a file of interactions that was imported: ${imported.map(({ name }) => name).join(', ') || 'there is none'}`,
    });
  }
  return { protocol: 'files', files };
}

const EXPECTED: Record<SplitProtocol | 'auto', string> = {
  auto: 'times that differ on all rows, or an order on all rows and customers with two baskets, or neither on any row',
  time: 'times that differ, on all rows',
  'last-basket': 'an order or a time on all rows, and customers with two baskets',
  'last-item': 'an order or a time on all rows, and customers with two interactions',
  files: 'interactions from files',
  random: 'interactions',
};

const impossible = (
  { rows, timed, ordered }: Shape,
  protocol: SplitProtocol | 'auto',
): ShelfwalkError<'SPLIT_IMPOSSIBLE'> =>
  new ShelfwalkError('SPLIT_IMPOSSIBLE', {
    ...(protocol !== 'auto' && { field: 'evaluate.split', protocol }),
    found: `${rows} interactions, ${timed} with a time, ${ordered} with an order`,
    expected: EXPECTED[protocol],
    hint: 'Import with --timestamp, or with --order and --basket',
  });

interface Moments {
  readonly cutoff: number | null;
  readonly differ: boolean;
  readonly [name: string]: unknown;
}

/** The instant that leaves about `testShare` after it, ms; undefined if all events are of one instant. */
async function findCutoff(database: Reader, { known, testShare }: Material): Promise<number | undefined> {
  const [moments] = await database.rows<Moments>(
    `WITH events AS (${toEventsSql(known)}),
     edge AS (SELECT min(ts) AS first, max(ts) AS last, quantile_disc(ts, ${clampShare(1 - testShare)}) AS wanted FROM events)
     SELECT last > first AS differ,
       epoch_ms(greatest(wanted, (SELECT min(ts) FROM events, edge WHERE ts > first)))::DOUBLE AS cutoff FROM edge`,
  );
  if (!moments!.differ) return undefined;
  const cutoff = moments!.cutoff!;
  return (await spareBaskets(database, toEventsSql(known), { cutoff, testShare })) ?? cutoff;
}

const toEventsSql = ({ tables, events }: Rows): string => withTables(tables, `SELECT * FROM ${events}`);

const clampShare = (share: number): number => Math.min(1, Math.max(0, share));

interface Candidate {
  readonly at: number | null;
  readonly share: number;
  readonly [name: string]: unknown;
}

/**
 * A cutoff near `cutoff` that cuts no basket in two, if the share after it stays within half of what was
 * asked: either before or after the run of overlapping baskets that the instant falls into.
 */
async function spareBaskets(
  database: Reader,
  events: string,
  { cutoff, testShare }: { readonly cutoff: number; readonly testShare: number },
): Promise<number | undefined> {
  const candidates = await database.rows<Candidate>(
    `WITH events AS (${events}), spans AS (
       SELECT min(ts) AS low, max(ts) AS high FROM events WHERE basket IS NOT NULL GROUP BY customer, basket
     ), marked AS (
       SELECT low, high, coalesce(low > max(high) OVER (ORDER BY low ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true) AS starts
       FROM spans WHERE high > low
     ), runs AS (
       SELECT min(low) AS low, max(high) AS high FROM (SELECT *, sum(starts::INTEGER) OVER (ORDER BY low ROWS UNBOUNDED PRECEDING) AS run FROM marked)
       GROUP BY run
     ), cut AS (
       SELECT * FROM runs WHERE epoch_ms(low) < $1 AND epoch_ms(high) >= $1
     ), choices AS (
       SELECT low AS ts FROM cut UNION ALL SELECT (SELECT min(ts) FROM events WHERE ts > high) FROM cut
     )
     SELECT epoch_ms(ts)::DOUBLE AS at,
       (SELECT count(*) FROM events WHERE events.ts >= choices.ts) / (SELECT count(*) FROM events)::DOUBLE AS share
     FROM choices WHERE ts IS NOT NULL AND ts > (SELECT min(ts) FROM events)`,
    [cutoff],
  );
  const [best] = candidates
    .filter(({ share }) => share > 0 && Math.abs(share - testShare) <= testShare / 2)
    .sort((a, b) => Math.abs(a.share - testShare) - Math.abs(b.share - testShare));
  return best?.at ?? undefined;
}
