/** The embedded catalog keeps what every catalog promises. */
import { afterAll } from 'vitest';
import { catalogSourceCases } from '../conformance/catalog-source.cases.ts';
import { importConformanceShop } from './conformance-shop.ts';
import { openTempCatalog } from './temp-catalog.ts';

const opened: { dispose(): Promise<void> }[] = [];
afterAll(async () => {
  for (const temp of opened) await temp.dispose();
});

catalogSourceCases(
  'the embedded catalog',
  async () => {
    const temp = await openTempCatalog();
    opened.push(temp);
    await importConformanceShop(temp);
    return temp.catalog;
  },
  { events: true },
);
