/** What is served follows what an operation has published. */
import { isShelfwalkError } from '../base/errors.ts';
import type { LiveModel, Log } from '../pipeline/live-types.ts';

/** @returns a warning where the new version could not be served; never throws */
export const createFollower =
  (live: Pick<LiveModel, 'reload'>, log: Log) => async (): Promise<string | undefined> => {
    try {
      await live.reload();
      return undefined;
    } catch (error) {
      log.error({ err: error }, 'the new version could not be served; the old one still is');
      return `the version that was served before still is: ${isShelfwalkError(error) ? error.message : 'the log of the server says why'}`;
    }
  };
