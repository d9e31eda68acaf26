"""The check of a code as a function: good, refused, and what an outage is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters.errors import TryLater
from functions import validate_code
from functions.direct import BadEvent
from tests.functions.direct import invoked
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = {"tier": None, "campaign": None, "until": None}


def validate(code, **fields):
    return invoked(validate_code, code=code, **fields)


def test_a_good_code_says_what_it_gives_and_until_when(make_campaign, make_code):
    end = timezone.now().replace(microsecond=0) + timedelta(days=1)
    campaign = make_campaign(tier="pro", ends_at=end)

    assert validate(make_code(campaign)) == {
        "valid": True,
        "reason": None,
        "tier": "pro",
        "campaign": campaign.public_id,
        "until": f"{end:%Y-%m-%dT%H:%M:%SZ}",
    }


def test_asking_twice_changes_nothing(make_code):
    code = make_code()

    first, second = validate(code), validate(code)

    assert first == second
    assert first["valid"] is True
    assert first["until"] is None


def test_a_refused_code_says_why_and_nothing_else():
    assert validate("NEVERMADE") == {"valid": False, "reason": "unusable", **NOTHING}


def test_an_address_of_another_domain_is_refused(make_campaign, make_code):
    code = make_code(make_campaign(allowed_domains="optics.example"))

    told = [validate(code, email=f"Alice@{domain}") for domain in ("example.com", "Optics.Example")]

    assert [each["reason"] for each in told] == ["wrong_domain", None]


@pytest.mark.parametrize("email", [{}, {"email": ""}])
def test_without_an_address_only_the_code_is_judged(make_campaign, make_code, email):
    code = make_code(make_campaign(allowed_domains="optics.example"))

    assert validate(code, **email)["valid"] is True


def test_an_outage_is_an_error_and_no_refusal(make_code):
    code = make_code()

    with failing("dynamodb", "GetItem", "InternalServerError"), pytest.raises(TryLater):
        validate(code)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, '"code" is missing'),
        ({"code": 17}, '"code" must be a string'),
        ({"code": "A", "mail": "alice@example.com"}, '"mail" is not known. Send code, email'),
        ({"code": "A", "email": "alice"}, '"email" must be an e-mail address'),
    ],
)
def test_an_event_that_is_not_understood_says_what_to_change(event, said):
    with pytest.raises(BadEvent, match=said):
        invoked(validate_code, **event)


def test_an_event_that_is_no_object_is_not_understood():
    with pytest.raises(BadEvent, match="JSON object"):
        validate_code.handler(["code"], None)
