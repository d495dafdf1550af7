/**
 * Jobs on the disk, a folder each: what a server was asked to do outlives it. A job's file is replaced
 * whole, so a crash leaves the old state or the new; a folder without one was never promised to anybody.
 *
 *     jobs/20261125T183000Z-0a1b/job.json      the job, with its checksum
 *     jobs/20261125T183000Z-0a1b/checkpoint/   what a training has reached (checkpoint-files.ts)
 *     jobs/.removing-…                         half deleted: cleaned away on open
 */
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../base/folder.ts';
import { findStats, refusingFullDisk, replaceDurable, syncFolder } from '../../vectors/durable-file.ts';
import { fromSealedJson, toSealedJson } from '../../vectors/sealed-json.ts';
import { isVersionId } from '../../vectors/version-id.ts';
import { type Job, jobSchema } from './types.ts';

export interface JobStore {
  /** All that can be read, oldest first; of the others the ids. */
  read(): Promise<{ readonly jobs: Job[]; readonly damaged: string[] }>;
  /** On the disk when this returns. @throws ShelfwalkError DISK_FULL */
  write(job: Job): Promise<void>;
  /** With its checkpoint. A job that is not there is no failure. */
  remove(id: string): Promise<void>;
  /** Where a job keeps its checkpoints. */
  checkpointFolder(id: string): string;
  /** The job will not go on from there. */
  removeCheckpoints(id: string): Promise<void>;
}

/** Opens the store, made if it is not there yet; cleans away what a crash has left. */
export async function openJobStore(dataDir: string): Promise<JobStore> {
  const folder = join(dataDir, 'jobs');
  await makeFolder(folder);
  await syncFolder(dataDir);
  await cleanJobs(folder);
  const checkpointFolder = (id: string): string => join(folder, id, 'checkpoint');
  return {
    async read() {
      const jobs: Job[] = [];
      const damaged: string[] = [];
      for (const id of await listIds(folder)) {
        const job = await findJob(folder, id);
        if (job) jobs.push(job);
        else damaged.push(id);
      }
      return { jobs, damaged };
    },
    async write(job) {
      const home = join(folder, job.id);
      await refusingFullDisk(home, () => mkdir(home, { recursive: true }));
      await replaceDurable(join(home, FILE), [toSealedJson({ ...job })]);
      await syncFolder(folder);
    },
    async remove(id) {
      const doomed = join(folder, `${REMOVING}${id}`);
      if (!(await findStats(join(folder, id)))) return;
      await rename(join(folder, id), doomed);
      await syncFolder(folder);
      await rm(doomed, { recursive: true });
    },
    checkpointFolder,
    removeCheckpoints: (id) => rm(checkpointFolder(id), { recursive: true, force: true }),
  };
}

const FILE = 'job.json';
const REMOVING = '.removing-';

/** Ids of jobs are made as those of versions are: they sort by time, and are safe in a path. */
export const isJobId = isVersionId;

const listIds = async (folder: string): Promise<string[]> => (await readdir(folder)).filter(isJobId).sort();

/** Undefined where the file is damaged, or of a release that says other things. */
async function findJob(folder: string, id: string): Promise<Job | undefined> {
  const { sha256: _, ...content } = fromSealedJson(await readFile(join(folder, id, FILE))) ?? {};
  const job = jobSchema.safeParse(content).data;
  return job?.id === id ? job : undefined;
}

async function cleanJobs(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const isLeft = name.startsWith(REMOVING);
    const isEmpty = isJobId(name) && !(await findStats(join(folder, name, FILE)));
    if (isLeft || isEmpty) await rm(join(folder, name), { recursive: true });
    else if (isJobId(name)) await cleanWriting(join(folder, name));
  }
}

async function cleanWriting(home: string): Promise<void> {
  for (const name of await readdir(home)) if (name.startsWith('.writing-')) await rm(join(home, name));
}
