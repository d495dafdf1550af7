"""
Files of vectors, read and written by programs that are not ours. What is read comes back as
{"rows": [[type, id, name], …], "bits": …}; escapes are undone here by urllib, as docs say they can be.
"""
import csv
import json
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from gensim.models import KeyedVectors

from json_lines import from_bits, serve, to_bits


def to_row(key):
    kind, escaped = key.split(":", 1)
    return [kind, unquote(escaped, errors="strict"), ""]


def to_f32(cells):
    """As most programs do it: by way of a double."""
    return np.array([[float(x) for x in row] for row in cells], dtype=np.float64).astype(np.float32)


def read_word2vec(path, binary):
    vectors = KeyedVectors.load_word2vec_format(path, binary=binary)
    return {"rows": [to_row(key) for key in vectors.index_to_key], "bits": to_bits(vectors.vectors)}


def read_plain(path, binary):
    vectors = KeyedVectors.load_word2vec_format(path, binary=binary)
    return {"keys": vectors.index_to_key, "bits": to_bits(np.stack([vectors[key] for key in vectors.index_to_key]))}


def read_npy(path, keys):
    vectors = np.load(path)
    with open(keys, encoding="utf-8", newline="\n") as lines:
        named = [json.loads(line) for line in lines]
    return {"rows": [[n["type"], n["id"], n["name"]] for n in named], "bits": to_bits(vectors)}


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file)
    assert header[:3] == ["type", "id", "name"], header[:3]
    return {"rows": [r[:3] for r in records], "bits": to_bits(to_f32([r[3:] for r in records]))}


def read_parquet(path):
    table = pq.read_table(path)
    columns = table.to_pydict()
    rows = [list(row) for row in zip(columns["type"], columns["id"], columns["name"])]
    lists = table["vector"].combine_chunks()
    assert lists.type.value_type == pa.float32(), lists.type
    groups = pq.ParquetFile(path).num_row_groups
    return {"rows": rows, "bits": to_bits(lists.flatten().to_numpy()), "rowGroups": groups}


def read_ndjson(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        named = [json.loads(line) for line in lines]
    rows = [[n["type"], n["id"], n["name"]] for n in named]
    return {"rows": rows, "bits": to_bits(to_f32([n["vector"] for n in named]))}


def read_projector(path, keys):
    with open(path, encoding="utf-8", newline="\n") as lines:
        vectors = to_f32([line.rstrip("\n").split("\t") for line in lines])
    with open(keys, encoding="utf-8", newline="\n") as lines:
        header, *cells = [line.rstrip("\n").split("\t") for line in lines]
    assert header == ["id", "type", "name"], header
    rows = [[kind, unquote(name, errors="strict"), unquote(label, errors="strict")] for name, kind, label in cells]
    return {"rows": rows, "bits": to_bits(vectors)}


def write_word2vec(path, binary, keys, bits, dimension):
    vectors = KeyedVectors(dimension, dtype=np.float32)
    vectors.add_vectors(keys, from_bits(bits, dimension))
    vectors.save_word2vec_format(path, binary=binary)
    return {}


def write_npy(path, bits, dimension):
    np.save(path, from_bits(bits, dimension))
    return {}


def write_parquet(path, rows, bits, dimension, compression):
    """As pyarrow does by itself: nullable columns, dictionaries, several row groups."""
    types, ids, names = zip(*rows)
    vectors = from_bits(bits, dimension)
    table = pa.table(
        {"type": list(types), "id": list(ids), "name": list(names),
         "vector": pa.array(list(vectors), type=pa.list_(pa.float32()))}
    )
    pq.write_table(table, path, row_group_size=7, compression=compression)
    return {}


def write_csv(path, rows, bits, dimension):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["type", "id", "name", *[f"v{i}" for i in range(dimension)]])
        for row, vector in zip(rows, from_bits(bits, dimension)):
            writer.writerow([*row, *[str(x) for x in vector]])
    return {}


def most_similar(path, binary, keys, limit):
    """For each key its nearest ones by gensim, as [[key, score], …]."""
    vectors = KeyedVectors.load_word2vec_format(path, binary=binary)
    return {"lists": [[[k, float(s)] for k, s in vectors.most_similar(key, topn=limit)] for key in keys]}


serve({
    "read_word2vec": read_word2vec,
    "read_plain": read_plain,
    "read_npy": read_npy,
    "read_csv": read_csv,
    "read_parquet": read_parquet,
    "read_ndjson": read_ndjson,
    "read_projector": read_projector,
    "write_word2vec": write_word2vec,
    "write_npy": write_npy,
    "write_parquet": write_parquet,
    "write_csv": write_csv,
    "most_similar": most_similar,
})
