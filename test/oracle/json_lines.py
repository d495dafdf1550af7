"""One JSON line in, one JSON line out, and floats as base64 of their bytes: the other end of oracle-process.ts."""
import base64
import json
import sys
import traceback

import numpy as np


def to_bits(values):
    """Any float32 array → text; order and bits are kept."""
    array = np.ascontiguousarray(values)
    assert array.dtype == np.float32, array.dtype
    return base64.b64encode(array.astype("<f4").tobytes()).decode("ascii")


def from_bits(text, dimension):
    """The text of to_bits → float32 [n, dimension]."""
    return np.frombuffer(base64.b64decode(text), dtype="<f4").reshape(-1, dimension)


def serve(handlers):
    """handlers: name -> function(**arguments) -> dict. Says it is ready, then answers until stdin ends."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # a library that prints must not break the protocol
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = handlers[question.pop("do")](**question)
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)
