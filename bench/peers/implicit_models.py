"""
implicit's ALS and BPR on pairs of customer and product that are handed to it: its public fit(), one thread.
What it learned is written as factors, and the caller ranks by their dot product, as implicit itself does;
BPR's bias of a product is a column of its factors.
"""
import time

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from scipy.sparse import csr_matrix

from json_lines import serve

MODELS = {"als": AlternatingLeastSquares, "bpr": BayesianPersonalizedRanking}
known = {}


def load(pairs, customers, products):
    """u32 file of customer, product, customer, product …, each pair once; a pair counts as 1."""
    rows = np.fromfile(pairs, dtype=np.uint32).reshape(-1, 2).astype(np.int32)
    ones = np.ones(len(rows), dtype=np.float32)
    known["pairs"] = csr_matrix((ones, (rows[:, 0], rows[:, 1])), shape=(customers, products))
    return {"pairs": len(rows)}


def fit(model, params, path, seed):
    """Writes f32 [customers + products, columns] to `path`, customers first."""
    started = time.process_time()
    trained = MODELS[model](**params, random_state=seed, num_threads=1)
    trained.fit(known["pairs"], show_progress=False)
    factors = np.concatenate([trained.user_factors, trained.item_factors]).astype(np.float32)
    factors.tofile(path)
    return {"columns": factors.shape[1], "cpuSeconds": time.process_time() - started}


serve({"load": load, "fit": fit})
