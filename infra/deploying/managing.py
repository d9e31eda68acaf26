"""A command of manage.py on this machine, with the settings and the database of a stage."""

import os
import shlex
import subprocess

from infra.deploying import portal
from infra.deploying.running import python
from infra.deploying.stages import ROOT, Stage
from infra.deploying.stopping import Stopped

# A stage refuses to work with a pretended AWS; where this one is pretended, its settings are not.
_NOT_HANDED_ON = "AWS_ENDPOINT_URL"


def manage(stage: Stage, command: str) -> None:
    """Run it for whoever sits here, who may be asked for a password. Raises Stopped if it fails.

    The settings are in its environment alone: nothing is written down.
    """
    here = {name: value for name, value in os.environ.items() if name != _NOT_HANDED_ON}
    words = [str(python()), "manage.py", *shlex.split(command)]
    done = subprocess.run(words, cwd=ROOT, env={**here, **portal.settings_of(stage)}, check=False)
    if done.returncode:
        raise Stopped(f"manage.py {command} ended with {done.returncode}")
