/**
 * A file sent while it is written: never more of it in memory than the client has room for, so few are
 * sent at once, and one that is not taken is given up.
 */
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { ShelfwalkError } from '../base/errors.ts';

export interface ExportSender {
  /**
   * Resolves when the client has all of it or is gone; then nothing is held any more.
   * @param open called once there is room, before anything is written to `reply`
   * @throws ShelfwalkError OVERLOADED — as many are being sent as may be
   * @throws whatever the chunks throw; the connection is closed then, so that half a file is not taken for one
   */
  send(reply: ServerResponse, open: () => AsyncIterable<Uint8Array>): Promise<void>;
}

export interface ExportSenderOptions {
  /** Files at once. */
  readonly limit: number;
  /** A client that takes nothing for so long is cut off: it holds a version's tables and a place. */
  readonly stallMs: number;
}

const RETRY_AFTER_SECONDS = 10;

export function createExportSender({ limit, stallMs }: ExportSenderOptions): ExportSender {
  let sending = 0;
  return {
    async send(reply, open) {
      if (sending >= limit) {
        const expected = `≤ ${limit} exports at once`;
        throw new ShelfwalkError('OVERLOADED', { expected, retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      sending++;
      try {
        await sendWatched(reply, open(), stallMs);
      } finally {
        sending--;
      }
    },
  };
}

async function sendWatched(
  reply: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
  stallMs: number,
): Promise<void> {
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(), stallMs);
  let failure: { readonly error: unknown } | undefined;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of chunks) {
        yield chunk;
        timer.refresh(); // the next one is asked for: this one was taken
      }
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  try {
    await pipeline(watched, reply, { signal: stall.signal });
  } catch {
    // If it is no failure of ours the client has left or was cut off, and the gate has logged that.
    if (failure) throw failure.error;
  } finally {
    clearTimeout(timer);
  }
}
