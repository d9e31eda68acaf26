"""Invoking a direct function as Lambda does: JSON in, JSON out."""

import json
from typing import Any


def invoked(module: Any, **event: Any) -> Any:
    """Return what the handler answers to this event."""
    return json.loads(json.dumps(module.handler(json.loads(json.dumps(event)), None)))
