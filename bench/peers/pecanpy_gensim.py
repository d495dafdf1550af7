"""
Edge list on disk -> vectors on disk as PecanPy users do it: pecanpy's graph and walks, gensim's Word2Vec,
word2vec text. One process per run, one thread; CPU and wall seconds by stage, peak memory, and the CPU of
the whole process from its start are printed as one JSON line at the end.

    python pecanpy_gensim.py EDGES.edg OUT.vec '{"mode": "SparseOTF", "length": 40, ...}'
"""
import resource
import sys
import time

started = {"wall": time.time()}

import json

import numpy as np
from gensim.models import Word2Vec
from pecanpy import pecanpy

stages = {}
last = {"cpu": 0.0, "wall": started["wall"]}


def cpu_seconds():
    """User and system time of all threads since the process began."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def end_stage(name):
    cpu, wall = cpu_seconds(), time.time()
    stages[name] = {"cpuSeconds": cpu - last["cpu"], "wallSeconds": wall - last["wall"]}
    last.update(cpu=cpu, wall=wall)


def open_graph(path, settings):
    graph = getattr(pecanpy, settings["mode"])(
        p=settings["returnP"], q=settings["inOutQ"], workers=1, random_state=settings["seed"],
    )
    graph.read_edg(path, weighted=True, directed=False)
    return graph


def main(edges, out, settings):
    end_stage("start and import")
    graph = open_graph(edges, settings)
    end_stage("read")
    graph.preprocess_transition_probs()
    # Numba compiles the walk here, for every graph object anew: what of it is compiling, a run on a graph of
    # three edges tells (bench/path.bench.mjs). pecanpy counts steps, we count nodes: a walk of length 39 there has 40 nodes.
    walks = graph.simulate_walks(num_walks=settings["walks"], walk_length=settings["length"] - 1)
    end_stage("walk")
    model = Word2Vec(
        walks, vector_size=settings["dimension"], window=settings["window"], min_count=1, sg=1, hs=0,
        negative=settings["negatives"], ns_exponent=settings["exponent"], sample=0, workers=1,
        epochs=1, alpha=settings["alpha"], min_alpha=settings["minAlpha"], seed=settings["seed"],
    )
    end_stage("train")
    model.wv.save_word2vec_format(out)
    end_stage("write")
    print(json.dumps({
        "tokens": int(np.sum([len(walk) for walk in walks])),
        "nodes": len(model.wv),
        "stages": stages,
        "cpuSeconds": cpu_seconds(),
        "wallSeconds": time.time() - started["wall"],
        "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))


main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
