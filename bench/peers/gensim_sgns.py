"""
gensim's Word2Vec (skip-gram, negative sampling) on walks that are handed to it as u32 rows: its public
train(), one worker, CPU seconds of the worker thread alone, so that its job producer costs it nothing.
"""
import time

import numpy as np
from gensim.models import Word2Vec

from json_lines import serve


class Timed(Word2Vec):
    worker_seconds = 0.0

    def _do_train_job(self, sentences, alpha, inits):
        started = time.thread_time()
        result = super()._do_train_job(sentences, alpha, inits)
        self.worker_seconds += time.thread_time() - started
        return result


corpora = {}
models = {}


def load(corpus, path, length):
    rows = np.fromfile(path, dtype=np.uint32).reshape(-1, length)
    names = [str(i) for i in range(int(rows.max()) + 1)]  # one string per node, shared by all walks
    corpora[corpus] = [[names[i] for i in row] for row in rows.tolist()]
    return {"walks": len(rows)}


def create(model, corpus, dimension, window, negatives, exponent, alpha, seed):
    made = Timed(
        vector_size=dimension, window=window, negative=negatives, ns_exponent=exponent, sg=1, hs=0,
        sample=0, min_count=1, workers=1, alpha=alpha, min_alpha=1e-4, seed=seed,
    )
    made.build_vocab(corpora[corpus])
    models[model] = made
    return {"words": len(made.wv)}


def train(model, corpus, first, end):
    """Walks [first, end) of the corpus, once. The rate falls to min_alpha over these walks."""
    trained = models[model]
    walks = corpora[corpus][first:end]
    trained.worker_seconds = 0.0
    trained.train(walks, total_examples=len(walks), epochs=1)
    return {"tokens": sum(map(len, walks)), "cpuSeconds": trained.worker_seconds}


def save(model, path, nodes, dimension):
    """f32 [nodes, dimension] in node order, zeros where a node is in no walk."""
    vectors = models[model].wv
    rows = np.zeros((nodes, dimension), dtype=np.float32)
    for word, i in vectors.key_to_index.items():
        rows[int(word)] = vectors.vectors[i]
    rows.tofile(path)
    return {"rows": len(vectors)}


serve({"load": load, "create": create, "train": train, "save": save})
