/** Vectors into Parquet: `type`, `id`, `name` and `vector`, a list of 32-bit floats, a row group at a time. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { createBreather } from '../../base/task.ts';
import { checkRows } from './chunks.ts';
import type { VectorRow, VectorRows } from './types.ts';

/** Of a row group. Four times as many take 1.6 times the memory and 1.4 times as long to encode. */
const GROUP_VALUES = 1 << 16;

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' } as const;
const SCHEMA = [
  { name: 'vectors', num_children: 4 },
  { name: 'type', ...TEXT },
  { name: 'id', ...TEXT },
  { name: 'name', ...TEXT },
  { name: 'vector', repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
] as const;

/** @throws ShelfwalkError VECTOR_INVALID · NODE_KEY_INVALID */
export async function* toParquetChunks(rows: VectorRows): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: [...SCHEMA], createdBy: 'shelfwalk' });
  const breathe = createBreather();
  for (const group of toGroups(rows)) {
    await writer.write({ columnData: toColumnData(group), rowGroupSize: group.length });
    yield take(bytes);
    await breathe();
  }
  await writer.finish();
  yield take(bytes);
}

/** What has been written since the last time; the writer goes on counting from where it was. */
function take(bytes: ByteWriter): Uint8Array {
  const taken = bytes.getBytes().slice();
  bytes.index = 0;
  return taken;
}

type Held = Omit<VectorRow, 'vector'> & { readonly vector: readonly number[] };

function* toGroups(rows: VectorRows): Generator<Held[]> {
  const size = Math.max(1, Math.floor(GROUP_VALUES / rows.dimension));
  let group: Held[] = [];
  for (const { type, id, name, vector } of checkRows(rows)) {
    group.push({ type, id, name, vector: Array.from(vector) });
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

function toColumnData(group: readonly Held[]): Parameters<ParquetWriter['write']>[0]['columnData'] {
  const pick = (name: keyof Held) => ({ name, data: group.map((row) => row[name]) });
  return [
    pick('type'),
    pick('id'),
    pick('name'),
    // As they are: a dictionary would take -0 and 0 for one value, and such bytes do not compress.
    { ...pick('vector'), encoding: 'PLAIN', codec: 'UNCOMPRESSED', statistics: false },
  ];
}
