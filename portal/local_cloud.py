"""How a process on the laptop finds the running local cloud."""

import json
import os
from pathlib import Path


def adopt_environment(path: Path) -> None:
    """Take the addresses that `make run` wrote, unless the environment already names them.

    This is why `manage.py …` in a second terminal needs no further settings.
    """
    if "AWS_ENDPOINT_URL" in os.environ or not path.exists():
        return
    for name, value in json.loads(path.read_text()).items():
        os.environ.setdefault(name, value)
