"""One JSON line in, one JSON line out: the other end of bench/peer-process.mjs."""
import json
import sys
import traceback


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
