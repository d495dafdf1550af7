/** Histories that are kept: read once, and again after whatever changes them; an answer is never older than its question. */
import { expect, test } from 'vitest';
import type { HistoryEntry } from '../../src/catalog/types.ts';
import type { CatalogNews } from '../../src/catalog/write-types.ts';
import { createLiveHistories } from '../../src/pipeline/live-histories.ts';

const NOTHING = { upserted: [], deleted: [], putAgain: [] };
const toNews = (news: Partial<CatalogNews>): CatalogNews => ({
  watermark: 1,
  bulk: false,
  products: { ...NOTHING, states: [] },
  customers: NOTHING,
  interactions: [],
  ...news,
});

/** A catalog of customers who have bought `n` things, n being how often anything was read. */
function openHistories() {
  const asked: string[] = [];
  let tell: (news: CatalogNews) => void = () => {};
  let read = async (id: string): Promise<HistoryEntry[]> => [
    { productId: `${id} ${asked.length}`, age: 0, ages: [0] },
  ];
  const histories = createLiveHistories({
    history: (id, types) => {
      asked.push(types ? `${id} ${types}` : id);
      return read(id);
    },
    onChange(listener) {
      tell = listener;
      return () => {
        tell = () => {};
      };
    },
  });
  return {
    asked,
    histories,
    tell: (news: Partial<CatalogNews>) => tell(toNews(news)),
    readBy(next: typeof read) {
      read = next;
    },
  };
}

test('who asks twice is answered from memory; some types alone are read each time', async () => {
  const { histories, asked } = openHistories();
  const first = await histories.of('a');
  expect(await histories.of('a')).toBe(first);
  await histories.of('a', ['view']);
  await histories.of('a', ['view']);
  expect(asked).toEqual(['a', 'a view', 'a view']);
});

test.each<[what: string, news: Partial<CatalogNews>, readAgain: string[]]>([
  ['an event of the customer', { interactions: [{ customerId: 'a', productId: 'p', type: 'view' }] }, ['a']],
  ['the customer was put', { customers: { ...NOTHING, upserted: ['a'] } }, ['a']],
  ['the customer was deleted, or forgotten', { customers: { ...NOTHING, deleted: ['b'] } }, ['b']],
  ['a product was deleted', { products: { ...NOTHING, deleted: ['p'], states: [] } }, ['a', 'b']],
  ['a product was put again', { products: { ...NOTHING, putAgain: ['p'], states: [] } }, ['a', 'b']],
  ['an import', { bulk: true }, ['a', 'b']],
  ['a new price', { products: { ...NOTHING, upserted: ['p'], states: [] } }, []],
])('%s', async (_what, news, readAgain) => {
  const { histories, asked, tell } = openHistories();
  for (const id of ['a', 'b']) await histories.of(id);
  tell(news);
  for (const id of ['a', 'b']) await histories.of(id);
  expect(asked.slice(2)).toEqual(readAgain);
});

test('what is being read while something is written is not kept', async () => {
  const { histories, asked, tell, readBy } = openHistories();
  let finish: (history: HistoryEntry[]) => void = () => {};
  readBy(() => new Promise((resolve) => (finish = resolve)));
  const before = histories.of('a');
  tell({ interactions: [{ customerId: 'a', productId: 'p', type: 'purchase' }] });
  readBy(async () => [{ productId: 'new', age: 0, ages: [0] }]);
  const after = histories.of('a');
  finish([]);
  expect(await before).toEqual([]);
  expect(await after).toMatchObject([{ productId: 'new' }]);
  expect(await histories.of('a')).toMatchObject([{ productId: 'new' }]);
  expect(asked).toEqual(['a', 'a']);
});

test('a failure is not kept; of a thousand and one, the one not asked for longest is read again', async () => {
  const { histories, asked, readBy } = openHistories();
  readBy(() => Promise.reject(new Error('no')));
  await expect(histories.of('a')).rejects.toThrow('no');
  readBy(async () => []);
  for (let i = 0; i <= 1000; i++) await histories.of(`c${i}`);
  await histories.of('c1');
  await histories.of('c0');
  expect(asked.slice(-2)).toEqual(['c1000', 'c0']);
});
