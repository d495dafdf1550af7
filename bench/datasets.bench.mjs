// @ts-check
/**
 * A public data set, imported, trained and evaluated with default settings through the command line,
 * as a user would: `node bench/datasets.bench.mjs online-retail|complete-journey [--json file]`.
 * The report holds the baselines beside the model, also where one of them wins.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toMachine } from './harness.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const datasets = process.env['SHELFWALK_DATASETS'];

const BASKET_LINES =
  '--customer user_id --product product_id --timestamp ts --quantity quantity --value value --basket order_id'.split(
    ' ',
  );

/** @type {Record<string, string[][]>} arguments of `shelfwalk import`, per file */
const IMPORTS = {
  'online-retail': [
    ['interactions', 'interactions.csv.gz', ...BASKET_LINES],
    [
      'products',
      'products.csv.gz',
      '--id',
      'product_id',
      '--name',
      'name',
      '--attribute',
      'kind',
      '--attribute',
      'colour',
      '--attribute',
      'theme',
      '--attribute',
      'price_band',
    ],
    ['customers', 'users.csv.gz', '--id', 'user_id', '--trait', 'country'],
  ],
  'complete-journey': [
    ['interactions', 'interactions.parquet', ...BASKET_LINES],
    [
      'products',
      'products.csv.gz',
      '--id',
      'product_id',
      '--name',
      'type',
      '--attribute',
      'department',
      '--attribute',
      'category',
      '--attribute',
      'type',
      '--attribute',
      'brand',
    ],
    [
      'customers',
      'users.csv.gz',
      '--id',
      'user_id',
      '--trait',
      'age',
      '--trait',
      'income',
      '--trait',
      'household_comp',
    ],
  ],
};

const name = process.argv[2] ?? '';
if (!datasets || !IMPORTS[name]) {
  console.error(
    `usage: SHELFWALK_DATASETS=folder node bench/datasets.bench.mjs ${Object.keys(IMPORTS).join('|')} [--json file]`,
  );
  process.exit(2);
}

const dataDir = mkdtempSync(join(tmpdir(), 'shelfwalk-bench-'));
/** @param {string[]} args */
const shelfwalk = (...args) =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [join(root, 'dist/cli/main.js'), ...args, '--data-dir', dataDir, '--json'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
        maxBuffer: 2 ** 28,
      },
    ),
  );

try {
  const imports = IMPORTS[name].map(([kind, file, ...mapping]) =>
    shelfwalk(
      'import',
      /** @type {string} */ (kind),
      join(datasets, name, /** @type {string} */ (file)),
      ...mapping,
    ),
  );
  const lint = shelfwalk('graph', 'lint');
  const result = shelfwalk('train');
  const report = {
    bench: 'datasets',
    dataset: name,
    machine: toMachine(),
    rejected: Object.assign(
      {},
      ...imports.flatMap((i) =>
        i.files.map((/** @type {any} explained: JSON of the command */ f) => f.rejectedByReason),
      ),
    ),
    catalog: imports.at(-1).catalog,
    lint,
    training: result.training,
    configuration: result.configuration,
    evaluation: result.evaluation,
  };
  const at = process.argv.indexOf('--json');
  const out =
    at > 0 ? /** @type {string} */ (process.argv[at + 1]) : join(root, 'bench/results', `${name}.json`);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(report, null, 1)}\n`);
  for (const verdict of result.evaluation.verdicts) console.log(verdict);
  console.log(`written to ${out}`);
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
