"""
gensim's skip-gram with negative sampling on first-order walks that are drawn here, by numpy: nothing of ours
but the list of edges. Answers with the vectors of the nodes 0 … n − 1.
"""
import numpy as np
from gensim.models import Word2Vec

from json_lines import serve, to_bits


def to_walks(edges, nodes, walks_per_node, length, random):
    weights = np.zeros((nodes, nodes))
    for a, b, w in edges:
        weights[a, b] += w
        weights[b, a] += w
    steps = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    at = np.repeat(np.arange(nodes), walks_per_node)
    walks = [at]
    for _ in range(length - 1):
        at = (random.random((len(at), 1)) > steps[at]).sum(axis=1).clip(0, nodes - 1)
        walks.append(at)
    return random.permutation(np.stack(walks, axis=1))


def train(edges, nodes, walks_per_node, length, dimension, window, negatives, exponent, alpha, min_alpha, seed):
    walks = to_walks(edges, nodes, walks_per_node, length, np.random.default_rng(seed))
    model = Word2Vec(
        [[str(node) for node in walk] for walk in walks],
        vector_size=dimension, window=window, negative=negatives, ns_exponent=exponent, alpha=alpha,
        min_alpha=min_alpha, epochs=1, sg=1, hs=0, sample=0, min_count=1, workers=1, seed=seed,
    )
    return {"bits": to_bits(np.stack([model.wv[str(node)] for node in range(nodes)]))}


serve({"train": train})
