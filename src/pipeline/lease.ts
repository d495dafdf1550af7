/**
 * The note a server leaves in its data directory, `server.json`: where it listens, and the token that
 * lets the command line of the same user work through it. Readable by its owner only.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const leaseSchema = z.object({
  url: z.url({ protocol: /^http$/ }),
  /** As good as an admin key: whoever can read the file can already change the data. */
  token: z.string().min(32),
  /** Which server wrote this; /livez says the same. Not a secret. */
  instanceId: z.string().min(1),
  pid: z.number().int().positive(),
  startedAt: z.string(), // ISO 8601
});

export type Lease = Readonly<z.infer<typeof leaseSchema>>;

const CHECK_TIMEOUT_MS = 2000;

/** Atomic: a reader sees the old note, the new one or none. */
export async function writeLease(dataDir: string, lease: Lease): Promise<void> {
  const beside = `${toPath(dataDir)}.${lease.pid}.tmp`;
  await rm(beside, { force: true }); // mode is set only where the file is made
  await writeFile(beside, `${JSON.stringify(lease, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(beside, toPath(dataDir));
}

/**
 * The lease of a server that is alive. Undefined when there is none or it is left over: not readable
 * as a lease, its process gone, or another server, or none, answers at its address.
 */
export async function readLease(dataDir: string): Promise<Lease | undefined> {
  const lease = await findLease(dataDir);
  return lease && isAlive(lease.pid) && (await answers(lease)) ? lease : undefined;
}

/** Removes the lease if it is still the one of `instanceId`: a successor's stays. */
export async function removeLease(dataDir: string, instanceId: string): Promise<void> {
  if ((await findLease(dataDir))?.instanceId === instanceId) await rm(toPath(dataDir), { force: true });
}

const toPath = (dataDir: string): string => join(dataDir, 'server.json');

async function findLease(dataDir: string): Promise<Lease | undefined> {
  try {
    return leaseSchema.safeParse(JSON.parse(await readFile(toPath(dataDir), 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Signal 0 only asks; EPERM means alive, under another user. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function answers({ url, instanceId }: Lease): Promise<boolean> {
  try {
    const reply = await fetch(new URL('/livez', url), { signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
    return ((await reply.json()) as { instanceId?: unknown }).instanceId === instanceId;
  } catch {
    return false; // refused, timed out, not JSON: whatever it is, it is not our server
  }
}
