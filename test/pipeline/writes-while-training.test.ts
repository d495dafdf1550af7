/** A training reads one moment of the catalog: what is written meanwhile neither breaks it nor gets into it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { train } from '../../src/pipeline/library.ts';
import { openWorkspace } from '../../src/pipeline/workspace.ts';

test('nodes that come and go while a version is trained are not in it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'shelfwalk-writes-training-'));
  const workspace = await openWorkspace(dir);
  onTestFinished(async () => {
    await workspace.close();
    await rm(dir, { recursive: true });
  });
  const { catalog } = workspace;
  const rows = Array.from({ length: 600 }, (_, i) => `m${i % 40},p${(i * 7) % 30}`);
  const path = join(dir, 'a.csv');
  await writeFile(path, ['customer,product', ...rows].join('\n'));
  const mapping = { customer: 'customer', product: 'product' };
  await catalog.importFiles([{ kind: 'interactions', path, mapping }], {}, {});
  const before = await catalog.nodeIds('customer');

  let isTraining = true;
  let written = 0;
  const writing = (async () => {
    for (; isTraining; written++) {
      // Before all others in the order of ids: every position moves.
      await catalog.appendInteractions([{ customerId: `a${written}`, productId: `a${written}` }]);
      if (written % 5 === 4) await catalog.changeEntities('customer', [{ op: 'delete', id: `a${written}` }]);
    }
  })();
  const { version } = await train(workspace, {
    run: { train: { embeddingDimension: 16, concurrency: 1 }, walk: { walksPerNode: 2 } },
    evaluate: false,
  });
  isTraining = false;
  await writing;

  expect(written).toBeGreaterThan(0);
  const { nodes } = await workspace.versions.load(version);
  const customers = nodes.ranges.find(({ type }) => type === 'customer')!;
  const ids = nodes.ids.slice(customers.start, customers.end);
  const known = ids.filter((id) => id.startsWith('m'));
  expect(known).toEqual(before);
  // Of the new ones, those of one moment: the first few, without gaps but for those that were deleted by then.
  const added = ids.filter((id) => id.startsWith('a')).map((id) => Number(id.slice(1)));
  const last = Math.max(-1, ...added);
  for (let n = 0; n < last; n++) if (n % 5 !== 4) expect(added).toContain(n);
  expect([...nodes.degrees].every((degree) => degree > 0)).toBe(true);
});
