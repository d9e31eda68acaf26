"""Stands in for Lambda's runtime: python -I -S bare_python.py PACKAGE RUNTIME HANDLER < events.

`-I -S` leaves the standard library alone on sys.path. What a handler needs beyond that must be in
the package, or among the few packages that the runtime brings along.
"""

import importlib
import json
import os
import sys
import uuid


class Context:
    function_name = "gatehouse-test"
    memory_limit_in_mb = 1024

    def __init__(self) -> None:
        self.aws_request_id = str(uuid.uuid4())

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


def main() -> None:
    package, runtime, handler = sys.argv[1:]
    sys.path[:] = [package, *(each for each in sys.path[1:] if each), runtime]
    os.chdir(package)
    os.environ["LAMBDA_TASK_ROOT"] = package
    print(json.dumps([_invoke(handler, event) for event in json.load(sys.stdin)]), file=_answers)


def _invoke(handler: str, event: object) -> object:
    if handler == "import":
        importlib.import_module(str(event))
        return event
    module, _, name = handler.rpartition(".")
    try:
        function = getattr(importlib.import_module(module), name)
        return {"answer": function(event, Context())}
    except Exception as error:  # as Lambda does: what a handler raises is its answer
        return {"errorType": type(error).__name__, "errorMessage": str(error)}


if __name__ == "__main__":
    # What handlers print is their log; only the answers go to standard output.
    _answers, sys.stdout = sys.stdout, sys.stderr
    main()
