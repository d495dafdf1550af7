"""
gensim's save_word2vec_format and load_word2vec_format on one matrix, in a process of its own so that its
peak is its own: save|load, text|binary, the file, rows as raw f32, dimension. Keys are r0, r1, …
"""
import json
import os
import resource
import sys
import time

import numpy as np
from gensim.models import KeyedVectors

PAGE = os.sysconf("SC_PAGE_SIZE")


def to_rss():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * PAGE


def main(task, kind, path, rows_path, dimension):
    binary = kind == "binary"
    rows = np.fromfile(rows_path, dtype="<f4").reshape(-1, int(dimension))
    keys = [f"product:r{i}" for i in range(len(rows))]
    if task == "save":
        vectors = KeyedVectors(rows.shape[1], dtype=np.float32)
        vectors.add_vectors(keys, rows)
    before, cpu, wall = to_rss(), time.process_time(), time.perf_counter()
    if task == "save":
        vectors.save_word2vec_format(path, binary=binary)
    else:
        vectors = KeyedVectors.load_word2vec_format(path, binary=binary)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert vectors.index_to_key == keys and np.array_equal(vectors.vectors.view("<u4"), rows.view("<u4"))
    print(json.dumps({
        "cpuSeconds": cpu, "wallSeconds": wall, "addedBytes": peak - before, "peakBytes": peak,
        "fileBytes": os.path.getsize(path),
    }))


main(*sys.argv[1:])
