"""`hand_out_batch`: a row in the portal, and the event with which a function makes the codes."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from adapters import stored_files
from adapters.definitions import name_of
from backoffice.models import AuditEvent
from campaigns import drawing, gatekeeping
from campaigns.models import Batch, Campaign, Redemption
from functions import generate_codes
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


class Context:
    def get_remaining_time_in_millis(self):
        return 900_000


def hand_out(*arguments):
    out = io.StringIO()
    call_command("hand_out_batch", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_the_event_is_one_that_the_function_understands(make_campaign):
    campaign = make_campaign()

    event = hand_out("autumn-launch", "--count", "3", "--max-uses", "2")

    batch = Batch.objects.get(campaign=campaign)
    assert (event["batch"], batch.count, batch.max_uses) == (batch.public_id, 3, 2)
    assert generate_codes.handler(event, Context())["complete"] is True


def test_a_sign_up_with_a_code_of_it_is_listed_under_it(make_campaign):
    make_campaign()
    event = hand_out("autumn-launch", "--count", "1")
    generate_codes.handler(event, Context())
    bucket, name = name_of("exports"), drawing.list_name(event["batch"])
    code = stored_files.read_range(bucket, name, start=0, most=100).decode().strip()

    sign_up(code=code)

    assert Redemption.objects.get().batch.public_id == event["batch"]


def test_handing_out_is_in_the_audit_trail(make_campaign):
    make_campaign()

    hand_out("autumn-launch", "--count", "3")

    event = AuditEvent.objects.get(action="hand out batch")
    assert event.after == {"count": 3, "max_uses": 1}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", "--count", "1"), "No campaign is called nobody"),
        (("autumn-launch", "--count", "0"), "--count must be 1 to 1,000,000"),
        (("autumn-launch", "--count", "1", "--max-uses", "0"), "--max-uses must be 1 to"),
    ],
)
def test_what_cannot_be_made_is_not_handed_out(make_campaign, arguments, said):
    make_campaign()

    with pytest.raises(CommandError, match=said):
        hand_out(*arguments)

    assert not Batch.objects.exists()


def test_an_archived_campaign_gets_no_batch(make_campaign):
    campaign = make_campaign()
    Campaign.objects.update(state=Campaign.State.ARCHIVED)
    gatekeeping.put_in_force(campaign)

    with pytest.raises(CommandError, match="archived"):
        hand_out("autumn-launch", "--count", "1")
