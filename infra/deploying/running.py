"""Runs the tools. What they say goes into a file; its last lines are shown when one fails."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.deploying.stages import ROOT
from infra.deploying.stopping import Stopped
from infra.packages import environment_of

_SHOWN_LINES = 25

# Neither tool is to ask a person, or to tell its maker that it was used.
_QUIET = {
    "CHECKPOINT_DISABLE": "1",
    "SAM_CLI_TELEMETRY": "0",
    "TF_IN_AUTOMATION": "1",
    "TF_INPUT": "0",
}


def run(
    words: Sequence[str | Path],
    *,
    into: Path,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    allowed: Sequence[int] = (0,),
) -> str:
    """Run a tool, append what it said to the file and return it. Raises Stopped."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, **_QUIET, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    into.parent.mkdir(parents=True, exist_ok=True)
    with into.open("a") as file:
        file.write(done.stdout)
    if done.returncode not in allowed:
        last = "\n".join(done.stdout.strip().splitlines()[-_SHOWN_LINES:])
        tool = " ".join(str(word) for word in words[:4] if not str(word).startswith("/"))
        raise Stopped(f"{tool} failed:\n{last}\nAll it said: {into}")
    return done.stdout


def python_with(lock: str) -> Path:
    """Return a Python with what requirements/<lock>.txt locks, which is kept apart from ours."""
    environment = environment_of(ROOT / f"requirements/{lock}.txt", ROOT / "build/environments")
    return environment / "bin/python"


def scratch() -> "tempfile.TemporaryDirectory[str]":
    """A folder for what must not stay, which nobody else may read."""
    return tempfile.TemporaryDirectory(prefix="gatehouse-deploy-")


def python() -> Path:
    return Path(sys.executable)
