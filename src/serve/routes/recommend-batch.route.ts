/**
 * Many lists in one request: a question a line, an answer a line, in the same order. A question that cannot be
 * answered is a fault of its own line.
 */
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { isShelfwalkError, ShelfwalkError } from '../../base/errors.ts';
import type { LiveModel, Log } from '../../pipeline/live-types.ts';
import type { RecommendReply } from '../../pipeline/recommend-types.ts';
import { documented } from '../entries.ts';
import { type Line, Lines } from '../lines.ts';
import { problemSchema, toProblem } from '../problem.ts';
import { excludeField, listFields, recommendReply, sessionFields } from '../recommend-schemas.ts';
import { defineRoute, type Route } from '../route.ts';
import { nodeId, noParams } from '../schemas.ts';
import { toIssueError } from '../validation.ts';

const MAX_QUESTIONS = 1000;
/** At once: the catalog is asked for the next customers while the vectors are scanned for this one. */
const AT_ONCE = 4;

const question = z
  .strictObject({
    customerId: nodeId.optional().describe('or a session: events, basket, attributes'),
    ...sessionFields,
    ...listFields,
    exclude: excludeField,
  })
  .refine(
    ({ customerId, events, basket, attributes }) =>
      customerId === undefined || events.length + basket.length + attributes.length === 0,
    'customerId, or a session, not both',
  );

const many = z.strictObject({ requests: z.array(documented(question)).min(1).max(MAX_QUESTIONS) });

const place = { line: z.number().int().describe('of the question, from 1') };
const answer = z.union([
  recommendReply.extend(place),
  z.strictObject({ ...place, error: problemSchema.omit({ type: true, instance: true }) }),
]);
type Answer = z.infer<typeof answer>;

export interface BatchDeps {
  readonly live: Pick<LiveModel, 'recommend' | 'recommendFor'>;
  readonly log: Log;
}

export const recommendBatchRoute = ({ live, log }: BatchDeps): Route =>
  defineRoute({
    method: 'post',
    path: '/v1/recommendations/batch',
    tag: 'recommendations',
    summary: `Lists for up to ${MAX_QUESTIONS} customers or sessions: NDJSON in, NDJSON out, a failure a line`,
    scope: 'read',
    params: noParams,
    query: noParams,
    body: many as z.ZodType<z.infer<typeof many> | Lines>,
    lines: question,
    response: answer as z.ZodType<Answer>,
    mediaType: 'application/x-ndjson',
    errors: ['REQUEST_UNPROCESSABLE'],
    async handle({ body }, reply) {
      const lines = toLines(body);
      reply.setHeader('Content-Type', 'application/x-ndjson; charset=utf-8');
      try {
        await pipeline(toAnswers(live, lines, log), reply);
      } catch (error) {
        if (!hasLeft(error)) throw error;
      }
      return undefined;
    },
  });

/** Who leaves is answered no further; the gate has logged it. */
const hasLeft = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';

/** @throws ShelfwalkError REQUEST_UNPROCESSABLE — too many */
function toLines(body: z.infer<typeof many> | Lines): readonly Line[] {
  if (!(body instanceof Lines)) return body.requests.map((value, i) => ({ line: i + 1, value }));
  if (body.lines.length <= MAX_QUESTIONS) return body.lines;
  throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
    field: 'body',
    found: `${body.lines.length} lines`,
    expected: `at most ${MAX_QUESTIONS} lines`,
  });
}

/** In the order of the questions; the next ones are begun when those in hand have been taken. */
async function* toAnswers(live: BatchDeps['live'], lines: readonly Line[], log: Log): AsyncGenerator<string> {
  for (let i = 0; i < lines.length; i += AT_ONCE) {
    const answers = await Promise.all(lines.slice(i, i + AT_ONCE).map((line) => toAnswer(live, line, log)));
    yield answers.map((one) => `${JSON.stringify(one)}\n`).join('');
  }
}

async function toAnswer(live: BatchDeps['live'], given: Line, log: Log): Promise<Answer> {
  const { line } = given;
  try {
    return { line, ...(await recommend(live, given)) };
  } catch (thrown) {
    const error = isShelfwalkError(thrown) ? thrown : new ShelfwalkError('INTERNAL', {}, { cause: thrown });
    if (error.status >= 500 && error.status !== 503)
      log.error({ err: thrown, line }, 'a line of a batch failed');
    const { type: _type, instance: _instance, ...problem } = toProblem(error, '');
    return { line, error: problem };
  }
}

/** @throws ShelfwalkError REQUEST_UNPROCESSABLE · whatever the model throws */
function recommend(live: BatchDeps['live'], given: Line): Promise<RecommendReply> {
  if ('fault' in given)
    throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { field: '', expected: given.fault });
  const parsed = question.safeParse(given.value);
  if (!parsed.success) throw toIssueError('REQUEST_UNPROCESSABLE', parsed.error.issues, question);
  const { customerId, ...asked } = parsed.data;
  return customerId === undefined ? live.recommendFor(asked) : live.recommend(customerId, asked);
}
