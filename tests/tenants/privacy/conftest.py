"""Files of this test alone: jobs of two test processes have the same numbers."""

import pytest


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Return the folder in which exports are kept."""
    default = settings.STORAGES["default"]
    own = {**default, "OPTIONS": {**default["OPTIONS"], "location": tmp_path / "exports"}}
    settings.STORAGES = {**settings.STORAGES, "default": own}
    return tmp_path / "exports"
