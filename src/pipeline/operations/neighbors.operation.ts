/** Nearest nodes of one node. A server answers from what it has in memory; elsewhere it is loaded for this one answer. */
import { z } from 'zod';
import { isShelfwalkError, ShelfwalkError } from '../../base/errors.ts';
import { NODE_TYPES, type NodeRef } from '../../base/ids.ts';
import { createLiveModel } from '../live-model.ts';
import { type LiveModel, type MatchReply, SILENT } from '../live-types.ts';
import type { Operation } from '../operation.ts';
import { serverConfigSchema } from '../server-config.ts';
import type { Workspace } from '../workspace.ts';

const neighborsInput = z.strictObject({
  type: z.enum(NODE_TYPES),
  id: z.string().min(1),
  limit: z.number().int().min(1).max(1000).default(10).describe('how many'),
  targetType: z.enum(NODE_TYPES).optional().describe('default: the type of the node asked about'),
  withAttributes: z.boolean().default(false).describe('with the attributes of what is found'),
  alias: serverConfigSchema.shape.alias,
});

export const neighborsOperation: Operation<z.infer<typeof neighborsInput>, MatchReply> = {
  name: 'neighbors',
  summary: 'Nodes nearest to one node, by cosine of input vectors',
  input: neighborsInput,
  writes: false,
  async run(workspace, { type, id, alias, ...options }, { live }) {
    try {
      return await withLive(workspace, alias, live, (model) =>
        model.neighbors({ type, id }, { ...options, model: alias }),
      );
    } catch (error) {
      throw isShelfwalkError(error, 'NODE_UNKNOWN') ? await withSuggestion(workspace, { type, id }) : error;
    }
  },
};

async function withLive<T>(
  workspace: Workspace,
  alias: string,
  served: LiveModel | undefined,
  work: (live: LiveModel) => Promise<T>,
): Promise<T> {
  if (served) return work(served);
  const live = await createLiveModel(workspace, { alias, log: SILENT });
  try {
    return await work(live);
  } finally {
    await live.close();
  }
}

/** Newcomers know names, not ids: what they typed is looked up as a name. */
async function withSuggestion({ catalog }: Workspace, { type, id }: NodeRef): Promise<ShelfwalkError> {
  const { rows } = await catalog.list({ type, q: id, limit: 3 });
  const found = rows.map((row) => (row.name ? `${row.id} (${row.name})` : row.id));
  const hint = found.length > 0 ? `An id is needed. Of that name: ${found.join(', ')}` : undefined;
  return new ShelfwalkError('NODE_UNKNOWN', { type, id, hint });
}
