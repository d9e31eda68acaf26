"""The live check: what it says to whom, what it costs, and what it never tells."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters.aws import client as aws
from backoffice.audit import SYSTEM
from campaigns import gatekeeping, vanity
from campaigns.errors import CampaignFull, CodeRefused
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def check(client):
    def answer(code: str, **extra):
        response = client.post(
            "/signup/check-code/", {"code": code}, headers={"accept": "application/json"}, **extra
        )
        return response.json()

    return answer


@pytest.fixture
def calls():
    """The operations that DynamoDB is asked for."""
    seen: list[str] = []

    def note(model, **_) -> None:
        seen.append(model.name)

    senders = [aws("dynamodb"), aws("dynamodb", hurried=True)]
    for sender in senders:
        sender.meta.events.register("before-call.dynamodb", note)
    yield seen
    for sender in senders:
        sender.meta.events.unregister("before-call.dynamodb", note)


def test_a_good_code_says_what_it_gives(check, make_code):
    answer = check(make_code())

    assert (answer["valid"], answer["reason"], answer["tier"]) == (True, None, "starter")
    assert "Starter" in answer["message"]
    assert "Autumn launch" in answer["message"]


def test_case_hyphens_spaces_and_lookalikes_do_not_matter(check, make_code):
    code = make_code().replace("-", " ").lower().replace("0", "o").replace("1", "l")

    assert check(code)["valid"]


def test_a_wrong_check_symbol_says_check_the_spelling_and_reads_no_code(check, make_code, calls):
    code = make_code()
    check(code)
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    calls.clear()

    answer = check(wrong)

    assert answer["reason"] == "misspelled"
    assert calls == []


def test_an_own_code_learns_why_it_is_no_good(check, make_code, make_campaign):
    campaign = make_campaign()
    spent = make_code(campaign)
    sign_up(code=spent)
    expired = make_code(campaign, expires_at=timezone.now() - timedelta(days=1))

    assert check(spent)["reason"] == "used_up"
    assert check(expired)["reason"] == "expired"
    gatekeeping.pause_campaign(campaign, SYSTEM)
    assert check(make_code(campaign))["reason"] == "paused"


def test_an_unknown_code_and_an_unusable_shared_one_get_the_very_same_answer(
    check, make_code, make_campaign
):
    campaign = make_campaign()
    shared = make_code(campaign, max_uses=5)
    gatekeeping.pause_campaign(campaign, SYSTEM)

    assert check(shared) == check("SUMMER") == check("NEVERMADE")


def test_a_chosen_code_that_is_used_up_looks_like_an_unknown_one(check, make_campaign):
    vanity.add_code(make_campaign(), SYSTEM, code="WELCOME2026", max_uses=1)
    assert check("WELCOME2026")["valid"] is True
    sign_up(code="WELCOME2026", email="bob@example.com")

    assert check("WELCOME2026") == check("NEVERMADE")


def test_signing_up_with_an_unknown_code_costs_what_an_unusable_one_costs(
    make_code, make_campaign, calls
):
    campaign = make_campaign()
    shared = make_code(campaign, max_uses=5)
    gatekeeping.pause_campaign(campaign, SYSTEM)

    def cost(code):
        calls.clear()
        with pytest.raises(CodeRefused):
            sign_up(code=code, email=f"{code.lower()}@example.com")
        return list(calls)

    cost("NEVERMADE")
    assert cost(shared) == cost("NEVERMADE")


def test_a_shared_code_of_a_full_campaign_says_so(make_code, make_campaign):
    """The check calls it good before and after, so saying why gives nothing away."""
    code = make_code(make_campaign(cap=1), max_uses=5)
    sign_up(code=code, email="bob@example.com")

    with pytest.raises(CampaignFull) as refusal:
        sign_up(code=code, email="carol@example.com")

    assert refusal.value.public_reason == "campaign_full"


def test_an_unknown_code_costs_what_a_known_one_costs(check, make_code, calls):
    known = make_code(max_uses=5)
    check(known)
    calls.clear()
    check(known)
    cost, calls[:] = list(calls), []

    check("NEVERMADE")

    assert calls == cost


def test_a_check_costs_two_reads_a_write_per_window_one_for_its_outcome_and_no_sql(
    check, make_code, calls, django_assert_num_queries
):
    code = make_code()
    check(code)
    calls.clear()

    with django_assert_num_queries(0):
        check(code)

    assert calls.count("GetItem") == 2
    # Three windows: this address by minute and by hour, and everybody by minute.
    assert calls.count("UpdateItem") == 3 + 1
    assert len(calls) == 6


def test_the_eleventh_check_of_a_minute_is_limited(check, make_code, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    code = make_code()

    answers = [check(code)["reason"] for _ in range(11)]

    assert answers == [None] * 10 + ["rate_limited"]


def test_a_new_minute_is_open_again(check, make_code, time_machine):
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    code = make_code()
    for _ in range(11):
        check(code)

    time_machine.move_to(start + timedelta(minutes=1), tick=False)

    assert check(code)["valid"]


def test_another_address_is_not_limited(check, make_code, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    code = make_code()
    for _ in range(11):
        check(code)

    assert check(code, REMOTE_ADDR="203.0.113.9")["valid"]


def test_a_forged_forwarding_header_does_not_escape_the_limit(check, make_code, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    code = make_code()

    answers = [check(code, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}")["reason"] for n in range(11)]

    assert answers[-1] == "rate_limited"


def test_many_refusals_lock_an_address_out_for_a_good_code_too(check, make_code, time_machine):
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    code = make_code()
    for number in range(31):
        time_machine.move_to(hour + timedelta(minutes=number), tick=False)
        check("NEVERMADE")

    time_machine.move_to(hour + timedelta(minutes=40), tick=False)

    assert check(code)["reason"] == "rate_limited"


def test_a_get_is_refused_because_a_code_must_not_be_in_a_url(client):
    assert client.get("/signup/check-code/?code=X").status_code == 405


def test_the_fragment_for_the_page_is_the_message_alone(client, make_code):
    page = client.post("/signup/check-code/", {"code": make_code()}, headers={"hx-request": "true"})

    assert "Starter" in page.content.decode()
    assert "<html" not in page.content.decode()


def test_a_whole_ipv6_network_of_a_household_counts_as_one(check, make_code, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    code = make_code()

    answers = [check(code, REMOTE_ADDR=f"2001:db8::{n}")["reason"] for n in range(1, 12)]

    assert answers[-1] == "rate_limited"
