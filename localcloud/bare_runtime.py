"""What Lambda starts for a package: a Python with it, the runtime's boto3 and nothing else.

python -I -S bare_runtime.py PACKAGE RUNTIME HANDLER takes one event a line and answers one line.
"""

import importlib
import json
import os
import sys
import time
from typing import Any


class Context:
    """What the local cloud tells of one invocation."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.function_name = told["function_name"]
        self.function_version = told["function_version"]
        self.invoked_function_arn = told["invoked_function_arn"]
        self.memory_limit_in_mb = told["memory_limit_in_mb"]
        self.aws_request_id = told["aws_request_id"]
        self._deadline = time.monotonic() + told["seconds"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main() -> None:
    package, runtime, handler = sys.argv[1:]
    # What handlers print is their log; only the answers go to standard output.
    answers, sys.stdout = sys.stdout, sys.stderr
    sys.path[:] = [package, *(each for each in sys.path[1:] if each), runtime]
    os.chdir(package)
    for line in sys.stdin:
        print(json.dumps(_answer(handler, json.loads(line))), file=answers, flush=True)


def _answer(handler: str, asked: dict[str, Any]) -> dict[str, Any]:
    module, _, name = handler.rpartition(".")
    try:
        function = getattr(importlib.import_module(module), name)
        # An answer that JSON cannot hold is the function's failure, not ours.
        return {"answer": json.dumps(function(asked["event"], Context(asked["context"])))}
    except Exception as error:  # as Lambda does: what a handler raises is its answer
        return {"errorType": type(error).__name__, "errorMessage": str(error)}


if __name__ == "__main__":
    main()
