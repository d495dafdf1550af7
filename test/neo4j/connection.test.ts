/** A connection to a real server, and what is said when it is not to be had. */
import { describe, expect, test } from 'vitest';
import { openNeo4j } from '../../src/neo4j/connection.ts';
import { failureOf } from '../catalog/temp-catalog.ts';
import { server, toSettings, useDatabase } from './database.ts';

const database = useDatabase();
const toStep = (text: string, parameters = {}) => ({ statement: { name: 'of a test', text }, parameters });

describe.skipIf(!server)('a server that answers', () => {
  test('returns integers as numbers, text as it is', async () => {
    const step = toStep('RETURN 7 AS n, $text AS text, [1, 2] AS list', { text: '🫖 `\'"\\' });
    expect(await database.neo4j.rows(step)).toEqual([{ n: 7, text: '🫖 `\'"\\', list: [1, 2] }]);
  });

  test('streams more rows than one fetch holds', async () => {
    const total = await database.neo4j.read(toStep('UNWIND range(1, 25000) AS n RETURN n'), () => {
      let sum = 0;
      return {
        add: (row) => {
          sum += row.get(0) as number;
        },
        done: () => sum,
      };
    });
    expect(total).toBe((25_000 * 25_001) / 2);
  });

  test('refuses to write in a transaction that reads', async () => {
    const failure = await failureOf(database.neo4j.rows(toStep('CREATE (:X)')));
    expect(failure).toMatchObject({ code: 'NEO4J_STATEMENT_REFUSED', details: { statement: 'of a test' } });
  });

  test('writes all steps of a transaction or none', async () => {
    const steps = [toStep('CREATE (:Half)'), toStep('RETURN 1 / 0')];
    expect(await failureOf(database.neo4j.write(steps))).toMatchObject({ code: 'NEO4J_STATEMENT_REFUSED' });
    expect(await database.run('MATCH (n:Half) RETURN n')).toEqual([]);
  });
});

describe.skipIf(!server)('what goes wrong has a code, and shows no password', () => {
  const password = 'not-the-password-0815';
  test.each([
    { change: { password }, code: 'NEO4J_UNAUTHORIZED' },
    { change: { database: 'elsewhere' }, code: 'NEO4J_DATABASE_UNKNOWN' },
    { change: { uri: 'bolt://127.0.0.1:1', password }, code: 'NEO4J_UNREACHABLE' },
    { change: { uri: 'neo4j://127.0.0.1:1', password }, code: 'NEO4J_UNREACHABLE' },
    { change: { uri: 'bolt://no-such-host.invalid:7687', password }, code: 'NEO4J_UNREACHABLE' },
  ])('$change → $code', async ({ change, code }) => {
    const failure = await failureOf(openNeo4j(toSettings({ timeoutMs: 5000, ...change })));
    expect(failure).toMatchObject({ code, details: { server: change.uri ?? server!.uri } });
    for (let e: unknown = failure; e instanceof Error; e = e.cause) {
      expect(JSON.stringify(e) + e.message + e.stack).not.toContain(password);
    }
  });
});
