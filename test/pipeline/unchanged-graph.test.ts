/** When a graph in Neo4j need not be read: its mark is the version's, and nothing was left for the next time. */
import { expect, test } from 'vitest';
import { findUnchangedReason } from '../../src/pipeline/unchanged-graph.ts';
import { fakeVersion } from '../serve/fakes.ts';

const MARK = { nodes: 3, newest: '2026-01-01', load: null };

async function find(report: Record<string, unknown>, mark = MARK): Promise<string | undefined> {
  const manifest = { ...fakeVersion('v1').manifest, graphMark: MARK };
  const versions = { manifest: async () => manifest, report: async () => report };
  return findUnchangedReason({ mark: async () => ({ ...mark }) }, versions, 'v1');
}

test('where the mark is another one it is read, and where a local refresh left something out', async () => {
  expect(await find({})).toContain('not read');
  expect(await find({}, { ...MARK, nodes: 4 })).toBeUndefined();
  expect(await find({ refresh: { mode: 'local', plan: { leftOut: 0 } } })).toContain('not read');
  expect(await find({ refresh: { mode: 'local', plan: { leftOut: 2 } } })).toBeUndefined();
  expect(await find({ refresh: { mode: 'full', plan: { radius: 0.4 } } })).toContain('not read');
});
