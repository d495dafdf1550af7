/**
 * States of a training on the disk: a folder each, written beside its name, synced, then renamed, so that
 * what has a name is whole. docs/file-formats.md has the layout.
 *
 *     checkpoint/everything-000012/   state.json · vectors.npy · contexts.npy · visits.u32
 *     checkpoint/.writing-…           unfinished: passed over, and cleaned away by the next one
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isShelfwalkError } from '../../base/errors.ts';
import { makeFolder } from '../../base/folder.ts';
import type { Matrix } from '../../base/matrix.ts';
import {
  type Chunks,
  type Fingerprint,
  findChunks,
  refusingFullDisk,
  syncFolder,
  writeDurable,
} from '../../vectors/durable-file.ts';
import { fromNpyChunks, toNpyChunks } from '../../vectors/npy.ts';
import { fromSealedJson, toSealedJson } from '../../vectors/sealed-json.ts';
import type { RunPart, SavedState } from '../run-checkpoints.ts';

const FORMAT = 1;
const FILES = ['vectors.npy', 'contexts.npy', 'visits.u32'] as const;
type FileName = (typeof FILES)[number];

const fingerprint = z.object({ sha256: z.string(), bytes: z.number().int() });
const stateSchema = z.object({
  format: z.literal(FORMAT),
  fingerprint: z.string(),
  passesDone: z.number().int().min(0),
  totals: z.object({ tokens: z.number(), pairs: z.number(), lossSum: z.number(), lossPairs: z.number() }),
  files: z.record(z.enum(FILES), fingerprint),
});
type StateFile = z.infer<typeof stateSchema>;

export interface StoredState {
  /** Of the training that wrote it. */
  readonly fingerprint: string;
  readonly state: SavedState;
}

/**
 * The newest state of a part that is whole; undefined where there is none. A damaged one is passed over:
 * an older one, or the start, is as good a place to go on from, if a later one to arrive.
 */
export async function findState(folder: string, part: RunPart): Promise<StoredState | undefined> {
  for (const name of (await listStates(folder, part)).reverse()) {
    const found = await readState(join(folder, name)).catch(asDamaged);
    if (found) return found;
  }
  return undefined;
}

/** On the disk when this returns, and the older states of the part are gone. @throws ShelfwalkError DISK_FULL */
export async function writeState(
  folder: string,
  part: RunPart,
  { fingerprint, state }: StoredState,
): Promise<void> {
  await makeFolder(folder);
  const name = `${part}-${String(state.passesDone).padStart(6, '0')}`;
  const beside = join(folder, `.writing-${randomBytes(6).toString('hex')}`);
  try {
    await refusingFullDisk(beside, async () => {
      await mkdir(beside);
      await writeFiles(beside, fingerprint, state);
      await syncFolder(beside);
      await rm(join(folder, name), { recursive: true, force: true });
      await rename(beside, join(folder, name));
      await syncFolder(folder);
    });
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw error;
  }
  await removeStates(folder, part, name);
}

/** All of a part but one. */
export async function removeStates(folder: string, part: RunPart, kept?: string): Promise<void> {
  const unfinished = (await listNames(folder)).filter((name) => name.startsWith('.writing-'));
  for (const name of [...(await listStates(folder, part)), ...unfinished]) {
    if (name !== kept) await rm(join(folder, name), { recursive: true, force: true });
  }
}

const listNames = async (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

const listStates = async (folder: string, part: RunPart): Promise<string[]> =>
  (await listNames(folder)).filter((name) => name.startsWith(`${part}-`)).sort();

async function writeFiles(folder: string, fingerprint: string, state: SavedState): Promise<void> {
  const { vectors, contexts, visits, passesDone, totals } = state;
  const chunks: Record<FileName, Chunks> = {
    'vectors.npy': toNpyChunks(vectors),
    'contexts.npy': toNpyChunks(contexts),
    'visits.u32': [Buffer.from(Uint32Array.from(visits).buffer)],
  };
  const files: Partial<Record<FileName, Fingerprint>> = {};
  for (const name of FILES) files[name] = await writeDurable(join(folder, name), chunks[name]);
  const content = { format: FORMAT, fingerprint, passesDone, totals, files };
  await writeDurable(join(folder, 'state.json'), [toSealedJson(content)]);
}

/** Undefined where a file is missing, or a byte is not as it was written. */
async function readState(folder: string): Promise<StoredState | undefined> {
  const sealed = fromSealedJson(await readFile(join(folder, 'state.json')));
  const { data } = stateSchema.safeParse(sealed);
  if (!data) return undefined;
  const vectors = await readChecked(folder, 'vectors.npy', data, toMatrix);
  const contexts = await readChecked(folder, 'contexts.npy', data, toMatrix);
  const visits = await readChecked(folder, 'visits.u32', data, toCounts);
  if (!vectors || !contexts || !visits) return undefined;
  const { fingerprint, passesDone, totals } = data;
  return { fingerprint, state: { vectors, contexts, visits, passesDone, totals } };
}

type Read<T> = (chunks: AsyncIterable<Uint8Array>, bytes: number) => Promise<T>;

/** One pass over the file, and no value unless its checksum holds. */
async function readChecked<T>(
  folder: string,
  name: FileName,
  { files }: StateFile,
  read: Read<T>,
): Promise<T | undefined> {
  const found = await findChunks(join(folder, name));
  if (!found || found.bytes !== files[name].bytes) return undefined;
  const hash = createHash('sha256');
  async function* hashed({ chunks }: NonNullable<typeof found>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const value = await read(hashed(found), found.bytes);
  return hash.digest('hex') === files[name].sha256 ? value : undefined;
}

const toMatrix: Read<Matrix> = (chunks, bytes) => fromNpyChunks(chunks, { file: 'checkpoint', bytes });

const toCounts: Read<Uint32Array> = async (chunks, bytes) => {
  const counts = new Uint32Array(bytes / 4);
  const all = new Uint8Array(counts.buffer);
  let at = 0;
  for await (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return counts;
};

/** A header that cannot be read, or a folder that was not written to its end. */
function asDamaged(error: unknown): undefined {
  const isDamage = isShelfwalkError(error) || (error as NodeJS.ErrnoException).code === 'ENOENT';
  if (!isDamage) throw error;
}
