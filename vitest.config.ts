import { defineConfig } from 'vitest/config';

const shared = {
  pool: 'forks',
  setupFiles: ['test/properties.setup.ts'],
  testTimeout: 60_000,
  hookTimeout: 120_000,
};

/**
 * Two forks: the suite is planned for two cores, and training tests start workers of their own. What needs
 * a Neo4j is a project of its own: its server starts only when one of its files runs, and they run one
 * after the other, for there is one database.
 */
export default defineConfig({
  test: {
    globalSetup: ['test/temp-folder.setup.ts'],
    teardownTimeout: 30_000, // a server that was started has to be stopped
    projects: [
      {
        test: {
          ...shared,
          name: 'shelfwalk',
          include: ['test/**/*.test.ts'],
          exclude: ['test/neo4j/**'],
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...shared,
          name: 'neo4j',
          include: ['test/neo4j/**/*.test.ts'],
          globalSetup: ['test/neo4j/neo4j.setup.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
