"""
fastnode2vec's own compiled kernel, in a loop that is compiled too: no Python between two walks, which is
kinder to it than its public generate_random_walk.
"""
import time

import numpy as np
from fastnode2vec import __path__ as _  # noqa: F401  fails here, with its name, where it is not installed
from fastnode2vec.graph import Graph, _random_walk, _random_walk_weighted
from numba import njit

from json_lines import serve

graphs = {}


@njit(nogil=True)
def set_seed(seed):
    np.random.seed(seed)


@njit(nogil=True)
def walk_weighted(indptr, indices, data, length, p, q, nodes):
    steps, sink = 0, 0
    for i in range(len(nodes)):
        walk = _random_walk_weighted(indptr, indices, data, length, p, q, nodes[i])
        steps += len(walk) - 1
        sink ^= walk[-1]
    return steps, sink


@njit(nogil=True)
def walk_plain(indptr, indices, length, p, q, nodes):
    steps, sink = 0, 0
    for i in range(len(nodes)):
        walk = _random_walk(indptr, indices, length, p, q, nodes[i])
        steps += len(walk) - 1
        sink ^= walk[-1]
    return steps, sink


def load(name, path, weighted):
    rows = np.loadtxt(path, dtype=np.int64, delimiter="\t")
    # Rows by node number: its nodes are numbered as they are met, and near ones are then near in memory.
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    columns = 3 if weighted else 2
    graph = Graph([tuple(row[:columns]) for row in rows.tolist()], directed=False, weighted=weighted, verbose=False)
    graphs[name] = graph
    return {"nodes": len(graph.node_names), "arcs": int(len(graph.indices))}


def _walk_all(graph, length, p, q):
    nodes = np.random.permutation(len(graph.node_names)).astype(np.int64)
    if graph.weighted:
        return walk_weighted(graph.indptr, graph.indices, graph.data, length, p, q, nodes)
    return walk_plain(graph.indptr, graph.indices, length, p, q, nodes)


def walk(name, length, p, q, seed):
    """One walk from every node. CPU seconds are those of this thread, the only one that works."""
    set_seed(seed)
    started = time.thread_time()
    steps, sink = _walk_all(graphs[name], length, float(p), float(q))
    return {"steps": int(steps), "cpuSeconds": time.thread_time() - started, "sink": int(sink)}


def law(name, length, p, q, seed):
    """Share of second-order steps that return: what the two sides must agree on before a clock starts."""
    set_seed(seed)
    graph = graphs[name]
    returns, steps = 0, 0
    for node in range(len(graph.node_names)):
        if graph.weighted:
            walk = _random_walk_weighted(graph.indptr, graph.indices, graph.data, length, float(p), float(q), node)
        else:
            walk = _random_walk(graph.indptr, graph.indices, length, float(p), float(q), node)
        returns += int((walk[2:] == walk[:-2]).sum())
        steps += len(walk) - 2
    return {"returnShare": returns / steps}


serve({"load": load, "walk": walk, "law": law})
