"""What Mailchimp alone does: data centres, states that are no opt-out, and bare refusals."""

from dataclasses import replace

import pytest

from adapters.errors import Refused, TryLater
from adapters.newsletters.kinds import connect
from adapters.newsletters.mailchimp import Mailchimp
from adapters.newsletters.platforms import Account, Person, Standing

ALICE = Person("alice@example.com", "Alice")


@pytest.mark.parametrize("there", ["mailchimp"], indirect=True)
class TestStates:
    @pytest.mark.parametrize("state", ["archived", "transactional"])
    def test_who_is_there_but_never_opted_out_is_for_staff(self, platform, there, state):
        there.add(ALICE.email, state)

        with pytest.raises(Refused, match=state):
            platform.status(ALICE.email)

    def test_an_address_whose_mail_came_back_is_invalid(self, platform, there):
        there.add(ALICE.email, "cleaned")

        assert platform.status(ALICE.email).standing is Standing.INVALID

    @pytest.mark.parametrize(
        "title", ["Member In Compliance State", "Forgotten Email Not Subscribed"]
    )
    def test_a_compliance_state_is_an_opt_out(self, platform, there, title):
        there.answer = lambda request: (400, {"title": title, "status": 400})

        assert platform.subscribe(ALICE).standing is Standing.UNSUBSCRIBED

    def test_a_list_that_wants_more_fields_is_refused(self, platform, there):
        problem = {"title": "Invalid Resource", "detail": "Your merge fields were invalid."}
        there.answer = lambda request: (400, problem)

        with pytest.raises(Refused, match="merge field"):
            platform.subscribe(ALICE)

    def test_a_bare_403_means_too_many_at_once(self, platform, there):
        there.fail(403, text="<html>Forbidden</html>")

        with pytest.raises(TryLater):
            platform.subscribe(ALICE)

    def test_a_403_with_words_is_refused(self, platform, there):
        there.answer = lambda request: (403, {"title": "User Does Not Have Permission"})

        with pytest.raises(Refused):
            platform.subscribe(ALICE)

    def test_a_person_who_is_to_confirm_there_is_pending(self, account, there):
        platform = connect("mailchimp", replace(account, confirms=True))

        assert platform.subscribe(ALICE).standing is Standing.PENDING
        assert there.standing(ALICE.email) == "pending"


def test_the_key_names_the_data_centre():
    line = Mailchimp(Account(key="0123456789abcdef-us21", audience="a")).line

    assert line.address == "https://us21.api.mailchimp.com"


@pytest.mark.parametrize("key", ["", "0123", "0123-evil.example/x", "0123-us21.evil.example"])
def test_a_key_leads_to_no_other_host(key):
    with pytest.raises(Refused, match="data centre"):
        Mailchimp(Account(key=key, audience="a"))
