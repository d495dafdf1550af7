import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const TRAINING_MS = 240_000;

let folder: string;
let dataDir: string;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfwalk-demo-'));
  dataDir = join(folder, 'data');
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly errors: () => string;
  /** Exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

function start(...args: string[]): Running {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { PATH: process.env['PATH'] } });
  children.add(child);
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      children.delete(child);
      resolve(code);
    });
  });
  return { child, out: () => out, errors: () => errors, ended };
}

async function run(...args: string[]): Promise<{ code: number | null; out: string; errors: string }> {
  const running = start(...args);
  return { code: await running.ended, out: running.out(), errors: running.errors() };
}

/** The addresses of the three requests it prints, once it has printed them. */
async function untilServing({ out, errors, ended }: Running): Promise<string[]> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!/Ctrl-C stops/.test(out())) {
    if (isOver) throw new Error(`ended before it served: ${errors()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return [...out().matchAll(/^curl '([^']+)'$/gm)].map((match) => match[1]!);
}

const results = z.object({
  results: z.array(z.object({ id: z.string(), type: z.string(), name: z.string() })).min(1),
});

async function ask(url: string): Promise<z.infer<typeof results>['results']> {
  const reply = await fetch(url);
  expect(reply.status, url).toBe(200);
  return results.parse(await reply.json()).results;
}

describe('shelfwalk demo, from an empty directory', () => {
  let demo: Running;
  let urls: string[];
  let trained: string;

  beforeAll(async () => {
    demo = start('demo', '--data-dir', dataDir, '--port', '0');
    urls = await untilServing(demo);
    trained = /serving version (\S+)/.exec(demo.out())![1]!;
  }, TRAINING_MS);

  test('says that the shop is simulated, and how the vectors do beside baselines', () => {
    expect(demo.out()).toMatch(/^This shop is simulated: 5\d\d products, 2,000 customers/);
    expect(demo.out()).toMatch(/recall@20/);
    for (const baseline of ['popularity', 'item-knn']) expect(demo.out()).toMatch(new RegExp(baseline, 'i'));
  });

  test('says on standard error what it is doing, and prints results only on standard output', () => {
    expect(demo.errors()).toMatch(/training/);
    expect(demo.out()).not.toMatch(/training and evaluating/);
  });

  test('the three requests it prints work', async () => {
    expect(urls).toHaveLength(3);
    const [found, near, recommended] = await Promise.all(urls.map(ask));
    expect(
      found!.map((hit) => hit.name.toLowerCase()).filter((name) => !name.includes('garden hose')),
    ).toEqual([]);
    expect(near!.map((hit) => hit.type)).toEqual(Array.from({ length: 5 }, () => 'product'));
    expect(recommended!.map((hit) => hit.type)).toEqual(Array.from({ length: 5 }, () => 'product'));
    expect([...near!, ...recommended!].filter((hit) => hit.name === '')).toEqual([]);
  });

  test('what it says of the nearest makes sense: most neighbours of a garden hose are from the garden', async () => {
    const catalogue = await readFile(join(dataDir, 'simulated-shop', 'products.csv'), 'utf8');
    const isGarden = (id: string) => new RegExp(`^${id},.*,Garden,`, 'm').test(catalogue);
    const near = await ask(urls[1]!.replace('limit=5', 'limit=10'));
    expect(near.filter((hit) => isGarden(hit.id)).length).toBeGreaterThanOrEqual(6);
  });

  test('the command line works through it', async () => {
    const { code, out, errors } = await run(
      'neighbors',
      'product',
      '00001',
      '--limit',
      '3',
      '--json',
      '--data-dir',
      dataDir,
    );
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(results.parse(JSON.parse(out)).results).toHaveLength(3);
    const list = await run('models', 'list', '--data-dir', dataDir);
    expect(list.errors).toMatch(/^through the server at http:/);
    expect(list.out).toContain(trained);
  });

  test('a name in place of an id is answered with the ids of that name', async () => {
    const { code, errors } = await run(
      'neighbors',
      'product',
      'Garden Hose',
      '--quiet',
      '--data-dir',
      dataDir,
    );
    expect(code).toBe(3);
    expect(errors).toMatch(
      /^error NODE_UNKNOWN: .*\n {2}An id is needed\. Of that name: \d{5} \(Garden hose 15 m\)/,
    );
  });

  test('the never sold product has neighbours all the same: its attributes say where it belongs', async () => {
    const [bath] = await ask(urls[0]!.replace(/q=[^&]+/, 'q=bird%20bath%2C%20mosaic'));
    const near = await ask(new URL(`/v1/products/${bath!.id}/neighbors`, urls[0]).href);
    expect(near.length).toBeGreaterThan(0);
  });

  test('a second demo on the same directory, and a second one on the same port, are told so at once', async () => {
    const { port, origin } = new URL(urls[0]!);
    const same = await run('demo', '--data-dir', dataDir, '--port', '0');
    expect(same.code).toBe(4);
    expect(same.errors).toMatch(/^error CATALOG_IN_USE: /);
    expect(same.errors).toContain(origin);
    const busy = await run('demo', '--data-dir', join(folder, 'other'), '--port', port);
    expect(busy.code).toBe(4);
    expect(busy.errors).toMatch(/^error PORT_IN_USE: /);
    expect(busy.errors).toMatch(/Try --port/);
    expect(busy.errors).not.toMatch(/training/); // before minutes of work, not after
    await expect(stat(join(folder, 'other', 'simulated-shop'))).rejects.toThrow('ENOENT');
  });

  test('SIGTERM stops it in order; the second start reuses what is there and serves within seconds', async () => {
    demo.child.kill('SIGTERM');
    expect(await demo.ended).toBe(0);
    await expect(stat(join(dataDir, 'server.json'))).rejects.toThrow('ENOENT');

    const startedAt = performance.now();
    const again = start('demo', '--data-dir', dataDir, '--port', '0');
    const [first] = await untilServing(again);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(again.errors()).not.toMatch(/training/);
    expect(again.out()).toContain(`serving version ${trained}`);
    expect((await ask(first!)).length).toBeGreaterThan(0);
    again.child.kill('SIGINT');
    expect(await again.ended).toBe(0);
  });

  test('without a server the same command opens the directory itself', async () => {
    const { code, out } = await run('neighbors', 'product', '00001', '--limit', '3', '--data-dir', dataDir);
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => line.includes('product'))).toHaveLength(3);
  });

  test('--no-serve on a demo that is ready: says so and ends', async () => {
    const { code, out } = await run('demo', '--no-serve', '--json', '--data-dir', dataDir);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ simulated: true, isNew: false, version: trained });
  });
});

test('data of one’s own are never mixed with the simulated shop', async () => {
  const own = join(folder, 'own');
  const file = join(folder, 'sales.csv');
  await writeFile(file, 'c,p\nada,tea\nbo,tea\n');
  const imported = await run(
    'import',
    'interactions',
    file,
    '--customer',
    'c',
    '--product',
    'p',
    '--data-dir',
    own,
  );
  expect(imported.code).toBe(0);
  const { code, errors } = await run('demo', '--no-serve', '--data-dir', own);
  expect(code).toBe(2);
  expect(errors).toMatch(/^error REQUEST_UNPROCESSABLE: .*data of your own \(2 interactions\)/);
});
