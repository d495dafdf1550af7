// Publishes and promotes one version after the other until it is killed; says what it has been promised.
// node write-forever.mjs <built version-store.js> <models folder>
const [, , moduleUrl, dir] = process.argv;
const { openVersionStore } = await import(moduleUrl);

const ROWS = 2000;
const COLS = 64;
const nodes = {
  count: ROWS,
  ranges: [{ type: 'product', start: 0, end: ROWS }],
  ids: Array.from({ length: ROWS }, (_, i) => `p${i}`),
  names: Array(ROWS).fill(''),
  degrees: new Uint32Array(ROWS),
};
const store = await openVersionStore(dir);
for (let n = 1; ; n++) {
  const matrix = { data: new Float32Array(ROWS * COLS).fill(n), rows: ROWS, cols: COLS, stride: COLS };
  matrix.row = (i) => matrix.data.subarray(i * COLS, (i + 1) * COLS);
  const content = { nodes, vectors: matrix, contexts: matrix, report: { n } };
  const { id } = await store.write(content, { spaceId: 's', configuration: {}, metrics: {} });
  process.stdout.write(`written ${id}\n`);
  await store.promote('prod', id);
  process.stdout.write(`promoted ${id}\n`);
  await store.prune(2);
}
