"""The settings of a stage, loaded in a process of their own as the stage does."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def told(script: str, environment: dict[str, str], **settings: str) -> str:
    """Return what the script prints; it may import `portal.settings`."""
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": os.environ["PATH"], **environment, **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout
