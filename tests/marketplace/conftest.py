"""Buyers: what they bought at AWS, and their browser as it comes from there."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import buyers


@pytest.fixture
def buy(cloud: Any) -> Callable[..., Any]:
    """Return an agreement as AWS has it; ours hears of it by a token or a notice only."""

    def make(product: str = buyers.SUBSCRIPTION, **terms: Any) -> Any:
        return cloud.marketplace.buy(product, **terms)

    return make


@pytest.fixture
def arrive(cloud: Any, buy: Callable[..., Any], transactional_db: None) -> Callable[..., Any]:
    """Return a browser (a test client) that AWS has brought to the form; `client.bought` is what
    its person bought."""
    from django.test import Client

    def come(bought: Any = None, client: Any = None, **fields: str) -> Any:
        browser: Any = client or Client()
        browser.bought = bought or buy()
        token = cloud.marketplace.set_up_account(browser.bought.id)
        answer = buyers.hand_over(token, **fields)
        assert answer.status_code == 303, answer.content.decode()
        browser.landed = browser.get(answer["Location"], follow=True)
        return browser

    return come


@pytest.fixture
def confirm() -> Callable[..., Any]:
    """Let us know that AWS has the agreement as active, whoever comes first."""
    return buyers.confirm
