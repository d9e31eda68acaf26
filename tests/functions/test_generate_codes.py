"""A batch made by a function: in one go, in many, twice, at once, and killed at every call."""

import os
import secrets
import signal
from datetime import UTC, datetime, timedelta

import pytest

from adapters import gates, generations, promo_codes
from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import TryLater
from adapters.promo_codes import PromoCode
from campaigns import drawing, making, redemptions, rules
from campaigns.eligibility import Customer
from functions import generate_codes
from functions.direct import BadEvent
from tests import crashes
from tests.crashes import Point
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

BATCH = "0c1d2e3f4a5b"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(drawing, "CHUNK", 10)
    monkeypatch.setattr(drawing, "STRIDE", 4)


@pytest.fixture
def event(make_campaign):
    campaign = make_campaign().public_id
    return {"campaign": campaign, "batch": BATCH, "prefix": "Oil", "count": 25, "max_uses": 1}


class Context:
    """Time for so many chunks, or for ever."""

    def __init__(self, chunks=None):
        self.chunks = chunks

    def get_remaining_time_in_millis(self):
        if self.chunks is None:
            return 900_000
        self.chunks -= 1
        return 900_000 if self.chunks >= 0 else 19_000


def make(event, chunks=None):
    return generate_codes.handler(event, Context(chunks))


def told(done, complete=False, count=25):
    return {"done": done, "count": count, "complete": complete}


def stored(batch=BATCH):
    items = client("dynamodb").scan(TableName=name_of("promo-codes"))["Items"]
    return {item["code"]["S"] for item in items if item.get("batch", {}).get("S") == batch}


def files():
    found = client("s3").list_objects_v2(Bucket=name_of("exports")).get("Contents", [])
    return [each["Key"] for each in found]


def listed():
    got = client("s3").get_object(Bucket=name_of("exports"), Key=f"batches/{BATCH}/codes.csv")
    return got["Body"].read().decode().splitlines()


def assert_whole(count=25):
    """None lost, none doubled, nothing left over, and nobody can derive the codes."""
    assert len(stored()) == count == len(listed())
    assert {rules.normalise(line) for line in listed()} == stored()
    assert files() == [f"batches/{BATCH}/codes.csv"]
    assert generations.read(BATCH).seed == ""


def raw():
    items = client("dynamodb").scan(TableName=name_of("promo-codes"))["Items"]
    return sorted((item for item in items if "batch" in item), key=lambda item: item["code"]["S"])


@pytest.mark.parametrize("count", [1, 10, 11, 25])
def test_a_batch_is_made_in_one_go(event, count):
    event["count"] = count

    assert make(event) == told(count, complete=True, count=count)

    assert_whole(count)


def test_codes_are_spelled_well_under_a_registered_prefix_and_can_be_redeemed(event):
    make(event)

    assert gates.read_prefixes() == {"011"}
    assert all(line.startswith("OIL-") for line in listed())
    assert all(rules.is_spelled_well(code, frozenset({"011"})) for code in stored())
    assert redemptions.redeem_code(
        listed()[0], redeemed_by="a", customer=Customer("a@example.com"), now=datetime.now(UTC)
    )


def test_codes_carry_the_terms_of_their_batch(event):
    make({**event, "max_uses": 7, "expires_at": "2030-01-02T03:04:05Z"})

    code = promo_codes.read_code(next(iter(stored())), consistent=True)
    assert (code.max_uses, code.uses, code.campaign) == (7, 0, event["campaign"])
    assert code.expires_at == datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_it_goes_on_where_its_time_ended(event):
    assert make(event, chunks=1) == told(10)
    first = stored()
    assert make(event, chunks=0) == told(10)
    assert stored() == first
    assert make(event, chunks=2) == told(25)

    assert make(event) == told(25, complete=True)

    assert first < stored()
    assert_whole()


def test_invoked_after_the_end_it_changes_nothing(event):
    make(event)
    redemptions.redeem_code(
        listed()[0], redeemed_by="a", customer=Customer("a@example.com"), now=datetime.now(UTC)
    )
    before = raw()

    assert make(event) == told(25, complete=True)

    assert raw() == before
    assert_whole()


def test_many_at_once_make_each_code_once(event, in_threads):
    answers = in_threads(8, lambda _: make(event))
    while not make(event)["complete"]:
        pass

    assert all(answer["count"] == 25 for answer in answers)
    assert_whole()


def test_while_one_is_at_it_another_leaves_it_alone(event):
    make(event, chunks=0)
    generations.claim(BATCH, by="somebody else", now=datetime.now(UTC))

    assert make(event) == told(0)

    assert stored() == set()


def test_who_lost_the_lease_writes_nothing_more(event, monkeypatch):
    insert = promo_codes.insert_codes

    def overslept(codes):
        late = datetime.now(UTC) + timedelta(minutes=1)
        generations.claim(BATCH, by="somebody else", now=late)
        return insert(codes)

    monkeypatch.setattr(promo_codes, "insert_codes", overslept)

    assert make(event) == told(0)

    assert len(stored()) == 4
    assert files() == []


def test_a_code_of_another_batch_is_left_alone_and_another_one_drawn(event, monkeypatch):
    seed = "00" * 32
    monkeypatch.setattr(making.secrets, "token_hex", lambda size: seed[: size * 2])
    foreign = next(rules.draw_codes("011", bytes.fromhex(seed), 1))
    promo_codes.insert_codes([PromoCode(foreign, "c", "another", 1, datetime.now(UTC))])

    make(event)

    assert promo_codes.read_code(foreign, consistent=True).batch == "another"
    assert_whole()


def test_killed_after_any_call_it_is_made_whole_by_the_next(event, monkeypatch, record_property):
    monkeypatch.setattr(crashes, "SERVICES", ("dynamodb", "s3"))
    # A dead one's lease is over at once here, instead of after 30 seconds.
    monkeypatch.setattr(generations, "LEASE", timedelta(seconds=-1))
    event["count"] = 12
    calls = crashes.calls_of(lambda: make({**event, "batch": "counted"}))

    for number in range(len(calls)):
        batch = {**event, "batch": secrets.token_hex(6)}
        monkeypatch.setattr("tests.functions.test_generate_codes.BATCH", batch["batch"])
        survived = crashes.strike(lambda batch=batch: make(batch), Point("killed after", number))
        assert not survived, calls[number]

        assert make(batch) == told(12, complete=True, count=12), calls[number]
        assert len(stored(batch["batch"])) == 12 == len(set(listed())), calls[number]
        assert {rules.normalise(line) for line in listed()} == stored(batch["batch"])
        assert [name for name in files() if batch["batch"] in name and "parts" in name] == []

    record_property("figures", f"generation killed after each of {len(calls)} calls: 0 lost")


def test_a_killed_process_leaves_its_lease_and_nobody_takes_over_at_once(event):
    make(event, chunks=0)
    pid = os.fork()
    if not pid:
        generations.claim(BATCH, by="dead", now=datetime.now(UTC))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)

    assert make(event) == told(0)


@pytest.mark.parametrize("operation", ["BatchExecuteStatement", "UpdateItem"])
def test_an_outage_is_an_error_and_repeating_helps(event, operation):
    with failing("dynamodb", operation, "InternalServerError"), pytest.raises(TryLater):
        make(event)

    # The lease was given back: nobody waits for its end.
    assert make(event) == told(25, complete=True)
    assert_whole()


def test_the_seed_is_in_no_answer_and_no_log(event, capsys):
    answer = make(event, chunks=1)

    generation = generations.read(BATCH)
    assert len(bytes.fromhex(generation.seed)) == 32
    assert generation.seed not in f"{answer}{generation}{capsys.readouterr()}"


@pytest.mark.parametrize(
    "other",
    [{"count": 26}, {"max_uses": 2}, {"prefix": "Gas"}, {"expires_at": "2030-01-01T00:00:00Z"}],
)
def test_a_batch_keeps_the_terms_it_was_begun_with(event, other):
    make(event)

    with pytest.raises(BadEvent, match="other terms"):
        make({**event, **other})

    assert_whole()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"campaign": "nobody"}, "no campaign nobody"),
        ({"count": 0}, '"count" must be from 1'),
        ({"count": 1_000_001}, '"count" must be from 1'),
        ({"max_uses": True}, '"max_uses" must be a whole number'),
        ({"prefix": "A-B"}, '"prefix"'),
        ({"batch": "a#b"}, '"batch"'),
        ({"expires_at": "tomorrow"}, '"expires_at"'),
    ],
)
def test_an_event_that_is_not_understood_makes_nothing(event, wrong, said):
    with pytest.raises(BadEvent, match=said):
        make({**event, **wrong})

    assert stored() == set()
