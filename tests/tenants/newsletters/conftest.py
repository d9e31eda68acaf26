"""Platforms on this machine, connections to them, and people who said yes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tenants.models import NewsletterConnection, NewsletterSubscription
from tests.customers import sign_up
from tests.newsletter_platforms import STAND_INS

KEY = "NEWSLETTER_KEY_TEST"


@pytest.fixture
def open_platform(settings, monkeypatch) -> Iterator[Callable[[str], Any]]:
    """Start a platform and let connections of its kind lead there."""
    settings.NEWSLETTER_ADDRESSES = {}
    with ExitStack() as running:
        platforms = []

        def start(kind: str) -> Any:
            platform = running.enter_context(STAND_INS[kind]().running())
            settings.NEWSLETTER_ADDRESSES[kind] = platform.url
            monkeypatch.setenv(f"{KEY}_{kind.upper()}", platform.key)
            platforms.append(platform)
            return platform

        yield start
    assert [each.complaints for each in platforms] == [[] for each in platforms]


@pytest.fixture
def make_connection(transactional_db) -> Callable[..., NewsletterConnection]:
    """Return a connection for customers of the given campaigns, or else for those without one."""

    def make(kind: str = "kit", campaigns: Any = (), **fields: Any) -> NewsletterConnection:
        values = {
            "name": f"News by {kind}",
            "kind": kind,
            "key_name": f"{KEY}_{kind.upper()}",
            "audience": STAND_INS[kind].audience,
            "tag": STAND_INS[kind].tag,
            "per_minute": 60_000,
            "without_campaign": not campaigns,
        }
        connection = NewsletterConnection.objects.create(**{**values, **fields})
        connection.campaigns.set(campaigns)
        return connection

    return make


@pytest.fixture(params=sorted(STAND_INS))
def there(request, open_platform) -> Any:
    """Each platform in turn."""
    return open_platform(request.param)


@pytest.fixture
def kit(open_platform) -> Any:
    return open_platform("kit")


@pytest.fixture
def connection(request, make_connection, make_campaign) -> NewsletterConnection:
    """A connection to the platform that the test has, for customers of the one campaign."""
    name = "there" if "there" in request.fixturenames else "kit"
    kind = type(request.getfixturevalue(name)).__name__.lower()
    return make_connection(kind, [make_campaign()])


@pytest.fixture
def come(make_code, run_tasks) -> Callable[..., Any]:
    """Sign somebody up with a code and have the worker do what is due; return the person."""

    def come(email: str = "alice@example.com", *, opt_in: bool = True, run: bool = True) -> Any:
        from campaigns.models import Campaign

        code = make_code(Campaign.objects.first())
        row = sign_up(email=email, code=code, marketing_opt_in=opt_in)
        if run:
            run_tasks()
        row.refresh_from_db()
        return row.tenant.members.get()

    return come


@pytest.fixture
def the_row() -> Callable[[], NewsletterSubscription]:
    return NewsletterSubscription.objects.get
