"""Where Terraform's AWS provider may lie on this machine, so that no registry is asked."""

import os
from pathlib import Path

_USUAL_PLACES = ("/opt", "/usr/local/share", "/usr/share", "~")
_DEEPEST = 3


def plugin_mirror() -> Path | None:
    """Return a folder from which Terraform can install the AWS provider, if this machine has one.

    A mirror holds <registry>/hashicorp/aws. TF_PLUGIN_MIRROR names one; else the usual places are
    searched, a few folders deep. Without one Terraform asks its registry.
    """
    if given := os.environ.get("TF_PLUGIN_MIRROR"):
        return Path(given)
    for place in _USUAL_PLACES:
        for depth in range(1, _DEEPEST + 1):
            pattern = "/".join(["*"] * depth + ["hashicorp", "aws"])
            for found in Path(place).expanduser().glob(pattern):
                return found.parents[2]
    return None
