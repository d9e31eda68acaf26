"""The definitions in infra/definitions, which Terraform, the local cloud and the code all read."""

import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "infra" / "definitions"


@cache
def definition(name: str) -> dict[str, Any]:
    """Return infra/definitions/<name>.json; read once per process, so treat it as frozen."""
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return content


@cache
def digest_of(name: str) -> str:
    """Return the SHA-256 of infra/definitions/<name>.json: what Terraform calls filesha256."""
    return hashlib.sha256((FOLDER / f"{name}.json").read_bytes()).hexdigest()


def stage() -> str:
    return os.environ.get("STAGE", "local")


def name_of(thing: str) -> str:
    """Return the AWS name of a thing of this stage: gatehouse-local-promo-codes."""
    return f"gatehouse-{stage()}-{thing}"
