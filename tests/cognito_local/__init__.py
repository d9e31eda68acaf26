"""cognito-local, a Cognito that has no line of code in common with the local cloud, for tests."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.definitions import name_of
from localcloud.place import REGION

FOLDER = Path(__file__).resolve().parent
INSTALLED = FOLDER / "node_modules" / "cognito-local"
# The code that it sends everybody, to its standard output: it has no mail.
CODE = "482911"


@contextmanager
def running(own_folder: Path, *, functions_at: str) -> Iterator[str]:
    """Run it with our triggers, which it asks Lambda at that address for; give its own address."""
    keys = {"accessKeyId": "local", "secretAccessKey": "local"}
    configuration = {
        "LambdaClient": {"endpoint": functions_at, "region": REGION, "credentials": keys},
        "TriggerFunctions": {"PostConfirmation": name_of("after-confirmation")},
    }
    kept = own_folder / ".cognito"
    kept.mkdir()
    (kept / "config.json").write_text(json.dumps(configuration))
    command = ["node", str(FOLDER / "server.js"), str(own_folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
    ) as process:
        assert process.stdin
        assert process.stdout
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()


def _environment() -> dict[str, str]:
    return {**os.environ, "CODE": CODE, "NODE_PATH": str(FOLDER / "node_modules")}
