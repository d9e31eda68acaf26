"""What holds for every newsletter platform, each spoken to by its own documented contract."""

import socket
import traceback
from dataclasses import replace

import pytest

from adapters.errors import NotThere, OutsideError, Refused, TryLater
from adapters.newsletters import speaking
from adapters.newsletters.kinds import KINDS, connect
from adapters.newsletters.platforms import Account, Person, Standing

ALICE = Person("alice+news@example.com", "Alice")

DOINGS = {
    "status": lambda platform: platform.status(ALICE.email),
    "subscribe": lambda platform: platform.subscribe(ALICE),
    "unsubscribe": lambda platform: platform.unsubscribe(ALICE.email),
    "name": lambda platform: platform.name_audience(),
}


@pytest.fixture(params=sorted(DOINGS))
def doing(request):
    return DOINGS[request.param]


@pytest.fixture
def other_account(there, account):
    def other(**fields):
        return connect(type(there).__name__.lower(), replace(account, **fields))

    return other


def test_an_unknown_address_is_absent(platform):
    assert platform.status(ALICE.email).standing is Standing.ABSENT


def test_a_person_is_subscribed_under_their_first_name(platform, there):
    found = platform.subscribe(ALICE)

    assert found.standing is Standing.SUBSCRIBED
    assert there.standing(ALICE.email) == there.active
    assert found.remote_id


def test_only_platforms_without_a_field_for_names_get_none(platform, there):
    platform.subscribe(ALICE)

    has_field = type(there).__name__ != "Beehiiv"
    assert there.people[ALICE.email].first_name == ("Alice" if has_field else "")


def test_subscribing_twice_makes_one_subscriber(platform, there):
    first = platform.subscribe(ALICE)

    assert platform.subscribe(ALICE) == first
    assert len(there.people) == 1


def test_a_subscribed_person_is_found_subscribed(platform):
    platform.subscribe(ALICE)

    assert platform.status(ALICE.email).standing is Standing.SUBSCRIBED


def test_who_unsubscribed_there_is_found_so(platform, there):
    there.opt_out(ALICE.email)

    assert platform.status(ALICE.email).standing is Standing.UNSUBSCRIBED


def test_subscribing_who_unsubscribed_leaves_them_unsubscribed(platform, there):
    there.opt_out(ALICE.email)

    assert platform.subscribe(ALICE).standing is Standing.UNSUBSCRIBED
    assert there.standing(ALICE.email) == there.opted_out


def test_an_opt_out_between_look_and_subscription_holds(platform, there):
    there.before_writing(lambda: there.opt_out(ALICE.email))
    assert platform.status(ALICE.email).standing is Standing.ABSENT

    assert platform.subscribe(ALICE).standing is Standing.UNSUBSCRIBED
    assert there.standing(ALICE.email) == there.opted_out


def test_an_address_that_the_platform_does_not_take_is_an_answer(platform, there):
    there.no_addresses.add(ALICE.email)

    assert platform.subscribe(ALICE).standing is Standing.INVALID


def test_a_person_is_unsubscribed_once_and_twice(platform, there):
    platform.subscribe(ALICE)

    assert platform.unsubscribe(ALICE.email).standing is Standing.UNSUBSCRIBED
    assert platform.unsubscribe(ALICE.email).standing is Standing.UNSUBSCRIBED
    assert there.standing(ALICE.email) == there.opted_out


def test_unsubscribing_a_stranger_leaves_no_trace(platform, there):
    assert platform.unsubscribe(ALICE.email).standing is Standing.ABSENT
    assert there.people == {}


def test_a_subscribed_person_is_tagged_once_and_twice(platform, there):
    platform.subscribe(ALICE)

    platform.tag(ALICE.email, there.tag)
    platform.tag(ALICE.email, there.tag)

    assert there.people[ALICE.email].tags == {there.tag}


def test_the_audience_has_a_name(platform):
    assert platform.name_audience() == "Product news"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_platform_is_tried_later(platform, there, doing, status):
    there.fail(status)

    with pytest.raises(TryLater):
        doing(platform)


def test_a_platform_that_hangs_up_is_tried_later(platform, there, doing):
    there.fail(0)

    with pytest.raises(TryLater):
        doing(platform)


def test_a_platform_that_says_nothing_is_tried_later(other_account, doing, monkeypatch):
    monkeypatch.setattr(speaking, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        deaf = other_account(address=f"http://127.0.0.1:{silent.getsockname()[1]}")

        with pytest.raises(TryLater):
            doing(deaf)


def test_a_closed_door_is_tried_later(other_account, doing):
    with pytest.raises(TryLater):
        doing(other_account(address="http://127.0.0.1:9"))


def test_a_wrong_key_is_refused(other_account, doing):
    with pytest.raises(Refused):
        doing(other_account(key="wrong-us21"))


def test_a_redirect_leads_nowhere(platform, there, doing):
    there.fail(302)

    with pytest.raises(Refused):
        doing(platform)


def test_no_error_tells_the_key_or_the_address(platform, there, other_account):
    told = []
    for status in (0, 302, 401, 404, 418, 429, 500):
        for doing in DOINGS.values():
            there.fail(status, text=f"{ALICE.email} {there.key}")
            told += _told(lambda doing=doing: doing(platform))
            there._failures.clear()
    told += _told(lambda: other_account(address="http://127.0.0.1:9").status(ALICE.email))

    assert len(told) > 20
    assert not [text for text in told if "alice" in text or there.key in text]


def test_an_account_shows_no_key(account):
    assert account.key not in repr(account)


def test_the_wait_for_a_turn_comes_before_each_request(there, other_account):
    turns = []
    platform = other_account(before_call=lambda: turns.append(len(there.requests)))

    platform.subscribe(ALICE)
    platform.tag(ALICE.email, there.tag)

    assert turns == list(range(len(there.requests)))


@pytest.mark.parametrize("there", ["beehiiv", "hubspot", "mailchimp"], indirect=True)
def test_an_audience_that_is_not_there_is_named_so(other_account):
    """Kit has one audience an account."""
    with pytest.raises(NotThere):
        other_account(audience="999").name_audience()


def test_every_platform_has_a_stand_in(there):
    assert type(there).__name__.lower() in KINDS


def _told(do) -> list[str]:
    try:
        do()
    except OutsideError as error:
        return ["".join(traceback.format_exception(error))]
    return []


def test_an_account_needs_no_audience():
    assert Account(key="x").audience == ""
