"""What the tests of imports share."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def check(make_campaign: Callable[..., Any], run_tasks: Callable[[], int]) -> Callable[..., Any]:
    """Upload a text and let the worker check it; return the import as it is then."""
    from tests.campaigns.imports.importing import upload

    campaigns: list[Any] = []

    def check(text: str, *, campaign: Any = None, until_done: bool = True, **options: int) -> Any:
        if not campaigns:
            campaigns.append(campaign or make_campaign())
        row = upload(campaigns[0], text, **options)
        if until_done:
            run_tasks()
        row.refresh_from_db()
        return row

    return check
