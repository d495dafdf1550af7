/** A catalog of edges only: planted communities are found again, and lint speaks of what edges bring along. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import type { EdgeMapping } from '../../src/catalog/types.ts';
import { runConfigSchema } from '../../src/pipeline/config.ts';
import { graphLintOperation, graphStatsOperation } from '../../src/pipeline/operations/graph.operation.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import type { LoadedVersion } from '../../src/vectors/types.ts';
import { useWorkspace } from './fresh-workspace.ts';

const here = useWorkspace();

async function importEdges(lines: readonly string[], mapping: Partial<EdgeMapping> = {}): Promise<void> {
  const path = join(here.dir, 'edges.csv');
  await writeFile(path, ['from,to,weight', ...lines].join('\n'));
  await here.workspace.catalog.importFiles(
    [{ kind: 'edges', path, mapping: { from: 'from', to: 'to', weight: 'weight', ...mapping } }],
    {},
    {},
  );
}

const COMMUNITIES = 4;
const PEOPLE = 100;
const communityOf = (id: string): number => Number(id) % COMMUNITIES;
const person = { constant: 'customer' } as const;

/** Everyone pays six of their community and two of any, in amounts that say nothing. */
function transfers(): string[] {
  const random = createRandom(5);
  const below = (n: number): number => Math.floor(random() * n);
  return Array.from({ length: PEOPLE }, (_, a) =>
    Array.from({ length: 8 }, (_, i) => {
      const b = i < 6 ? below(PEOPLE / COMMUNITIES) * COMMUNITIES + (a % COMMUNITIES) : below(PEOPLE);
      return a === b ? [] : [`${a},${b},${1 + below(5)}`];
    }).flat(),
  ).flat();
}

/** Share of the five nearest by cosine that are of one's own community, over all people. */
function toPurity({ vectors, nodes }: LoadedVersion): number {
  const norm = (v: number): number => Math.hypot(...vectors.row(v));
  const cosine = (a: number, b: number): number =>
    vectors.row(a).reduce((sum, x, i) => sum + x * vectors.row(b)[i]!, 0) / (norm(a) * norm(b));
  const rows = nodes.ids.map((_, v) => v);
  const hits = rows.flatMap((a) =>
    rows
      .filter((b) => b !== a)
      .map((b) => ({ b, score: cosine(a, b) }))
      .sort((x, y) => y.score - x.score)
      .slice(0, 5)
      .map(({ b }) => +(communityOf(nodes.ids[a]!) === communityOf(nodes.ids[b]!))),
  );
  return hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
}

test.each([{ directed: true }, { directed: false }])(
  'communities of transfers are found again, directed: $directed',
  async ({ directed }) => {
    await importEdges(transfers(), { directed, fromType: person, toType: person });
    const run = runConfigSchema.parse({
      walk: { walksPerNode: 10, walkLength: 40 },
      train: { embeddingDimension: 16, concurrency: 1 },
    });
    const result = await trainVersion(here.workspace, { run, alias: 'prod', evaluate: true }, {});
    expect(result.evaluation).toEqual({ notEvaluated: expect.stringContaining('edges only') });
    expect(result.training).toMatchObject({ nodeCount: PEOPLE, isolatedCount: 0 });
    const version = await here.workspace.versions.load(await here.workspace.versions.resolve('prod'));
    // By chance 24 of 99 others are of the same community: 0.24 ± 0.02 over 500 draws.
    expect(toPurity(version)).toBeGreaterThan(0.8);
  },
  60_000,
);

const { graph, walk } = runConfigSchema.parse({ walk: { walkLength: 20 } });
const lint = async (typePolicy = walk.typePolicy) =>
  graphLintOperation.run(here.workspace, { graph, walk: { ...walk, typePolicy } }, {});
const codesOf = (findings: readonly { code: string }[]): string[] => findings.map(({ code }) => code);

describe('lint', () => {
  test('a chain of one way: walks of 20 end after 3 nodes on average, and the one sink is counted', async () => {
    await importEdges(['a,b,1', 'b,c,1', 'c,d,1'], { directed: true });
    const stats = await graphStatsOperation.run(here.workspace, { graph, walk }, {});
    // Starts a, b, c, which walk 4, 3 and 2 nodes; none starts at d.
    expect(stats).toMatchObject({ directed: true, deadEnds: 1, expectedWalkLength: 3, relationshipCount: 3 });
    expect(codesOf(await lint())).toEqual(expect.arrayContaining(['DIRECTED', 'DEAD_ENDS']));
  });

  test('a ring of one way has no way out but back round: no warning of dead ends', async () => {
    await importEdges(['a,b,1', 'b,c,1', 'c,a,1'], { directed: true });
    const codes = codesOf(await lint());
    expect(codes).toContain('DIRECTED');
    expect(codes).not.toContain('DEAD_ENDS');
  });

  test('a policy without product → product leaves such edges unused, unless it says 0', async () => {
    await importEdges(['a,b,1', 'b,c,1']);
    await writeFile(join(here.dir, 'i.csv'), 'customer,product\nann,a\nbob,b\n');
    const mapping = { customer: 'customer', product: 'product' };
    await here.workspace.catalog.importFiles(
      [{ kind: 'interactions', path: join(here.dir, 'i.csv'), mapping }],
      {},
      {},
    );
    expect(codesOf(await lint())).not.toContain('EDGES_WITHOUT_SHARE');
    // a b and b c: c has no customer, so it goes to b whatever the policy says, and 3 of 4 arcs are left.
    expect(await lint({ product: { customer: 1 } })).toContainEqual(
      expect.objectContaining({
        code: 'EDGES_WITHOUT_SHARE',
        message: expect.stringContaining('3 arcs from products to products are never walked'),
      }),
    );
    expect(codesOf(await lint({ product: { customer: 1, product: 0 } }))).not.toContain(
      'EDGES_WITHOUT_SHARE',
    );
    expect(codesOf(await lint({}))).not.toContain('EDGES_WITHOUT_SHARE');
  });
});
