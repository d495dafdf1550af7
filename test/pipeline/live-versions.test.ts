/** Several models side by side: which answers, when one is loaded, followed, and let go. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type ErrorCode, ShelfwalkError } from '../../src/base/errors.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import type { LiveModel } from '../../src/pipeline/live-types.ts';
import { type FakeShop, fakeIndexes, fakeShop, type IndexControl, silent } from '../serve/fakes.ts';

const LAMP = { type: 'product', id: 'lamp' } as const;
const ALIASES = { prod: 'v1', next: 'v2', other: 'v3', twin: 'v1' };

let shop: FakeShop;
let live: LiveModel;
let control: IndexControl;

beforeEach(async () => {
  shop = await fakeShop({ aliases: { ...ALIASES } });
  const indexes = fakeIndexes();
  control = indexes.control;
  live = await createLiveModel(shop.workspace, {
    alias: 'prod',
    limit: 2,
    log: silent,
    createIndex: indexes.createIndex,
  });
});

const ask = (model?: string) => live.neighbors(LAMP, { limit: 2, model });
const versionsInMemory = () =>
  live
    .loaded()
    .map((m) => m.version)
    .sort();
const refused = (code: ErrorCode, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

/** Holds all searches from now on; returns what lets them go. */
function holdSearches(): () => void {
  let release = () => {};
  control.hold = new Promise<void>((resolve) => {
    release = resolve;
  });
  return () => {
    control.hold = Promise.resolve();
    release();
  };
}

/** Until the search of the latest query has begun. */
async function searchBegun(searches: number): Promise<void> {
  while (control.searches < searches) await new Promise(setImmediate);
}

describe('the model named by a query', () => {
  test('answers it, and every kind of reply says which it was', async () => {
    const model = { alias: 'other', version: 'v3', spaceId: 's3' };
    expect((await ask('other')).model).toEqual(model);
    const options = { limit: 1, model: 'other' };
    expect((await live.recommend('ada', { ...options, exclude: 'seen' })).model).toEqual(model);
    expect((await live.query({ ...options, refs: [LAMP] })).model).toEqual(model);
    expect((await live.embedding(LAMP, { model: 'other' })).model).toEqual(model);
    expect(await live.embeddingState(LAMP, { model: 'other' })).toEqual({ embedded: true, model });
    expect((await ask()).model).toEqual({ alias: 'prod', version: 'v1', spaceId: 's1' });
  });

  test('that no alias names is refused with those there are', async () => {
    const wrong = refused('ALIAS_UNKNOWN', { alias: 'nope', hint: 'Known: next, other, prod, twin' });
    await expect(ask('nope')).rejects.toEqual(wrong);
    await expect(live.embeddingState(LAMP, { model: 'nope' })).rejects.toEqual(wrong);
    expect(shop.loads).toEqual(['v1']);
  });

  test('that is unknown gives no loaded model’s place away', async () => {
    await ask('next');
    await expect(ask('nope')).rejects.toEqual(refused('ALIAS_UNKNOWN'));
    expect(versionsInMemory()).toEqual(['v1', 'v2']);
  });

  test('on a damaged version fails by name; the others go on', async () => {
    shop.corrupt.add('v3');
    await expect(ask('other')).rejects.toEqual(refused('VERSION_CORRUPT'));
    expect((await ask()).model.version).toBe('v1');
    shop.corrupt.clear(); // mended: the failure was not kept
    expect((await ask('other')).model.version).toBe('v3');
  });

  test('is the server’s own if none is named, and missing while others exist it is no lack of training', async () => {
    const { workspace } = await fakeShop({ aliases: { rollup: 'v2' } });
    const other = await createLiveModel(workspace, { alias: 'prod', log: silent });
    await expect(other.neighbors(LAMP, { limit: 1 })).rejects.toEqual(
      refused('ALIAS_UNKNOWN', { alias: 'prod', hint: 'Known: rollup' }),
    );
    expect(await other.embeddingState(LAMP)).toEqual({
      embedded: false,
      reason: 'no model has been trained yet',
    });
    await other.close();
  });
});

describe('loading', () => {
  test('happens at the first use, once, however many ask at the same time', async () => {
    expect(shop.loads).toEqual(['v1']);
    const replies = await Promise.all([ask('next'), ask('next'), ask('next'), ask()]);
    expect(replies.map((r) => r.model.version)).toEqual(['v2', 'v2', 'v2', 'v1']);
    await ask('next');
    expect(shop.loads).toEqual(['v1', 'v2']);
  });

  test('two aliases of one version share it, and letting one go leaves it to the other', async () => {
    expect((await ask('twin')).model).toEqual({ alias: 'twin', version: 'v1', spaceId: 's1' });
    expect(shop.loads).toEqual(['v1']);
    expect(live.loaded()).toEqual([expect.objectContaining({ version: 'v1', aliases: ['prod', 'twin'] })]);
    await live.promote('twin', 'v2');
    expect(control.closed).toBe(0);
    expect((await ask()).model.version).toBe('v1');
  });

  test('says the bytes: both tables, and the copies in both indexes', () => {
    const [only] = live.loaded();
    const { nodes } = only!;
    const rows = nodes.customer + nodes.product + nodes.attribute;
    expect(only!.bytes).toBe(2 * 2 * rows * only!.dimension * 4);
    expect(live.info()).toMatchObject({ alias: 'prod', version: 'v1', bytes: only!.bytes });
  });
});

describe('above the limit', () => {
  test('the least recently used goes, never the own one', async () => {
    await ask('next');
    await ask('other');
    expect(versionsInMemory()).toEqual(['v1', 'v3']);
    expect(control.closed).toBe(2); // both indexes of v2
    await ask('next');
    expect(shop.loads).toEqual(['v1', 'v2', 'v3', 'v2']);
  });

  test('use decides, not the order of loading', async () => {
    const three = await createLiveModel(shop.workspace, {
      alias: 'twin',
      limit: 3,
      log: silent,
      createIndex: fakeIndexes().createIndex,
    });
    shop.aliases['fourth'] = 'v4';
    const of = (model: string) => three.neighbors(LAMP, { limit: 1, model });
    await of('next');
    await of('other');
    await of('next');
    await expect(of('fourth')).rejects.toEqual(refused('VERSION_UNKNOWN')); // it takes nobody's place
    expect(
      three
        .loaded()
        .map((m) => m.version)
        .sort(),
    ).toEqual(['v1', 'v2', 'v3']);
    await three.close();
  });

  test('a damaged version takes nobody’s place', async () => {
    await ask('next');
    shop.corrupt.add('v3');
    await expect(ask('other')).rejects.toEqual(refused('VERSION_CORRUPT'));
    expect(versionsInMemory()).toEqual(['v1', 'v2']);
  });

  test.each(['reload', 'promote'])(
    'an alias that parts from one it shared a version with, by %s',
    async (how) => {
      await ask('next');
      await ask('twin');
      expect(versionsInMemory()).toEqual(['v1', 'v2']);
      if (how === 'promote') await live.promote('twin', 'v3');
      else {
        shop.aliases['twin'] = 'v3';
        await live.reload();
      }
      expect(versionsInMemory()).toEqual(['v1', 'v3']);
      await expect.poll(() => control.closed).toBe(2); // both indexes of v2
    },
  );

  test('a query in flight ends on the model it began with, which is closed after that', async () => {
    await ask('next');
    const release = holdSearches();
    const inFlight = ask('next');
    await searchBegun(2);
    const displacing = ask('other');
    await searchBegun(3);
    expect(versionsInMemory()).toEqual(['v1', 'v3']);
    expect(control.closed).toBe(0);
    release();
    expect((await inFlight).model.version).toBe('v2');
    expect((await displacing).model.version).toBe('v3');
    await expect.poll(() => control.closed).toBe(2);
  });

  test('many at once, in any order: each is answered by the model it named', async () => {
    const names = Array.from(
      { length: 60 },
      (_, i) => Object.keys(ALIASES)[(i * 7) % 4] as keyof typeof ALIASES,
    );
    const replies = await Promise.all(names.map((name) => ask(name)));
    expect(replies.map((r) => r.model.version)).toEqual(names.map((name) => ALIASES[name]));
    expect(versionsInMemory().length).toBeLessThanOrEqual(2);
    await live.close();
    expect(control.closed).toBe(2 * shop.loads.length); // nothing that was opened stays open
  });
});

describe('following', () => {
  test('reload follows every alias in memory', async () => {
    await ask('next');
    shop.aliases['next'] = 'v3';
    expect(await live.reload()).toEqual({ changed: true });
    expect(shop.loads).toEqual(['v1', 'v2', 'v3']); // not at the next question
    expect((await ask('next')).model.version).toBe('v3');
    expect(control.closed).toBe(2);
  });

  test('promote loads the version before an alias in memory moves; a damaged one moves nothing', async () => {
    await ask('next');
    await live.promote('next', 'v3');
    expect((await ask('next')).model.version).toBe('v3');
    shop.corrupt.add('v2');
    await expect(live.promote('next', 'v2')).rejects.toEqual(refused('VERSION_CORRUPT'));
    expect(shop.aliases['next']).toBe('v3');
    expect((await ask('next')).model.version).toBe('v3');
  });

  test('what was loaded for an alias that is moved by somebody else meanwhile is closed again', async () => {
    const { versions } = shop.workspace;
    const promote = () => Promise.reject(new ShelfwalkError('ALIAS_MOVED', { alias: 'prod' }));
    const workspace = { ...shop.workspace, versions: { ...versions, promote } };
    const indexes = fakeIndexes();
    const { createIndex } = indexes;
    const raced = await createLiveModel(workspace, { alias: 'prod', log: silent, createIndex });
    await expect(raced.promote('prod', 'v2', 'v1')).rejects.toEqual(refused('ALIAS_MOVED'));
    expect(shop.loads).toEqual(['v1', 'v1', 'v2']);
    expect(raced.loaded().map((m) => m.version)).toEqual(['v1']);
    await expect.poll(() => indexes.control.closed).toBe(2);
    await raced.close();
    expect(indexes.control.closed).toBe(4);
  });

  test('one alias that cannot be followed stays where it was, and keeps no other from moving', async () => {
    await ask('next');
    shop.corrupt.add('v3');
    shop.aliases['prod'] = 'v3';
    shop.aliases['next'] = 'v1';
    await expect(live.reload()).rejects.toEqual(refused('VERSION_CORRUPT'));
    expect((await ask()).model.version).toBe('v1');
    expect((await ask('next')).model.version).toBe('v1');
  });

  test('an alias that is gone is forgotten', async () => {
    await ask('next');
    delete shop.aliases['next'];
    await live.reload();
    expect(versionsInMemory()).toEqual(['v1']);
    await expect(ask('next')).rejects.toEqual(refused('ALIAS_UNKNOWN'));
  });
});

describe('the space of a raw vector', () => {
  const vector = Array<number>(8).fill(0.5);
  const query = (spaceId: string, model?: string) =>
    live.query({ vector, spaceId, model, targetType: 'product', limit: 1 });

  test('may be named, and then has to be that of the model', async () => {
    expect((await query('s1')).model.spaceId).toBe('s1');
    expect((await query('s3', 'other')).model.spaceId).toBe('s3');
    expect((await query('s1', 'next')).model).toEqual({ alias: 'next', version: 'v2', spaceId: 's1' });
    await expect(query('s1', 'other')).rejects.toEqual(
      refused('SPACE_MISMATCH', { version: 'v3', found: 's3', expected: 's1' }),
    );
  });

  test('is said before its length: a vector of another space mostly has another one too', async () => {
    await expect(live.query({ vector: [1], spaceId: 's9', targetType: 'product', limit: 1 })).rejects.toEqual(
      refused('SPACE_MISMATCH'),
    );
  });
});

test('after close nothing is loaded again', async () => {
  await live.close();
  await expect(ask('next')).rejects.toEqual(refused('INDEX_CLOSED'));
  expect(await live.reload()).toEqual({ changed: false }); // a job that ends last
  expect(await live.promote('prod', 'v2')).toEqual({ previous: 'v1' });
  expect(shop.loads).toEqual(['v1']);
});
