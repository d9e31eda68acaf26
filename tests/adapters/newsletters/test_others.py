"""What beehiiv, Kit and HubSpot do each in their own way."""

from dataclasses import replace

import pytest

from adapters.errors import Refused
from adapters.newsletters.kinds import connect
from adapters.newsletters.platforms import Person, Standing

ALICE = Person("alice@example.com", "Alice")


@pytest.mark.parametrize("there", ["beehiiv"], indirect=True)
class TestBeehiiv:
    def test_a_new_subscription_may_be_validated_first(self, account, there):
        platform = connect("beehiiv", replace(account, confirms=True))

        assert platform.subscribe(ALICE).standing is Standing.PENDING

    def test_a_refusal_of_who_is_there_is_answered_by_how_they_stand(self, platform, there):
        there.opt_out(ALICE.email)
        real = there.answer
        there.answer = lambda r: (422, {"errors": []}) if r.method == "POST" else real(r)

        assert platform.subscribe(ALICE).standing is Standing.UNSUBSCRIBED

    def test_a_refusal_of_a_stranger_is_refused(self, platform, there):
        real = there.answer
        there.answer = lambda r: (422, {"errors": []}) if r.method == "POST" else real(r)

        with pytest.raises(Refused):
            platform.subscribe(ALICE)


@pytest.mark.parametrize("there", ["kit"], indirect=True)
class TestKit:
    @pytest.mark.parametrize("state", ["cancelled", "complained"])
    def test_who_complained_counts_as_opted_out(self, platform, there, state):
        there.add(ALICE.email, state)

        assert platform.status(ALICE.email).standing is Standing.UNSUBSCRIBED

    def test_a_refusal_for_another_reason_is_refused(self, platform, there):
        there.answer = lambda request: (422, {"errors": ["First name is too long"]})

        with pytest.raises(Refused):
            platform.subscribe(ALICE)


@pytest.mark.parametrize("there", ["hubspot"], indirect=True)
class TestHubSpot:
    def test_a_subscription_of_another_kind_is_not_ours(self, platform):
        assert platform.status(ALICE.email).standing is Standing.ABSENT

    def test_a_contact_who_was_never_asked_is_subscribed(self, platform, there):
        there.add(ALICE.email, "NOT_SPECIFIED")

        assert platform.subscribe(ALICE).standing is Standing.SUBSCRIBED

    def test_a_property_that_is_not_there_is_refused(self, platform, there):
        answer = {"category": "VALIDATION_ERROR", "message": "PROPERTY_DOESNT_EXIST"}
        there.answer = lambda request: (400, answer)

        with pytest.raises(Refused):
            platform.tag(ALICE.email, "campaigns=launch")
