/** A data directory and its workspace for each test of a file, gone when the test is over. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';

export interface FreshWorkspace {
  readonly dir: string;
  readonly workspace: Workspace;
}

/** Called once, at the top of a file. Valid within tests. */
export function useWorkspace(): FreshWorkspace {
  let dir: string;
  let workspace: Workspace;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'shelfwalk-test-'));
    workspace = await openWorkspace(dir);
  });
  afterEach(async () => {
    await workspace.close();
    await rm(dir, { recursive: true, force: true });
  });
  return {
    get dir() {
      return dir;
    },
    get workspace() {
      return workspace;
    },
  };
}
