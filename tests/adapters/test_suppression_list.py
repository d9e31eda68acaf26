"""Taking an address off SES's own list: once, twice, and while SES is busy."""

import boto3
import pytest
from botocore.exceptions import ClientError

from adapters import suppression_list
from adapters.aws import client
from adapters.errors import TryLater


def test_an_address_is_taken_off_and_a_second_time_is_fine():
    ses = boto3.client("sesv2")
    ses.put_suppressed_destination(EmailAddress="alice@example.com", Reason="BOUNCE")

    suppression_list.take_off("alice@example.com")
    suppression_list.take_off("alice@example.com")

    with pytest.raises(ClientError, match="NotFoundException"):
        ses.get_suppressed_destination(EmailAddress="alice@example.com")


def test_a_busy_ses_is_said_so():
    def busy(**_):
        error = {"Error": {"Code": "TooManyRequestsException"}}
        raise ClientError(error, "DeleteSuppressedDestination")

    events = client("sesv2").meta.events
    events.register("before-call.sesv2.DeleteSuppressedDestination", busy)
    try:
        with pytest.raises(TryLater):
            suppression_list.take_off("alice@example.com")
    finally:
        events.unregister("before-call.sesv2.DeleteSuppressedDestination", busy)
