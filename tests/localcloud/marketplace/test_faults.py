"""What goes wrong on demand, as a client meets it."""

import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from localcloud.marketplace.faults import Fault, FaultUnknown
from tests.localcloud.marketplace.conftest import CONTRACT, SUBSCRIPTION


@pytest.fixture
def token(world):
    return world.set_up_account(world.buy(CONTRACT).id)


@pytest.fixture
def outcomes(metering, token):
    """Resolve the token so many times, and return the code of each answer."""

    def outcomes(times):
        codes = []
        for _ in range(times):
            try:
                metering.resolve_customer(RegistrationToken=token)
                codes.append("done")
            except ClientError as error:
                codes.append(error.response["Error"]["Code"])
        return codes

    return outcomes


def test_a_throttle_is_over_after_so_many_calls(world, outcomes):
    world.faults.add(Fault("throttle", "ResolveCustomer", times=2))

    assert outcomes(3) == ["ThrottlingException", "ThrottlingException", "done"]
    assert [call.fault for call in world.calls.of()] == ["throttle", "throttle", ""]


def test_a_fault_of_another_operation_does_not_matter(world, outcomes):
    world.faults.add(Fault("throttle", "BatchMeterUsage"))

    assert outcomes(1) == ["done"]


def test_a_share_of_the_calls_may_fail(world, outcomes):
    world.faults.add(Fault("unavailable", times=None, share=0.5))

    codes = outcomes(60)

    assert 5 < codes.count("InternalServiceErrorException") < 55
    assert set(codes) == {"InternalServiceErrorException", "done"}


def test_a_client_as_it_comes_survives_two_throttles(world, client, token):
    world.faults.add(Fault("throttle", times=2))
    patient = client("meteringmarketplace", retries={"mode": "standard"})

    assert patient.resolve_customer(RegistrationToken=token)["ProductCode"] == CONTRACT


def test_a_lost_answer_was_done_nevertheless(world, client):
    agreement = world.buy(SUBSCRIPTION)
    metering = client("meteringmarketplace")
    world.faults.add(Fault("lost", "BatchMeterUsage"))
    record = {
        "Timestamp": agreement.starts_at,
        "Dimension": "units",
        "Quantity": 1,
        "CustomerAWSAccountId": agreement.account_id,
        "LicenseArn": agreement.license_arn,
    }

    with pytest.raises(ConnectionClosedError):
        metering.batch_meter_usage(UsageRecords=[record])

    assert len(world.usage) == 1
    again = metering.batch_meter_usage(UsageRecords=[record])
    assert again["Results"][0]["Status"] == "Success"


def test_an_answer_that_never_comes_runs_out_of_time(world, client, token):
    world.faults.add(Fault("never", "ResolveCustomer"))
    impatient = client("meteringmarketplace", read_timeout=0.3)

    with pytest.raises(ReadTimeoutError):
        impatient.resolve_customer(RegistrationToken=token)

    world.faults.clear()
    assert impatient.resolve_customer(RegistrationToken=token)["ProductCode"] == CONTRACT


def test_an_answer_may_be_late(world, metering, token):
    world.faults.add(Fault("late", seconds=0.3))
    started = time.monotonic()

    metering.resolve_customer(RegistrationToken=token)

    assert time.monotonic() - started >= 0.3


def test_a_fault_within_a_block_is_over_with_it(world, outcomes):
    with world.faults.with_fault(Fault("error", code="DisabledApiException", times=None)):
        within = outcomes(2)

    assert within == ["DisabledApiException"] * 2
    assert outcomes(1) == ["done"]


@pytest.mark.parametrize("wrong", [{"kind": "rain"}, {"kind": "error"}])
def test_a_fault_that_there_is_not_is_refused_in_words(wrong):
    with pytest.raises(FaultUnknown, match="There is no|Say the code"):
        Fault(**wrong)
