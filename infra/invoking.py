"""`make invoke FUNCTION=api EVENT=openapi`: one event through a handler, as Lambda would send it.

It runs against the local cloud of `make run` where that is running, else against one that it starts
and forgets. The events are in functions/events/<function>/.
"""

import argparse
import importlib
import json
import os
import sys
import time
import traceback
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from localcloud.cloud import LocalCloud
from localcloud.functions_runtime import Context
from localcloud.templates import template
from portal.local_cloud import adopt_environment

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ROOT / "functions/events"
_PORTAL = "portal"


def handlers() -> dict[str, tuple[str, float]]:
    """Return each function by its short name: its handler, and the seconds that it has."""
    zappa = json.loads((ROOT / "zappa_settings.json").read_text())["base"]
    found = {_PORTAL: (str(zappa["lambda_handler"]), float(zappa["timeout_seconds"]))}
    for resource in template("functions")["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            said = resource["Properties"]
            name = said["FunctionName"]["Fn::Sub"].removeprefix("gatehouse-${Stage}-")
            found[name] = (said["Handler"], float(said["Timeout"]))
    return found


def invoke(function: str, event: Any) -> Any:
    """Return the handler's answer as JSON would carry it; what it raises goes through."""
    handler, seconds = handlers()[function]
    module, _, name = handler.rpartition(".")
    context = Context(
        function_name=f"gatehouse-local-{function}",
        invoked_function_arn=f"arn:aws:lambda:local:{function}",
        memory_limit_in_mb="256",
        deadline=time.monotonic() + seconds,
    )
    answer = getattr(importlib.import_module(module), name)(event, context)
    return json.loads(json.dumps(answer))


def main() -> int:
    options = _options()
    file = EVENTS / options.function / f"{options.event}.json"
    if options.function not in handlers() or not file.exists():
        print(f"invoke: say which, as in {_known()}", file=sys.stderr)
        return 1
    with ExitStack() as stack:
        adopt_environment(ROOT / ".local/cloud.json")
        if "AWS_ENDPOINT_URL" not in os.environ:
            stack.callback(LocalCloud.start().stop)
        try:
            print(json.dumps(invoke(options.function, json.loads(file.read_text())), indent=2))
        except Exception:  # as Lambda does: what a handler raises is its answer
            traceback.print_exc()
            return 1
    return 0


def _known() -> str:
    files = sorted(EVENTS.glob("*/*.json"))
    return "".join(
        f"\n  make invoke FUNCTION={each.parent.name} EVENT={each.stem}" for each in files
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.invoking", description=__doc__)
    parser.add_argument("function", nargs="?", default="")
    parser.add_argument("event", nargs="?", default="")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
