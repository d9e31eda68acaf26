"""What the tests of campaigns share: a place of their own for files."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def exports(settings: Any, tmp_path: Path) -> Path:
    """Where exports go, empty at the start of each test."""
    default = settings.STORAGES["default"]
    place = {**default, "OPTIONS": {**default["OPTIONS"], "location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": place}
    (tmp_path / "batches").mkdir()
    return tmp_path
