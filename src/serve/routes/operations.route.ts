/**
 * How the command line works on a data directory that this server holds: an operation by name, its input
 * as JSON, its progress and result as a stream of lines.
 */
import { z } from 'zod';
import type { Operation } from '../../pipeline/operation.ts';
import type { OperationRunner } from '../operations.ts';
import { defineRoute, type Route } from '../route.ts';
import { noParams } from '../schemas.ts';

/** One line of the reply. */
const operationLine = z.union([
  z.strictObject({
    progress: z.strictObject({
      stage: z.string(),
      done: z.number(),
      total: z.number().optional(),
      unit: z.string(),
    }),
  }),
  z.strictObject({ result: z.unknown(), warnings: z.array(z.string()).optional() }),
  z.strictObject({ error: z.strictObject({ code: z.string(), details: z.record(z.string(), z.unknown()) }) }),
]);

export const operationRoutes = (operations: readonly Operation[], runner: OperationRunner): Route[] =>
  operations.map((operation) =>
    defineRoute<Record<string, never>, Record<string, never>, unknown, unknown>({
      method: 'post',
      path: `/v1/operations/${operation.name}`,
      tag: 'operations',
      summary: `${operation.summary}. Streams progress lines, then one result or error line`,
      scope: 'admin',
      params: noParams,
      query: noParams,
      body: operation.input,
      mediaType: 'application/x-ndjson',
      response: operationLine,
      errors: ['BUSY', 'SHUTTING_DOWN'],
      async handle({ body }, reply) {
        await runner.run(operation, body, reply);
        return undefined;
      },
    }),
  );
