"""What the tests of generation share."""

import pytest


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    from campaigns import generation

    monkeypatch.setattr(generation, "CHUNK", 10)
    monkeypatch.setattr(generation, "STRIDE", 4)


@pytest.fixture
def start(make_campaign):
    from backoffice.audit import SYSTEM
    from campaigns import generation

    def start(count=25, *, campaign=None, max_uses=1, **fields):
        return generation.generate_codes(
            campaign or make_campaign(), count=count, max_uses=max_uses, act=SYSTEM, **fields
        )

    return start
