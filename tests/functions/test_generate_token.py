"""The token trigger: claims for whom we know, a clear refusal, and what an outage means."""

import json
from dataclasses import replace

import pytest

from adapters.errors import TryLater
from adapters.rights import PermissionItem, write_permission
from functions import generate_token
from functions.generate_token import Suspended, Unavailable, handler

ALICE = PermissionItem(
    "sub-1", "tenant-1", "owner", ("me", "solve"), ("example.com", "example.org"), "pro", "open"
)


def event(user_id="sub-1"):
    return {
        "version": "2",
        "triggerSource": "TokenGeneration_Authentication",
        "userName": user_id,
        "request": {"userAttributes": {"sub": user_id, "email": "alice@example.com"}},
        "response": {"claimsAndScopeOverrideDetails": None},
    }


def override(answer):
    return answer["response"]["claimsAndScopeOverrideDetails"]


def claims(answer):
    return override(answer)["idTokenGeneration"]["claimsToAddOrOverride"]


def broken(error):
    def get_item(*_args, **_kwargs):
        raise error

    return get_item


def test_both_tokens_carry_the_claims():
    write_permission(ALICE)

    answer = handler(event(), None)

    added = {
        "claimsToAddOrOverride": {
            "tenant_id": "tenant-1",
            "role": "owner",
            "tier": "pro",
            "permissions": "me solve",
            "domains": "example.com example.org",
        }
    }
    assert override(answer) == {"idTokenGeneration": added, "accessTokenGeneration": added}


def test_the_rest_of_the_event_goes_back_as_it_came():
    write_permission(ALICE)

    answer = handler(event(), None)

    assert {**answer, "response": None} == {**event(), "response": None}


def test_one_read_is_all_it_takes(monkeypatch):
    write_permission(ALICE)
    reads = []
    real = generate_token.get_item
    monkeypatch.setattr(generate_token, "get_item", lambda *a: reads.append(a) or real(*a))

    handler(event(), None)

    assert reads == [("gatehouse-local-permissions", {"user_id": "sub-1"})]


def test_a_user_without_a_record_gets_a_token_without_claims():
    assert override(handler(event("sub-9"), None)) == {}


@pytest.mark.parametrize("state", ["closed", "a state of a later version"])
def test_a_suspended_tenant_is_told_so(state):
    write_permission(replace(ALICE, state=state))

    with pytest.raises(Suspended, match=r"^This account is suspended\.$"):
        handler(event(), None)


@pytest.mark.parametrize("value", [None, "refuse", "something else"])
def test_an_outage_refuses_the_token(monkeypatch, value):
    monkeypatch.delenv("TOKEN_OUTAGE", raising=False)
    if value:
        monkeypatch.setenv("TOKEN_OUTAGE", value)
    monkeypatch.setattr(generate_token, "get_item", broken(TryLater("dynamodb did not answer")))

    with pytest.raises(Unavailable):
        handler(event(), None)


def test_an_outage_gives_a_bare_token_where_the_stage_says_so(monkeypatch):
    monkeypatch.setenv("TOKEN_OUTAGE", "bare")
    monkeypatch.setattr(generate_token, "get_item", broken(TryLater("dynamodb did not answer")))

    assert override(handler(event(), None)) == {}


def test_a_bug_refuses_even_where_an_outage_does_not(monkeypatch):
    monkeypatch.setenv("TOKEN_OUTAGE", "bare")
    monkeypatch.setattr(generate_token, "get_item", broken(KeyError("alice@example.com")))

    with pytest.raises(Unavailable, match="Try again"):
        handler(event(), None)


def test_the_log_names_no_person_and_no_claim(monkeypatch, capsys):
    monkeypatch.setattr(generate_token, "get_item", broken(ValueError("alice@example.com pro")))

    with pytest.raises(Unavailable):
        handler(event(), None)

    printed = capsys.readouterr().out
    assert json.loads(printed)["error"] == "ValueError"
    assert not any(word in printed for word in ("alice", "sub-1", "pro"))


def test_a_sign_in_that_works_logs_nothing(capsys):
    write_permission(ALICE)

    handler(event(), None)

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("length", [1, 7, 40])
def test_domains_beyond_two_kilobytes_are_left_out_whole(length):
    domains = tuple(f"{number:0{length}}.example" for number in range(1000))[: 9000 // length]
    write_permission(replace(ALICE, domains=domains))

    answer = claims(handler(event(), None))

    kept = answer["domains"].split()
    one_more = {**answer, "domains": " ".join(domains[: len(kept) + 1])}
    assert kept == list(domains[: len(kept)])
    assert answer["permissions"] == "me solve"
    assert len(json.dumps(answer)) <= 2048 < len(json.dumps(one_more))


def test_permissions_beyond_two_kilobytes_allow_less_and_never_more():
    permissions = tuple(f"permission-{number}" for number in range(500))
    write_permission(replace(ALICE, permissions=permissions))

    answer = claims(handler(event(), None))

    assert set(answer["permissions"].split()) < set(permissions)
    assert len(json.dumps(answer)) <= 2048
