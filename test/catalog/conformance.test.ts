/** The embedded catalog keeps what every catalog promises, and so does one moment of it. */
import { afterAll } from 'vitest';
import type { CatalogMoment } from '../../src/catalog/types.ts';
import { catalogSourceCases } from '../conformance/catalog-source.cases.ts';
import { importConformanceShop } from './conformance-shop.ts';
import { openTempCatalog, PAIR } from './temp-catalog.ts';

const opened: { dispose(): Promise<void> }[] = [];
let endMoment: (() => void) | undefined;
afterAll(async () => {
  endMoment?.();
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

catalogSourceCases(
  'one moment of the embedded catalog, once everything has changed',
  async () => {
    const temp = await openTempCatalog();
    opened.push(temp);
    await importConformanceShop(temp);
    const moment = await new Promise<CatalogMoment>((resolve, reject) => {
      const hold = (begun: CatalogMoment) =>
        new Promise<void>((end) => {
          endMoment = end;
          resolve(begun);
        });
      temp.catalog.atOneMoment(hold).catch(reject);
    });
    const rows = 'customer,product,ts\n!,!,2024-06-01\n01111,!,2024-06-01\n!,01111,2024-06-01\n';
    await temp.interactions(await temp.file('later.csv', rows), { ...PAIR, timestamp: 'ts' });
    return moment;
  },
  { events: true },
);
