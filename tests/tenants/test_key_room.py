"""Staff learn in time that AWS will allow no further keys."""

import json
import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import usage_plans
from tenants import key_room, sweep
from tenants.models import ApiKey, KeyCensus
from tests.backoffice import rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small(monkeypatch):
    """An AWS that allows five keys."""
    limits = {"apigateway": {"api keys": {"most": 5, "alarm_percent": 80}}}
    monkeypatch.setattr(key_room, "definition", lambda name: limits)


def make_keys(count: int) -> None:
    for number in range(count):
        rows.a_customer(f"Company {number}", f"person{number}@example.com")


def test_ten_thousand_keys_are_what_aws_allows(db):
    assert (key_room.room().most, key_room.room().alarm_at) == (10_000, 8_000)


def test_every_key_counts_that_is_not_gone(small):
    tenant = rows.a_customer()
    for state in ("wanted", "retiring", "withdrawn", "gone"):
        ApiKey.objects.create(tenant=tenant, name=state, state=state)

    assert key_room.room().ours == 4


@pytest.mark.parametrize(("count", "is_tight"), [(3, False), (4, True)])
def test_the_alarm_is_at_eighty_percent(small, count, is_tight):
    make_keys(count)

    assert key_room.room().is_tight is is_tight


def test_keys_of_other_stages_count_too(small):
    for number in range(4):
        usage_plans.create_key(f"gatehouse-other-key-{number}")

    sweep.run_due()

    assert key_room.room().taken == 4
    assert key_room.room().is_tight


def test_the_gateway_is_counted_once_a_day(db):
    assert [key_room.count_keys(), key_room.count_keys()] == [1, 0]

    KeyCensus.objects.update(counted_at=timezone.now() - timedelta(hours=25))

    assert key_room.count_keys() == 1


def test_the_log_has_a_line_for_a_metric(small, caplog):
    make_keys(4)

    with caplog.at_level(logging.INFO):
        key_room.count_keys()

    [record] = [r for r in caplog.records if "metric api_keys" in r.getMessage()]
    assert record.levelname == "WARNING"
    assert "4 of ours, of 5" in record.getMessage()


def test_the_dashboard_and_the_health_page_say_so(small, staff, client):
    make_keys(4)

    page = staff("operations").get("/admin/")
    health = json.loads(client.get("/readyz").content)

    [tile] = [tile for tile in page.context["tiles"] if str(tile.label) == "API keys"]
    assert (tile.number, tile.is_trouble) == ("4", True)
    assert health["notes"] == ["api_keys: 4 of 5 that AWS allows are taken"]
    assert health["status"] == "ok"


def test_while_there_is_room_nobody_is_alarmed(staff, client):
    page = staff("operations").get("/admin/")

    [tile] = [tile for tile in page.context["tiles"] if str(tile.label) == "API keys"]
    assert not tile.is_trouble
    assert json.loads(client.get("/readyz").content)["notes"] == []
