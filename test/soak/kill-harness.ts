/**
 * A server killed with SIGKILL at a random moment while things are going on in it, started again, and
 * held to what it had promised. What goes on is given as activities: each keeps something unfinished all
 * the time, remembers what was promised, and checks it.
 */
import { type Server, startServer } from './server.ts';

export interface Activity {
  readonly name: string;
  /** Begins; goes on by itself until the server is gone. Resolves when it has been promised something. */
  begin(server: Server): Promise<void>;
  /** In the turn of the event loop that kills: nothing can be answered between the two. */
  struck(): void;
  /** After the kill, before there is a server again: what lies on the disk. */
  inspect?(): Promise<void>;
  /** With the server back. */
  check(server: Server): Promise<Checked>;
  /** After the last kill: what was begun is ended. */
  finish?(server: Server): Promise<Checked>;
  /** For the report: kills that hit something unfinished, by what it was, and what became of it. */
  facts(): Readonly<Record<string, number>>;
}

export interface Checked {
  readonly promises: number;
  /** Those that were not kept, for a person. */
  readonly broken: readonly string[];
}

export interface Tally {
  kills: number;
  promises: number;
  readonly broken: string[];
}

export interface KillOptions {
  readonly dataDir: string;
  readonly kills: number;
  readonly activities: readonly Activity[];
  /** Resolves when a kill is to come; asked once all activities have begun. @param kill from 0 */
  readonly moment: (kill: number) => Promise<void>;
  /** Further ones of `shelfwalk serve`. */
  readonly flags?: readonly string[];
}

export async function killAgainAndAgain({
  dataDir,
  kills,
  activities,
  moment,
  flags,
}: KillOptions): Promise<Tally> {
  const tally: Tally = { kills: 0, promises: 0, broken: [] };
  const add = ({ promises, broken }: Checked) => {
    tally.promises += promises;
    tally.broken.push(...broken.map((what) => `after kill ${tally.kills}: ${what}`));
  };
  let server = await startServer(dataDir, flags);
  try {
    for (let kill = 0; kill < kills; kill++) {
      await Promise.all(activities.map((activity) => activity.begin(server)));
      await moment(kill);
      for (const activity of activities) activity.struck();
      await server.kill();
      tally.kills++;
      for (const activity of activities) await activity.inspect?.();
      server = await startServer(dataDir, flags);
      for (const activity of activities) add(await activity.check(server));
    }
    for (const activity of activities) if (activity.finish) add(await activity.finish(server));
  } finally {
    await server.kill();
  }
  return tally;
}
