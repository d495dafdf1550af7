/** The writer alone: a write that fails takes no other one with it, and turns are kept. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Database } from '../../src/catalog/database.ts';
import { ensureSchema } from '../../src/catalog/schema.ts';
import { Turns } from '../../src/catalog/turns.ts';
import { checkEvents } from '../../src/catalog/write-checks.ts';
import { appendEvents } from '../../src/catalog/write-interactions.ts';
import type { CatalogNews } from '../../src/catalog/write-types.ts';
import { type Work, Writer } from '../../src/catalog/writer.ts';
import { failureOf } from './temp-catalog.ts';

async function openWriter(): Promise<{ database: Database; writer: Writer; news: CatalogNews[] }> {
  const dir = await mkdtemp(join(tmpdir(), 'shelfwalk-writer-'));
  const database = await Database.open(join(dir, 'c.duckdb'), { memoryLimitMiB: 256 });
  await database.use((session) => ensureSchema(session, 'c.duckdb'));
  const news: CatalogNews[] = [];
  const writer = new Writer(database, new Turns(), (told) => news.push(told));
  onTestFinished(async () => {
    await writer.close();
    await database.close();
    await rm(dir, { recursive: true });
  });
  return { database, writer, news };
}

const append = (customerId: string): Work<number> => ({
  append: checkEvents([{ customerId, productId: 'p' }], 0).entries,
  toReply: (_errors, watermark) => watermark,
});

/** Writes an event, then fails: what it wrote must not be there. */
const failing = (customerId: string): Work<number> => ({
  async run(commit) {
    await appendEvents(commit, checkEvents([{ customerId, productId: 'p' }], 0).entries);
    await commit.session.run('SELECT no_such_column FROM interactions');
    return (watermark) => watermark;
  },
});

test('one that fails in the middle of a group: the others are there, in order, and it is not', async () => {
  const { database, writer, news } = await openWriter();
  const writes = [append('a'), append('b'), failing('c'), append('d'), append('e')].map((work) =>
    writer.write(work),
  );
  const settled = await Promise.allSettled(writes);
  expect(settled.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
  const rows = await database.rows<{ id: string }>('SELECT id FROM customers ORDER BY key');
  expect(rows.map(({ id }) => id)).toEqual(['a', 'b', 'd', 'e']);
  expect(news.flatMap(({ customers }) => customers.upserted)).toEqual(['a', 'b', 'd', 'e']);
  const watermarks = news.map(({ watermark }) => watermark);
  expect(watermarks).toEqual([...watermarks].sort((a, b) => a - b));
  expect(await writer.write(append('f'))).toBe(watermarks.at(-1)! + 1);
});

test('close waits for what is waiting, and takes no more', async () => {
  const { database, writer } = await openWriter();
  const writes = ['a', 'b', 'c'].map((id) => writer.write(append(id)));
  await writer.close();
  await Promise.all(writes);
  expect(await failureOf(writer.write(append('d')))).toMatchObject({ code: 'SHUTTING_DOWN' });
  expect(await database.rows('SELECT id FROM customers')).toHaveLength(3);
});

describe('turns', () => {
  const never = (): { promise: Promise<void>; end: () => void } => {
    let end!: () => void;
    const promise = new Promise<void>((resolve) => {
      end = resolve;
    });
    return { promise, end };
  };

  test('a second import is refused at once, a write only when it has waited', async () => {
    const turns = new Turns(1);
    const { promise, end } = never();
    const importing = turns.long('import', () => promise);
    expect(await failureOf(turns.long('import', async () => {}))).toMatchObject({
      code: 'BUSY',
      details: { found: 'another import' },
    });
    expect(await failureOf(turns.short('write', async () => {}))).toMatchObject({
      code: 'BUSY',
      details: { found: 'an import' },
    });
    end();
    await importing;
    expect(await turns.short('write', async () => 'written')).toBe('written');
  });

  test('an import waits for a write, and a write for an import that ends in time', async () => {
    const turns = new Turns(60_000);
    const order: string[] = [];
    const { promise, end } = never();
    const writing = turns.short('write', async () => {
      await promise;
      order.push('write');
    });
    const importing = turns.long('import', async () => void order.push('import'));
    const after = turns.short('write', async () => void order.push('write after'));
    end();
    await Promise.all([writing, importing, after]);
    expect(order[0]).toBe('write');
    expect([...order].sort()).toEqual(['import', 'write', 'write after']);
  });

  test('what fails gives its turn back', async () => {
    const turns = new Turns(60_000);
    await failureOf(turns.long('import', () => Promise.reject(new Error('broken'))));
    expect(await turns.short('write', async () => 1)).toBe(1);
  });
});
