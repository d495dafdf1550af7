/** The contract of write-types.ts on top of the writer: entries checked, put in line, answered. */
import { ShelfwalkError } from '../base/errors.ts';
import type { Database } from './database.ts';
import { forgetCustomer } from './forget.ts';
import { noteRefreshJob, readForgottenDigests, readReceipt } from './forgotten.ts';
import { listInteractions } from './interaction-list.ts';
import { readProductStates, readTombstones, readWatermark } from './watermark.ts';
import { checkEntities, checkEvents, toEntryError } from './write-checks.ts';
import { writeEntities } from './write-entities.ts';
import { deleteEvents, replaceEvents } from './write-interactions.ts';
import type { CatalogWrites, EntryError, WriteReply } from './write-types.ts';
import type { Writer } from './writer.ts';

/** @param now ms since 1970: the time of events that have none */
export function createWrites(
  database: Database,
  writer: Writer,
  now: () => number,
): Omit<CatalogWrites, 'onChange'> {
  return {
    appendInteractions(events, options) {
      const { entries, errors } = checkEvents(events, now());
      const toReply = (found: readonly EntryError[], watermark: number): WriteReply =>
        toWriteReply(events.length, [...errors, ...found], watermark);
      return writer.write({ append: entries, toReply }, options);
    },
    replaceInteractions(events, options) {
      const { entries, errors } = checkEvents(events, now());
      const returns = entries.filter(({ returned }) => returned);
      const all = [
        ...errors,
        ...returns.map(({ index }) =>
          toEntryError(index, 'quantity', 'a return replaces nothing: append it'),
        ),
      ];
      const taken = entries.filter(({ returned }) => !returned);
      return writer.write(
        {
          run: async (commit) => {
            const found = taken.length > 0 ? await replaceEvents(commit, taken) : [];
            return (watermark) => toWriteReply(events.length, [...all, ...found], watermark);
          },
        },
        options,
      );
    },
    deleteInteractions: (filter, options) =>
      writer.write(
        {
          run: async (commit) => {
            const deleted = await deleteEvents(commit, filter);
            return (watermark) => ({ deleted, watermark });
          },
        },
        options,
      ),
    changeEntities(type, changes, options) {
      const { entries, errors } = checkEntities(type, changes);
      return writer.write(
        {
          run: async (commit) => {
            const found = entries.length > 0 ? await writeEntities(commit, type, entries) : [];
            return (watermark) => toWriteReply(changes.length, [...errors, ...found], watermark);
          },
        },
        options,
      );
    },
    listInteractions: (customerId, query) => listInteractions(database, customerId, query),
    watermark: async () => (await readWatermark(database)).value,
    productStates: () => readProductStates(database),
    tombstones: (since = 0) => readTombstones(database, since),
    async forget(request, options) {
      // A request that is sent again gets the receipt of the first one.
      const { receiptId } = await writer.write(
        {
          run: async (commit) => {
            const fault = await forgetCustomer(commit, request);
            if (fault) throw new ShelfwalkError(fault.code, { type: 'customer', hint: fault.message });
            return () => ({ receiptId: request.receiptId });
          },
        },
        options,
      );
      return (await readReceipt(database, receiptId))!;
    },
    receipt: (receiptId) => readReceipt(database, receiptId),
    noteRefreshJob: (receiptId, job) =>
      writer.write({
        run: async ({ session }) => {
          await noteRefreshJob(session, { receiptId, job });
          return () => undefined;
        },
      }),
    forgottenDigests: () => readForgottenDigests(database),
  };
}

function toWriteReply(given: number, errors: readonly EntryError[], watermark: number): WriteReply {
  const rejected = new Set(errors.map(({ index }) => index)).size;
  const sorted = [...errors].sort((a, b) => a.index - b.index);
  return { accepted: given - rejected, rejected, errors: sorted, watermark };
}
