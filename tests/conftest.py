"""What every test may use. The cloud behind it: tests/local_cloud.py."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from localcloud.cloud import LocalCloud
from tests import cognito_local, dynalite
from tests.local_cloud import running_cloud

# Machines of many kinds run this, some of them busy: how long an example takes says nothing.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A SQLite file of this run's own, so that two runs side by side do not meet."""
    from django.db import connection

    if connection.vendor == "sqlite":
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(file)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    from tests.audit_guards import let_tests_flush

    let_tests_flush()


@pytest.fixture(autouse=True)
def cloud(settings: Any) -> LocalCloud:
    from adapters import usage_plans
    from campaigns import redemptions

    # pytest-django puts a stand-in here; mails of ours go through SES and into the mailbox.
    settings.EMAIL_BACKEND = "portal.mail_backend.EmailBackend"
    running = running_cloud()
    running.reset()
    usage_plans.forget_plans()
    redemptions.forget_prefixes()
    return running


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether this run takes its time for the full size of races and batches."""
    return bool(request.config.getoption("--long"))


@pytest.fixture
def run_tasks(transactional_db: None) -> Callable[[], int]:
    """Do what the worker would: take every message from the queue and run its task."""
    from tests.worker import run_waiting_tasks

    return run_waiting_tasks


@pytest.fixture
def make_campaign(db: None) -> Callable[..., Any]:
    from backoffice.audit import SYSTEM
    from campaigns import gatekeeping
    from campaigns.models import Campaign

    def make(**fields: Any) -> Campaign:
        values = {"name": "Autumn launch", "slug": "autumn-launch", "tier": "starter"}
        campaign = Campaign(**{**values, "prefix": "AUTUMN", **fields})
        gatekeeping.save_campaign(campaign, SYSTEM)
        return campaign

    return make


@pytest.fixture
def make_code(make_campaign: Callable[..., Any]) -> Callable[..., str]:
    """Return one new code; the first call makes a campaign unless one is given."""
    from tests.codes import put_code

    made: list[Any] = []

    def make(campaign: Any = None, **fields: Any) -> str:
        if campaign is None and not made:
            made.append(make_campaign())
        return put_code(campaign or made[0], **fields)

    return make


@pytest.fixture
def make_tenant(make_code: Callable[..., str], run_tasks: Callable[[], int]) -> Callable[..., Any]:
    """Return a customer who signed up with a code and was set up, mail included."""
    from tests.customers import sign_up

    def make(email: str = "alice@example.com", **fields: Any) -> Any:
        row = sign_up(email=email, code=make_code(), **fields)
        run_tasks()
        row.refresh_from_db()
        row.tenant.refresh_from_db()
        return row.tenant

    return make


@pytest.fixture
def as_member(make_tenant: Callable[..., Any], run_tasks: Callable[[], int]) -> Callable[..., Any]:
    """Return a browser (a test client) in which a customer's person with this role has signed in;
    `client.member` is the person. Colleagues are of one customer unless a tenant is given."""
    from django.test import Client

    from tenants.models import Tenant
    from tests import people

    def sign_in(role: str = "owner", email: str = "", tenant: Any = None) -> Any:
        tenant = tenant or Tenant.objects.first() or make_tenant("alice@example.com")
        given = {"email": email} if email else {}
        member = tenant.members.filter(role=role, left_at=None, **given).first()
        if member is None:
            member = people.add_member(tenant, role, email or f"{role}@example.com")
            run_tasks()
        people.choose_password(member)
        client: Any = Client()
        answer = people.sign_in(client, member.email)
        assert answer.status_code == 302, answer.content.decode()
        member.refresh_from_db()
        client.member = member
        return client

    return sign_in


@pytest.fixture
def buy(cloud: Any) -> Callable[..., Any]:
    """Return an agreement as AWS has it; ours hears of it by a token or a notice only."""

    from tests.buyers import SUBSCRIPTION

    def make(product: str = SUBSCRIPTION, **terms: Any) -> Any:
        return cloud.marketplace.buy(product, **terms)

    return make


@pytest.fixture
def arrive(cloud: Any, buy: Callable[..., Any], transactional_db: None) -> Callable[..., Any]:
    """Return a browser (a test client) that AWS has brought to the form; `client.bought` is what
    its person bought."""
    from django.test import Client

    from tests import buyers

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
    from tests.buyers import confirm

    return confirm


@pytest.fixture
def staff(db: None, client: Any) -> Callable[..., Any]:
    """Return a client signed in as a member of staff with these roles or permissions."""
    from django.contrib.auth.models import Group, Permission, User
    from django.core.management import call_command

    def sign_in(*rights: str, username: str = "staff") -> Any:
        user = User.objects.create_user(username, f"{username}@gatehouse.example", is_staff=True)
        call_command("ensure_roles", verbosity=0)
        for right in rights:
            group = Group.objects.filter(name=right).first()
            if group:
                user.groups.add(group)
            else:
                user.user_permissions.add(*Permission.objects.filter(codename=right))
        client.force_login(user)
        client.user = user
        return client

    return sign_in


@pytest.fixture
def in_threads() -> Callable[..., list[Any]]:
    """Run a function in many threads at the same moment and return what each returned."""

    def run(count: int, work: Callable[[int], Any]) -> list[Any]:
        from django.db import connections

        barrier = threading.Barrier(count)
        results: list[Any] = [None] * count

        def one(number: int) -> None:
            barrier.wait()
            try:
                results[number] = work(number)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    return run


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": shutil.which("chromium"),
        "args": ["--disable-dev-shm-usage", "--disable-background-networking"],
    }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a program that is not installed is left out, and said so; CI allows no skip."""
    for marker, (program, is_there) in _programs().items():
        if is_there:
            continue
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"{program} is not installed"))


def _programs() -> dict[str, tuple[str, bool]]:
    packages = (dynalite.INSTALLED, cognito_local.INSTALLED)
    has_node = shutil.which("node") is not None and all(each.exists() for each in packages)
    return {
        "browser": ("chromium", shutil.which("chromium") is not None),
        "infrastructure": ("terraform", shutil.which("terraform") is not None),
        "postgresql": ("PostgreSQL", any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))),
        "node": ("node, or dynalite or cognito-local by npm,", has_node),
    }
