"""Each way in which the token trigger can fail: what the person is told, how soon, and what is
logged. Cognito waits for 5 seconds."""

import json
import socket
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from adapters import signed_requests
from adapters.aws import client
from adapters.definitions import name_of
from adapters.rights import PermissionItem, write_permission
from functions import generate_token
from functions.generate_token import MOST_BYTES, Suspended, Unavailable, handler
from localcloud.templates import template
from tests.functions.test_generate_token import ALICE, claims, event, override
from tests.planned_answers import planned_answers

COGNITO_SECONDS = 5


@pytest.fixture
def stand_in(monkeypatch):
    yield from planned_answers(monkeypatch)
    signed_requests._kept.connection = None


def failing(sent=None, error=Unavailable):
    """Return how long it took until the person is told, and that it is the calm sentence."""
    started = time.monotonic()
    with pytest.raises(error) as caught:
        handler(event() if sent is None else sent, None)
    if error is Unavailable:
        assert str(caught.value) == "Signing in does not work right now. Try again in a minute."
    return time.monotonic() - started


def logged(capsys):
    [line] = capsys.readouterr().out.splitlines()
    return json.loads(line)["error"]


def stored(**changed):
    """Write an item as it must never be, past everything that would refuse it."""
    item = {
        "user_id": "sub-1",
        "tenant_id": "tenant-1",
        "role": "owner",
        "permissions": "me solve",
        "domains": "example.com",
        "tier": "pro",
        "state": "open",
    }
    kinds = {name: {"S": value} for name, value in item.items()} | changed
    kept = {name: value for name, value in kinds.items() if value is not None}
    client("dynamodb").put_item(TableName=name_of("permissions"), Item=kept)


class TestWhoMayNot:
    def test_no_record_means_no_claims(self):
        assert override(handler(event("sub-9"), None)) == {}

    def test_a_customer_whom_no_grant_covers_gets_no_claims(self):
        write_permission(replace(ALICE, state="lapsed"))

        assert override(handler(event(), None)) == {}

    @pytest.mark.parametrize("outage", ["refuse", "bare"])
    def test_a_suspended_one_is_refused_whatever_an_outage_means(self, monkeypatch, outage):
        monkeypatch.setenv("TOKEN_OUTAGE", outage)
        write_permission(replace(ALICE, state="closed"))

        failing(error=Suspended)


class TestOutages:
    @pytest.mark.parametrize("outage", ["refuse", "bare"])
    def test_a_missing_table_is_no_outage_and_refuses(self, monkeypatch, capsys, outage):
        monkeypatch.setenv("TOKEN_OUTAGE", outage)
        monkeypatch.setenv("STAGE", "nowhere")

        failing()

        assert logged(capsys) == "dynamodb GetItem: ResourceNotFoundException"

    @pytest.mark.parametrize("status", [400, 500])
    def test_throttled_for_ever_it_asks_twice_and_refuses(self, stand_in, capsys, status):
        throttled = {"__type": "x#ProvisionedThroughputExceededException"}
        server = stand_in(*[(status, throttled)] * 9)

        assert failing() < 2

        assert server.calls == 2
        assert "ProvisionedThroughputExceeded" in logged(capsys)

    def test_a_socket_that_never_answers_is_given_up_in_time(self, monkeypatch):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"http://127.0.0.1:{silent.getsockname()[1]}"
            monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", address)

            assert failing() < COGNITO_SECONDS - 1

    def test_an_answer_that_stops_half_way_is_given_up_in_time(self, stand_in, monkeypatch):
        server = stand_in()

        def stop(self):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"Item":')
            time.sleep(COGNITO_SECONDS)

        monkeypatch.setattr(server, "do_POST", stop)

        assert failing() < COGNITO_SECONDS - 1

    def test_slow_errors_one_after_the_other_end_in_time_too(self, stand_in, monkeypatch):
        """The worst there is: a kept connection that dies late, then a busy table that is slow."""
        server = stand_in()
        handler(event("sub-9"), None)  # a connection is kept
        calls = []

        def late(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            calls.append(1)
            time.sleep(1.8)
            self.close_connection = True
            if len(calls) > 1:
                self.send_response(500)
                self.send_header("Content-Length", "0")
                self.end_headers()

        monkeypatch.setattr(server, "do_POST", late)

        assert failing() < COGNITO_SECONDS - 1
        assert len(calls) == 2

    def test_nobody_there_is_told_at_once(self, monkeypatch):
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")

        assert failing() < 1

    @pytest.mark.parametrize("text", [b"", b"{", b"[]", b'"x"', b"\xff"])
    def test_an_answer_that_is_none_is_refused(self, monkeypatch, text):
        monkeypatch.setattr(signed_requests, "_post", lambda *_: (200, text))

        failing()

    def test_each_stage_says_what_an_outage_means(self):
        sam = template("functions")
        variables = sam["Resources"]["GenerateToken"]["Properties"]["Environment"]["Variables"]

        assert variables["TOKEN_OUTAGE"] == {"Ref": "TokenOutage"}
        assert sam["Parameters"]["TokenOutage"]["AllowedValues"] == ["refuse", "bare"]
        assert sam["Parameters"]["TokenOutage"]["Default"] == "refuse"
        assert sam["Resources"]["GenerateToken"]["Properties"]["Timeout"] == COGNITO_SECONDS

    def test_bare_opens_the_account_and_not_the_api(self, monkeypatch, stand_in):
        monkeypatch.setenv("TOKEN_OUTAGE", "bare")
        stand_in(*[(500, {})] * 9)

        assert override(handler(event(), None)) == {}


class TestDamagedItems:
    @pytest.mark.parametrize(
        "name", ["tenant_id", "role", "tier", "permissions", "domains", "state"]
    )
    @pytest.mark.parametrize(
        "value", [None, {"NULL": True}, {"N": "5"}, {"BOOL": True}, {"SS": ["me", "solve"]}]
    )
    def test_a_part_that_is_missing_or_no_text_refuses(self, capsys, name, value):
        stored(**{name: value})

        failing()

        assert logged(capsys) == f"damaged: {name}"

    @pytest.mark.parametrize("name", ["tenant_id", "role", "tier", "state"])
    def test_a_part_that_is_empty_refuses(self, name):
        stored(**{name: {"S": ""}})

        failing()

    def test_a_kind_that_we_never_store_refuses(self):
        stored(domains={"B": b"example.com"})

        failing()

    @pytest.mark.parametrize("name", ["tenant_id", "role", "tier"])
    def test_a_part_that_cannot_be_cut_and_is_too_large_refuses(self, capsys, name):
        stored(**{name: {"S": "x" * 2000}})

        failing()

        assert logged(capsys) == "damaged: item is too large"

    def test_a_damaged_item_is_refused_where_an_outage_gives_a_bare_token(self, monkeypatch):
        monkeypatch.setenv("TOKEN_OUTAGE", "bare")
        stored(tenant_id=None)

        failing()

    def test_what_else_stands_in_the_item_gets_into_no_token(self):
        stored(note={"S": "secret"}, **{"cognito:groups": {"S": "admins"}})

        assert claims(handler(event(), None)).keys() == {
            "tenant_id",
            "role",
            "tier",
            "permissions",
            "domains",
        }


class TestEvents:
    @pytest.mark.parametrize(
        "source",
        [
            "HostedAuth",
            "Authentication",
            "NewPasswordChallenge",
            "AuthenticateDevice",
            "RefreshTokens",
            "SomethingOfNextYear",
        ],
    )
    def test_however_the_person_gets_a_token_the_claims_are_the_same(self, source):
        write_permission(ALICE)

        answer = handler(event() | {"triggerSource": f"TokenGeneration_{source}"}, None)

        assert claims(answer)["tenant_id"] == "tenant-1"

    @pytest.mark.parametrize("source", ["PreSignUp_SignUp", "CustomMessage_SignUp", "", None, 7])
    def test_an_event_of_another_trigger_is_refused(self, capsys, source):
        write_permission(ALICE)

        failing(event() | {"triggerSource": source})

        assert logged(capsys) == "damaged: triggerSource"

    @pytest.mark.parametrize("name", ["", None, 7, ["sub-1"]])
    def test_an_event_without_a_user_is_refused_and_reads_nothing(self, stand_in, capsys, name):
        server = stand_in()

        failing(event() | {"userName": name})

        assert logged(capsys) == "damaged: userName"
        assert server.calls == 0

    @pytest.mark.parametrize("sent", [{}, [], "text", 5])
    def test_what_is_no_event_is_refused(self, sent):
        failing(sent)

    def test_a_pool_of_version_1_gets_the_claims_into_the_id_token(self):
        write_permission(ALICE)

        answer = handler(event() | {"version": "1", "response": {}}, None)

        told = answer["response"].pop("claimsOverrideDetails")["claimsToAddOrOverride"]
        assert (told["tenant_id"], told["permissions"]) == ("tenant-1", "me solve")
        assert answer["response"] == {}

    def test_version_1_without_a_record_adds_nothing(self):
        answer = handler(event("sub-9") | {"version": "1"}, None)

        assert answer["response"] == {"claimsOverrideDetails": {}}

    def test_version_1_refuses_a_suspended_customer_too(self):
        write_permission(replace(ALICE, state="closed"))

        failing(event() | {"version": "1"}, error=Suspended)

    def test_version_3_is_answered_as_version_2(self):
        write_permission(ALICE)

        assert override(handler(event() | {"version": "3"}, None)) == override(
            handler(event(), None)
        )


class TestOneRead:
    def test_a_sign_in_is_one_call_of_dynamodb(self, stand_in):
        server = stand_in()

        handler(event(), None)

        assert server.calls == 1

    def test_delivered_twice_the_answer_is_the_same(self):
        write_permission(ALICE)
        sent = json.dumps(event())

        first, second = (json.dumps(handler(json.loads(sent), None)) for _ in range(2))

        assert first == second


WORDS = some.text(some.characters(blacklist_categories=("Cs",)), min_size=1, max_size=80).filter(
    lambda text: text.split() == [text]
)


@given(
    permissions=some.lists(WORDS, max_size=60).map(tuple),
    domains=some.lists(WORDS, max_size=200).map(tuple),
    role=WORDS,
    tier=WORDS,
)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_claims_are_two_kilobytes_at_most_and_never_more_than_was_granted(
    permissions, domains, role, tier
):
    granted = PermissionItem("sub-1", "tenant-1", role, permissions, domains, tier, "open")
    item = {
        "tenant_id": granted.tenant_id,
        "role": role,
        "tier": tier,
        "permissions": " ".join(permissions),
        "domains": " ".join(domains),
    }

    told = generate_token._fitted(item)

    assert len(json.dumps(told)) <= MOST_BYTES
    assert (told["tenant_id"], told["role"], told["tier"]) == ("tenant-1", role, tier)
    for name, words in (("permissions", permissions), ("domains", domains)):
        kept = told[name].split()
        assert kept == list(words[: len(kept)])
    if len(json.dumps(item)) <= MOST_BYTES:
        assert told == item
