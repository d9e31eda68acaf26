"""A stage's file with what the deployment itself reads: those of infra/stages are their owners'."""

import json
from pathlib import Path
from typing import Any

from localcloud.place import ACCOUNT, REGION


def write_stage(folder: Path, name: str, **said: Any) -> Path:
    """Write <name>.tfvars, in the local cloud's account and called by its name unless said."""
    values = {"stage": name, "region": REGION, "account_id": ACCOUNT, "production": False} | said
    file = folder / f"{name}.tfvars"
    file.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items()))
    return file
