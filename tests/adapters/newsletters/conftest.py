"""Each platform in turn, and our adapter of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.newsletters.kinds import connect
from adapters.newsletters.platforms import Account
from tests.newsletter_platforms import STAND_INS


@pytest.fixture(params=sorted(STAND_INS))
def there(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A platform on this machine; at the end it has nothing to complain of."""
    with STAND_INS[request.param]().running() as platform:
        yield platform
    assert platform.complaints == []


@pytest.fixture
def account(there: Any) -> Account:
    return Account(key=there.key, audience=there.audience, address=there.url)


@pytest.fixture
def platform(there: Any, account: Account) -> Any:
    return connect(type(there).__name__.lower(), account)
