/**
 * docs/models.md, run from top to bottom on a small shop with a server over it: every command of the page
 * ends with 0, every address answers 200, and each time by the model that was named.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runConfigSchema } from '../../src/pipeline/config.ts';
import { OPERATIONS } from '../../src/pipeline/operations.ts';
import { rollUpSettingsSchema } from '../../src/pipeline/rollup-settings.ts';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';
import { type RunningServer, startServer } from '../../src/serve/server.ts';
import { invoke } from '../cli/invocation.ts';
import { silent } from '../serve/fakes.ts';

const page = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
  block!.trim().split('\n'),
);

let dataDir: string;
let workspace: Workspace;
let server: RunningServer;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-page-'));
  workspace = await openWorkspace(dataDir);
  const path = (name: string) => join(dataDir, name);
  const lines = Array.from({ length: 60 }, (_, i) => `${i % 12},p0${(i * 7) % 10},2024-01-01,b${i % 24}\n`);
  await writeFile(path('bought.csv'), `customer,product,ts,basket\n${lines.join('')}`);
  const products = Array.from({ length: 10 }, (_, p) => `p0${p},${p % 2 ? 'acme' : 'zeta'}\n`);
  await writeFile(path('products.csv'), `id,brand\n${products.join('')}`);
  await writeFile(path('cold.csv'), 'id,brand\nnew-here,acme\n');
  const attributes = [{ kind: 'brand', column: 'brand' }];
  const toProducts = (name: string) => ({
    kind: 'products' as const,
    path: path(name),
    mapping: { id: 'id', attributes },
  });
  const mapping = { customer: 'customer', product: 'product', timestamp: 'ts', basket: 'basket' };
  const bought = { kind: 'interactions' as const, path: path('bought.csv'), mapping };
  await workspace.catalog.importFiles([bought, toProducts('products.csv')], {}, {});
  const run = runConfigSchema.parse({ train: { embeddingDimension: 8, concurrency: 1 } });
  for (let i = 0; i < 2; i++) await trainVersion(workspace, { run, alias: 'prod', evaluate: false }, {});
  await workspace.catalog.importFiles([toProducts('cold.csv')], {}, {});
  const config = serverConfigSchema.parse({ port: 0 });
  server = await startServer({ workspace, operations: OPERATIONS, config, log: silent });
});
afterAll(async () => {
  await server.close();
  await workspace.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function runCommand(command: string): Promise<void> {
  const version = await workspace.versions.resolve('next').catch(() => '');
  const args = command.replace('"$VERSION"', version).split(' ');
  const { code, errors } = await invoke([...args.slice(1), '--data-dir', dataDir]);
  expect(code, `${command}: ${errors}`).toBe(0);
}

async function runCurl(command: string): Promise<void> {
  const address = command.match(/^curl '?localhost:8080([^']+)'?$/)![1]!;
  const reply = await fetch(`${server.url}${address}`);
  const body = (await reply.json()) as { results: unknown[]; model?: { alias: string } };
  expect(reply.status, `${command}: ${JSON.stringify(body)}`).toBe(200);
  expect(body.results.length).toBeGreaterThan(0);
  const named = new URLSearchParams(address.split('?')[1]).get('model');
  if (named) expect(body.model?.alias).toBe(named);
}

test('there are commands on the page, and they are of the two kinds that are run here', () => {
  expect(commands.filter((line) => line.startsWith('shelfwalk ')).length).toBeGreaterThan(6);
  expect(commands.filter((line) => !/^(shelfwalk|curl) /.test(line))).toEqual([]);
});

test('all of them work, in the order of the page', async () => {
  for (const command of commands) {
    if (command.startsWith('curl ')) await runCurl(command);
    else await runCommand(command);
  }
});

test('rollup prints what was averaged, through the server and in words', async () => {
  const { out } = await invoke(['rollup', '--data-dir', dataDir]);
  expect(out).toMatch(/^alias +rollup$/m);
  expect(out).toMatch(/^customer\.withVector +12$/m);
  expect(out).toMatch(/^product\.leftOut\.no vector in version .* +1$/m);
  const refused = await invoke(['rollup', '--kinds', 'brand', '--data-dir', dataDir]);
  expect(refused).toMatchObject({
    code: 2,
    errors: expect.stringContaining('needs products = attributes or cold'),
  });
});

test('the page names every setting of a roll-up, and its choices', () => {
  for (const [name, schema] of Object.entries(rollUpSettingsSchema.shape)) {
    const choices =
      'enum' in schema.unwrap()
        ? Object.values((schema.unwrap() as { enum: Record<string, string> }).enum)
        : [];
    for (const word of [...choices, ...(name === 'customers' ? [] : [`--${name}`])])
      expect(page, word).toContain(word);
  }
});
