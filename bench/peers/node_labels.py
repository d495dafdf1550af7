"""
node2vec by PecanPy + gensim on an edge list, and the judge of both sides' vectors: one-vs-rest logistic
regression on labelled nodes, as in the paper's evaluation (Grover & Leskovec 2016, section 4.3).
"""
import time

import numpy as np
from gensim.models import Word2Vec
from pecanpy import pecanpy
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from json_lines import serve


def embed(edges, path, nodes, dimension, window, length, walks, p, q, alpha, seed):
    """What PecanPy's embed() does: its walks, then gensim's Word2Vec at gensim's defaults, but for the rate."""
    started = time.process_time()
    graph = pecanpy.SparseOTF(p=p, q=q, workers=1, verbose=False, random_state=seed)
    graph.read_edg(edges, weighted=False, directed=False)
    corpus = graph.simulate_walks(num_walks=walks, walk_length=length)
    model = Word2Vec(
        corpus, vector_size=dimension, window=window, sg=1, min_count=0, workers=1, epochs=1, seed=seed, alpha=alpha
    )
    vectors = np.zeros((nodes, dimension), dtype=np.float32)
    vectors[[int(name) for name in graph.nodes]] = model.wv[graph.nodes]
    vectors.tofile(path)
    return {"nodes": len(graph.nodes), "cpuSeconds": time.process_time() - started}


def judge(path, labels, nodes, dimension, splits, share):
    """
    F1 by split, the same splits for whoever asks: `share` of the nodes are known, of any other it is known
    how many labels it has, and it gets as many, the most probable ones (Perozzi et al. 2014, section 5).
    labels: pairs of node and label. Nodes without a vector are zeros, and are judged by the intercepts.
    """
    vectors = np.fromfile(path, dtype=np.float32).reshape(nodes, dimension).astype(np.float64)
    truth = np.zeros((nodes, 1 + max(label for _, label in labels)), dtype=bool)
    for node, label in labels:
        truth[node, label] = True
    scores = [_judge_split(vectors, truth, np.random.default_rng(split), share) for split in range(splits)]
    macro, micro = zip(*scores)
    return {"macro": macro, "micro": micro}


def _judge_split(vectors, truth, random, share):
    labelled = random.permutation(np.flatnonzero(truth.any(axis=1)))
    known, asked = np.split(labelled, [round(share * len(labelled))])
    columns = [
        # C = 1 and an intercept that is penalised too: liblinear as the paper's evaluation had it.
        LogisticRegression(C=1.0, solver="liblinear").fit(vectors[known], truth[known, label])
        for label in range(truth.shape[1])
    ]
    probability = np.stack([column.predict_proba(vectors[asked])[:, 1] for column in columns], axis=1)
    rank = np.argsort(np.argsort(-probability, axis=1, kind="stable"), axis=1)
    given = rank < truth[asked].sum(axis=1, keepdims=True)
    return [f1_score(truth[asked], given, average=average, zero_division=0.0) for average in ("macro", "micro")]


serve({"embed": embed, "judge": judge})
