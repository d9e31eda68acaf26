"""Usage: each request counted once, by the hour."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import TryLater
from adapters.usage import HOURS_A_LOOK, HourOfUsage, first_hour_of, hours_of, record_usage

AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
HOUR = datetime(2026, 11, 21, 8, tzinfo=UTC)


def use(
    request_id="request-1",
    *,
    units=3,
    at=AT,
    source="grant:1",
    tenant_id="tenant-1",
    outcome="ok",
):
    return record_usage(
        tenant_id=tenant_id,
        api_key_id="key-1",
        request_id=request_id,
        units=units,
        billing_source=source,
        at=at,
        outcome=outcome,
    )


def test_a_request_is_counted_in_its_hour():
    counted = use()

    assert counted is True
    assert hours_of("tenant-1", HOUR) == [HourOfUsage(HOUR, "key-1", "grant:1", 1, 3)]


def test_a_request_reported_twice_is_counted_once():
    use()

    counted = use()

    assert counted is False
    assert [(hour.calls, hour.units) for hour in hours_of("tenant-1", HOUR)] == [(1, 3)]


def test_requests_of_one_hour_add_up():
    use("request-1", units=3)
    use("request-2", units=0)

    assert [(hour.calls, hour.units) for hour in hours_of("tenant-1", HOUR)] == [(2, 3)]


def test_many_at_once_lose_nothing():
    names = [f"request-{number}" for number in range(20)]

    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(use, names + names))

    assert sum(counted) == 20
    assert [(hour.calls, hour.units) for hour in hours_of("tenant-1", HOUR)] == [(20, 60)]


def test_a_grant_and_an_agreement_in_one_hour_are_counted_apart():
    use("request-1", units=3, source="grant:1")
    use("request-2", units=5, source="agreement:7")

    hours = hours_of("tenant-1", HOUR)

    assert {(hour.billing_source, hour.units) for hour in hours} == {
        ("grant:1", 3),
        ("agreement:7", 5),
    }


@pytest.mark.parametrize("outcome", ["refused", "failed"])
def test_what_got_nothing_is_counted_beside_the_served_calls(outcome):
    use("request-1", units=3)
    use("request-2", units=0, outcome=outcome)

    [hour] = hours_of("tenant-1", HOUR)

    assert (hour.calls, hour.units, getattr(hour, outcome), hour.admitted) == (1, 3, 1, 2)


def test_a_tenant_that_was_only_refused_has_no_first_hour():
    use(units=0, outcome="refused")

    assert first_hour_of("tenant-1") is None


def test_the_first_hour_is_the_first_with_a_served_call():
    for number in range(HOURS_A_LOOK + 1):
        at = AT + timedelta(hours=number)
        use(f"refused-{number}", units=0, outcome="refused", at=at)
    use("served", at=AT + timedelta(hours=HOURS_A_LOOK))

    assert first_hour_of("tenant-1") == HOUR + timedelta(hours=HOURS_A_LOOK)


def test_the_hour_is_that_of_utc():
    berlin = AT.astimezone(tz=None).replace(tzinfo=None)

    use(at=berlin.astimezone())

    assert [hour.hour for hour in hours_of("tenant-1", HOUR)] == [HOUR]


def test_hours_begin_with_the_one_asked_for_and_include_no_request_rows():
    use("request-1", at=AT - timedelta(hours=1))
    use("request-2", at=AT)
    use("request-3", at=AT + timedelta(hours=1))

    hours = [hour.hour for hour in hours_of("tenant-1", AT)]

    assert hours == [HOUR, HOUR + timedelta(hours=1)]


def test_hours_of_another_tenant_stay_out():
    use(tenant_id="tenant-2")

    assert hours_of("tenant-1", HOUR) == []


def test_hours_on_a_second_page_are_found(dynamodb_answers):
    use()
    page = {"Items": [], "LastEvaluatedKey": {"tenant_id": {"S": "tenant-1"}, "record": {"S": "h"}}}
    dynamodb_answers("Query", 200, page, times=1)

    assert len(hours_of("tenant-1", HOUR)) == 1


def test_a_request_row_can_be_removed_after_95_days():
    use()

    key = {"tenant_id": {"S": "tenant-1"}, "record": {"S": "request#request-1"}}
    row = client("dynamodb").get_item(TableName=name_of("usage"), Key=key)["Item"]
    assert int(row["expires_at"]["N"]) == int((AT + timedelta(days=95)).timestamp())
    assert row["at"] == {"S": "2026-11-21T08:30:00Z"}


def test_a_conflict_is_waited_out(dynamodb_answers, cancelled):
    conflict = cancelled("None", "TransactionConflict")
    dynamodb_answers("TransactWriteItems", 400, conflict, times=2)

    assert use() is True


def test_a_request_counted_while_others_conflict_is_not_repeated(dynamodb_answers, cancelled):
    both = cancelled("ConditionalCheckFailed", "TransactionConflict")
    asked = dynamodb_answers("TransactWriteItems", 400, both)

    assert use() is False
    assert len(asked) == 1


def test_a_table_under_pressure_says_try_later(dynamodb_answers, cancelled):
    dynamodb_answers("TransactWriteItems", 400, cancelled("None", "ThrottlingError"))

    with pytest.raises(TryLater):
        use()


def test_reading_from_a_busy_table_says_try_later(dynamodb_answers):
    dynamodb_answers("Query", 400, {"__type": "InternalServerError"})

    with pytest.raises(TryLater):
        hours_of("tenant-1", HOUR)
