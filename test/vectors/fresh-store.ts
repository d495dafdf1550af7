/** A version store in a folder of its own for each test of a file, gone when the test is over. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { VersionStore } from '../../src/vectors/types.ts';
import { openVersionStore } from '../../src/vectors/version-store.ts';
import { buildContent, FACTS } from './content.ts';

export interface FreshStore {
  readonly dir: string;
  readonly store: VersionStore;
  /** @param to another store of the same folder @returns their ids */
  writeMany(count: number, to?: VersionStore): Promise<string[]>;
}

/** When the first version is written. */
export const NOON = Date.parse('2026-11-23T12:00:00.000Z');
/** Half a second a call: two versions share each second, so the order of ids is put to the test. */
function createClock(): () => Date {
  let calls = 0;
  return () => new Date(NOON + 500 * calls++);
}

/** Called once, at the top of a file. Valid within tests. */
export function useStore(): FreshStore {
  let dir: string;
  let store: VersionStore;
  beforeEach(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'shelfwalk-store-')), 'models');
    store = await openVersionStore(dir, { now: createClock() });
  });
  afterEach(() => rm(join(dir, '..'), { recursive: true }));
  return {
    get dir() {
      return dir;
    },
    get store() {
      return store;
    },
    async writeMany(count, to = store) {
      const ids: string[] = [];
      for (let i = 0; i < count; i++) ids.push((await to.write(buildContent(i), FACTS)).id);
      return ids;
    },
  };
}
