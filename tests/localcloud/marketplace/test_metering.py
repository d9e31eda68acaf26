"""Usage as it is billed: verdicts of records, and what condemns a whole call."""

from datetime import UTC, datetime, timedelta

import pytest

from localcloud.marketplace.faults import Fault
from tests.localcloud.marketplace.conftest import (
    CONSUMPTION,
    CONTRACT,
    LEGACY_SUBSCRIPTION,
    SUBSCRIPTION,
)


@pytest.fixture
def agreement(world):
    return world.buy(SUBSCRIPTION)


def record(agreement, **changes):
    """One record of this hour; a change to None leaves the member out."""
    whole = {
        "Timestamp": agreement.starts_at,
        "Dimension": "units",
        "Quantity": 17,
        "CustomerAWSAccountId": agreement.account_id,
        "LicenseArn": agreement.license_arn,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def legacy_record(agreement, **changes):
    who = {"CustomerIdentifier": agreement.customer_identifier, "CustomerAWSAccountId": None}
    return record(agreement, LicenseArn=None, **{**who, **changes})


@pytest.fixture
def send(metering):
    """Send records and return the verdicts."""

    def send(*records, **more):
        answer = metering.batch_meter_usage(UsageRecords=list(records), **more)
        return [result["Status"] for result in answer["Results"]]

    return send


def test_usage_of_a_license_is_billed(world, send, agreement):
    assert send(record(agreement)) == ["Success"]

    (billed,) = world.usage.values()
    assert (billed.quantity, billed.agreement_id) == (17, agreement.id)


def test_usage_of_a_legacy_customer_is_billed_by_product(world, send):
    agreement = world.buy(LEGACY_SUBSCRIPTION)
    by_account = legacy_record(
        agreement, CustomerIdentifier=None, CustomerAWSAccountId=agreement.account_id
    )

    sent = send(legacy_record(agreement), by_account, ProductCode=LEGACY_SUBSCRIPTION)

    assert sent == ["Success", "Success"]
    assert len(world.usage) == 1


def test_a_repeat_is_the_same_record_whichever_way_its_number_is_written(metering, agreement):
    records = [
        record(agreement),
        record(agreement),
        record(agreement, Quantity=None, QuantityAsDecimal="17.00"),
    ]

    results = metering.batch_meter_usage(UsageRecords=records)["Results"]

    assert {result["Status"] for result in results} == {"Success"}
    assert len({result["MeteringRecordId"] for result in results}) == 1


def test_of_two_quantities_of_an_hour_the_first_stays(world, send, agreement):
    later = agreement.starts_at.replace(minute=0, second=0, microsecond=0)

    assert send(record(agreement)) == ["Success"]
    assert send(record(agreement, Quantity=18, Timestamp=later)) == ["DuplicateRecord"]

    (billed,) = world.usage.values()
    assert billed.quantity == 17


def test_every_hour_and_license_is_its_own(world, send, agreement):
    world.advance(hours=1)
    other = world.buy(SUBSCRIPTION, account_id=agreement.account_id)
    next_hour = record(agreement, Quantity=1, Timestamp=world.clock.now())

    assert send(record(agreement), next_hour, record(other, Quantity=2)) == ["Success"] * 3
    assert len(world.usage) == 3


def test_who_has_no_subscription_is_told_apart_from_the_others(world, send, agreement):
    suspended, ended = world.buy(SUBSCRIPTION), world.buy(SUBSCRIPTION)
    world.suspend(suspended.account_id)
    world.cancel(ended.id)
    world.advance(hours=1)

    sent = send(record(agreement), record(suspended), record(ended))

    assert sent == ["Success", "CustomerNotSubscribed", "CustomerNotSubscribed"]


def test_a_legacy_customer_whom_nobody_knows_is_not_subscribed(world, send):
    agreement = world.buy(LEGACY_SUBSCRIPTION)

    sent = send(
        legacy_record(agreement, CustomerIdentifier="NOBODY"), ProductCode=LEGACY_SUBSCRIPTION
    )

    assert sent == ["CustomerNotSubscribed"]


def test_usage_before_the_end_is_taken_for_another_hour(world, send, agreement):
    world.cancel(agreement.id)
    world.advance(minutes=59)

    assert send(record(agreement)) == ["Success"]
    world.advance(minutes=1)
    assert send(record(agreement)) == ["CustomerNotSubscribed"]


def test_usage_is_taken_for_less_than_24_hours(world, send, metering):
    # Not at the end of a month, where another rule comes first.
    now = world.clock.now()
    world.advance(seconds=((now + timedelta(days=32)).replace(day=10) - now).total_seconds())
    agreement = world.buy(SUBSCRIPTION)
    world.advance(hours=23, minutes=59)
    assert send(record(agreement)) == ["Success"]
    world.advance(minutes=1)
    new = record(agreement, Timestamp=world.clock.now())

    with pytest.raises(metering.exceptions.TimestampOutOfBoundsException):
        send(new, record(agreement))

    # The whole call is refused, and the same record is good without the other.
    assert len(world.usage) == 1
    assert send(new) == ["Success"]


def test_usage_of_the_future_is_refused(send, metering, agreement):
    soon = agreement.starts_at + timedelta(hours=1)

    with pytest.raises(metering.exceptions.TimestampOutOfBoundsException):
        send(record(agreement, Timestamp=soon))


def test_usage_of_last_month_is_taken_until_six_on_the_first(world, send, metering):
    now = world.clock.now()
    first = (now.replace(day=1) + timedelta(days=32)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    world.advance(seconds=(first - timedelta(hours=3) - now).total_seconds())
    agreement = world.buy(SUBSCRIPTION)
    last_month = record(agreement, Timestamp=first - timedelta(minutes=30))

    world.advance(seconds=(first + timedelta(hours=5) - world.clock.now()).total_seconds())
    assert send(last_month) == ["Success"]
    world.advance(hours=1)

    with pytest.raises(metering.exceptions.TimestampOutOfBoundsException):
        send(last_month)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"Dimension": "Units"}, "InvalidUsageDimensionException"),
        ({"CustomerAWSAccountId": None}, "InvalidCustomerIdentifierException"),
        ({"CustomerIdentifier": "X"}, "InvalidCustomerIdentifierException"),
        ({"CustomerAWSAccountId": "111122223333"}, "InvalidLicenseException"),
        ({"LicenseArn": "arn:aws:license-manager::1:license/l-0"}, "InvalidLicenseException"),
        ({"LicenseArn": None}, "InvalidProductCodeException"),
        ({"QuantityAsDecimal": "17"}, "ValidationException"),
        ({"UsageAllocations": [{"AllocatedUsageQuantity": 16}]}, "InvalidUsageAllocations"),
        ({"UsageAllocations": [{"AllocatedUsageQuantityAsDecimal": "17"}]}, "InvalidUsageAlloc"),
        ({"UsageAllocations": [{}]}, "InvalidUsageAllocationsException"),
        (
            {"UsageAllocations": [{"AllocatedUsageQuantity": n} for n in (8, 9)]},
            "InvalidUsageAllocationsException",
        ),
        (
            {
                "UsageAllocations": [
                    {
                        "AllocatedUsageQuantity": 17,
                        "Tags": [{"Key": "team", "Value": v} for v in "ab"],
                    }
                ]
            },
            "InvalidTagException",
        ),
    ],
)
def test_one_wrong_record_condemns_the_call(world, send, metering, agreement, changes, error):
    with pytest.raises(metering.exceptions.ClientError, match=error):
        send(record(agreement), record(agreement, **changes))

    assert not world.usage


def test_allocations_with_tags_that_add_up_are_taken(send, agreement):
    parts = [
        {"AllocatedUsageQuantity": 10, "Tags": [{"Key": "team", "Value": "a"}]},
        {"AllocatedUsageQuantity": 7},
    ]

    assert send(record(agreement, UsageAllocations=parts)) == ["Success"]


def test_product_and_license_are_not_sent_together(world, send, metering, agreement):
    with pytest.raises(metering.exceptions.InvalidProductCodeException):
        send(record(agreement), ProductCode=SUBSCRIPTION)
    with pytest.raises(metering.exceptions.InvalidLicenseException):
        send(record(agreement, LicenseArn=None), ProductCode=SUBSCRIPTION)


def test_a_call_is_for_one_product(world, send, metering, agreement):
    with pytest.raises(metering.exceptions.InvalidLicenseException):
        send(record(agreement), record(world.buy(CONSUMPTION)))


def test_usage_before_the_agreement_is_refused(send, metering, agreement):
    before = agreement.starts_at - timedelta(hours=2)

    with pytest.raises(metering.exceptions.InvalidLicenseException):
        send(record(agreement, Timestamp=before))


def test_a_megabyte_is_too_much(world, client, agreement):
    tags = [{"Key": f"{n:0100}", "Value": "v" * 256} for n in range(5)]
    part = {"AllocatedUsageQuantity": 0, "Tags": tags}
    metering = client("meteringmarketplace")

    with pytest.raises(metering.exceptions.ClientError, match="TooLarge"):
        metering.batch_meter_usage(UsageRecords=[record(agreement, UsageAllocations=[part] * 700)])


def test_what_was_not_processed_comes_back_as_it_was(world, metering, agreement):
    world.faults.add(Fault("unprocessed", "BatchMeterUsage", records=1))
    other = record(world.buy(SUBSCRIPTION), Quantity=3)

    answer = metering.batch_meter_usage(UsageRecords=[record(agreement), other])

    assert [result["Status"] for result in answer["Results"]] == ["Success"]
    (left,) = answer["UnprocessedRecords"]
    assert left["LicenseArn"] == other["LicenseArn"]
    assert len(world.usage) == 1
    retried = metering.batch_meter_usage(UsageRecords=[left])
    assert retried["Results"][0]["Status"] == "Success"


def test_metering_from_the_buyers_account_is_not_for_a_service(metering):
    moment = datetime.now(UTC)

    with pytest.raises(metering.exceptions.CustomerNotEntitledException):
        metering.meter_usage(ProductCode=CONTRACT, Timestamp=moment, UsageDimension="units")
    with pytest.raises(metering.exceptions.InvalidProductCodeException):
        metering.meter_usage(ProductCode="other", Timestamp=moment, UsageDimension="units")
    with pytest.raises(metering.exceptions.PlatformNotSupportedException):
        metering.register_usage(ProductCode=CONTRACT, PublicKeyVersion=1)
