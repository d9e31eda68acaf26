"""An owner who says that a domain is theirs, and the DNS that proves it."""

import pytest

from tenants.domains import looking
from tenants.models import DomainClaim

NAME = "ames.example"


@pytest.fixture
def owner(as_member):
    return as_member()


@pytest.fixture
def claim(owner, run_tasks):
    """Return a new claim of the owner, which the DNS was asked about once."""

    def make(name=NAME, client=None):
        answer = (client or owner).post("/account/domains/", {"name": name})
        assert answer.status_code == 302, answer.content.decode()
        run_tasks()
        return DomainClaim.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])

    return make


@pytest.fixture
def publish(cloud):
    """Put the claim's record into the DNS."""

    def put(row, place=""):
        cloud.dns.put(f"{place}{row.name}", looking.record_of(row))

    return put


@pytest.fixture
def look(run_tasks):
    """Let the time come for the next look, and do it."""

    def again(row):
        type(row).objects.filter(pk=row.pk).update(look_at="2020-01-01T00:00Z")
        looking.queue_due()
        run_tasks()
        row.refresh_from_db()
        return row

    return again
