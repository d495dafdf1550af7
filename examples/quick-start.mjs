/**
 * A shop's files → neighbours of a product and recommendations for a customer.
 *
 *     node examples/quick-start.mjs [data directory]
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importFiles, openModel, openWorkspace, train } from 'shelfwalk';

const path = (name) => fileURLToPath(new URL(`data/${name}`, import.meta.url));
const workspace = await openWorkspace(process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'shelfwalk-'))));

const report = await importFiles(workspace, [
  {
    kind: 'interactions',
    path: path('orders.csv'),
    mapping: { customer: 'customer', product: 'product', timestamp: 'date', basket: 'order' },
  },
  {
    kind: 'products',
    path: path('products.csv'),
    mapping: { id: 'id', name: 'name', attributes: [{ kind: 'department', column: 'department' }] },
  },
]);
console.log(`${report.catalog.interactions} interactions of ${report.catalog.customers} customers`);

const { version } = await train(workspace, { run: { train: { embeddingDimension: 16 } }, evaluate: false });
console.log(`trained ${version}`);

const model = await openModel(workspace);
const like = await model.neighbors({ type: 'product', id: 'G-01' }, { limit: 3 });
console.log('like a garden hose:', like.results.map(({ name }) => name).join(', '));
const next = await model.recommend('c-02', { limit: 2, exclude: 'none' });
console.log('for c-02:', next.results.map(({ name }) => name).join(', '));

await model.close();
await workspace.close();
