"""
gensim's Word2Vec on sentences that are handed to it: each sentence is one window, as item2vec has it.
Its public train(), one worker; the sentences come shuffled, because gensim draws contexts by place.
"""
import random
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


sentences = []


def load(tokens, offsets, seed):
    """u32 files; a sentence is tokens[offsets[i]:offsets[i + 1]]."""
    rows = np.fromfile(tokens, dtype=np.uint32).tolist()
    ends = np.fromfile(offsets, dtype=np.uint32).tolist()
    names = [str(i) for i in range(max(rows) + 1)]
    draw = random.Random(seed)
    sentences.clear()
    for start, end in zip(ends, ends[1:]):
        words = [names[row] for row in rows[start:end]]
        draw.shuffle(words)
        sentences.append(words)
    return {"sentences": len(sentences)}


def train(path, nodes, dimension, cbow, negatives, exponent, alpha, epochs, seed):
    """Trains, and writes f32 [nodes, dimension] of inputs to `path`, zeros where a node is in no sentence."""
    longest = max(map(len, sentences))
    model = Timed(
        vector_size=dimension, window=longest, shrink_windows=False, negative=negatives, ns_exponent=exponent,
        sg=0 if cbow else 1, cbow_mean=1, hs=0, sample=0, min_count=1, workers=1, alpha=alpha, min_alpha=1e-4, seed=seed,
    )
    model.build_vocab(sentences)
    model.train(sentences, total_examples=len(sentences), epochs=epochs)
    rows = np.zeros((nodes, dimension), dtype=np.float32)
    for word, i in model.wv.key_to_index.items():
        rows[int(word)] = model.wv.vectors[i]
    rows.tofile(path)
    return {"cpuSeconds": model.worker_seconds}


serve({"load": load, "train": train})
