/** The lease as it lies in the file, without asking the server whether it lives. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lease } from '../../src/pipeline/lease.ts';

export const findLeaseForTest = async (dataDir: string): Promise<Lease> =>
  JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8'));
