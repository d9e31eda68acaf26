"""Codes of staff's choice: added at once, once, and refused with the reason."""

import pytest
from django.urls import reverse
from django.utils import timezone

from adapters import gates, promo_codes
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from backoffice.verbs import VerbRefused
from campaigns import batches, lifecycle, redemptions, rules, vanity
from campaigns.eligibility import Customer
from campaigns.models import Batch
from tests.backoffice.doors import do, verb_url
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "WELCOME2026"


def check(code):
    return redemptions.check_code(code, now=timezone.now()).refusal


@pytest.fixture
def add(staff, make_campaign):
    """Post the form; return the page that follows, or the form with its errors."""
    campaign, client = make_campaign(), staff("marketing")

    def post(code, **fields):
        return do(client, "add-code", campaign, **{"code": code, "max_uses": 50, **fields})

    post.campaign, post.client = campaign, client
    return post


def test_a_code_of_ones_own_works_at_once_in_any_spelling(add):
    page = add("Welcome 2026", label="Poster")

    batch = Batch.objects.get()
    assert "1 code is added." in page
    assert (batch.label, batch.origin, batch.state, batch.count) == (
        "Poster",
        "vanity",
        "ready",
        1,
    )
    for spelling in ("welcome2026", "WELCOME-2026", "we1come 2o26"):
        assert check(spelling) is None


def test_it_is_used_as_often_as_it_allows(add):
    add(CODE, max_uses=2)

    for who in ("alice", "bob"):
        customer = Customer(f"{who}@example.com")
        redemptions.redeem_code(CODE, redeemed_by=who, customer=customer, now=timezone.now())

    assert check(CODE).code == "used_up"


def test_it_is_in_the_trail_half_hidden_and_so_is_its_label(add):
    add(CODE, reason="agreed with sales")

    event = AuditEvent.objects.get(action="add code")
    assert event.after == {"code": "WE1C…026", "max_uses": 50, "expires_at": None}
    assert (event.reason, event.target_name) == ("agreed with sales", "WELC…026")


def test_it_ends_when_the_form_says(add):
    add(CODE, expires_at="2031-01-15T12:00")

    code = promo_codes.read_code(rules.normalise(CODE), consistent=True)
    assert code.expires_at == Batch.objects.get().expires_at
    assert code.expires_at.year == 2031


def test_it_is_revoked_apart_from_the_others(add):
    add(CODE)
    add("GOODBYE2026")

    batches.revoke_batch(Batch.objects.first(), SYSTEM)

    assert check("GOODBYE2026").code == "revoked"
    assert check(CODE) is None


@pytest.mark.parametrize("again", ["WELCOME2026", "welcome-2O26", "WE1COME2026"])
def test_a_code_that_exists_is_refused_in_any_spelling_and_stays_as_it_is(add, again):
    add(CODE)
    before = promo_codes.read_item(rules.normalise(CODE), consistent=True)

    page = add(again, max_uses=1000)

    assert "This code exists already." in page
    assert Batch.objects.count() == 1
    assert promo_codes.read_item(rules.normalise(CODE), consistent=True) == before


def test_a_generated_code_cannot_be_taken(add, make_code):
    code = make_code(add.campaign)

    with pytest.raises(VerbRefused):
        vanity.add_code(add.campaign, SYSTEM, code=code, max_uses=9)

    assert promo_codes.read_code(rules.normalise(code), consistent=True).max_uses == 1


@pytest.mark.parametrize("code", ["ABC", "WELCOME_2026!", "A" * 41, "Ü" * 8])
def test_a_malformed_code_is_refused_with_what_a_code_looks_like(add, code):
    page = add(code)

    assert "A code has 4 to 40 letters and digits; hyphens and spaces do not count." in page
    assert not Batch.objects.exists()


@pytest.mark.parametrize("registered", [True, False])
def test_a_code_that_looks_generated_is_refused(add, registered):
    """Its last symbol would be taken for a check symbol, now or after the first batch."""
    prefix = "SPRING" if registered else "AUTUMN"
    if registered:
        gates.register_prefix(rules.normalise_prefix("SPRING"))

    page = add(prefix + "0123456789ABC")

    assert "It has the shape of a generated code" in page
    assert "1 code is added." in add(prefix + "0123456789AB")


@pytest.mark.parametrize(
    ("code", "uses", "is_easy"),
    [
        ("ABC123", 1, False),
        ("ABC123", 2, True),
        ("ABCD1234", 1000, False),
        ("ABCD1234", 2000, True),
        ("ABCDE", 1, True),
        ("WELCOME2026", 1_000_000, False),
    ],
)
def test_short_for_its_uses_is_warned_and_may_be_wanted_all_the_same(add, code, uses, is_easy):
    page = add(code, max_uses=uses)

    assert ("People could find this code by trying: tick if you agree." in page) == is_easy
    assert Batch.objects.exists() == (not is_easy)
    if is_easy:
        assert "1 code is added." in add(code, max_uses=uses, easy_is_fine="on")


def test_the_form_does_not_warn_before_anything_was_typed(add):
    page = add.client.get(verb_url(add.campaign, "add-code")).content.decode()

    assert "easily guessed" not in page


def test_an_end_that_is_over_is_refused(add):
    assert "That moment is over." in add(CODE, expires_at="2020-01-01T00:00")
    assert not Batch.objects.exists()


def test_an_archived_campaign_gets_no_code(add):
    lifecycle.archive_campaign(add.campaign, SYSTEM)

    page = add(CODE)

    assert "take it out of the archive first" in page
    assert check(CODE).code == "unknown"


def test_without_dynamodb_the_form_says_so_calmly(add):
    with failing("dynamodb", "GetItem", "InternalServerError"):
        page = add(CODE)

    assert "DynamoDB does not answer. Try again in a minute." in page


@pytest.mark.parametrize("written", [True, False])
def test_a_call_that_died_is_finished_by_the_next_one(add, monkeypatch, written):
    class Killed(BaseException):
        pass

    insert = promo_codes.insert_codes

    def die(codes):
        if written:
            insert(codes)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(promo_codes, "insert_codes", die)
        with pytest.raises(Killed):
            vanity.add_code(add.campaign, SYSTEM, code=CODE, max_uses=50)

    page = add(CODE)

    assert "1 code is added." in page
    assert Batch.objects.get().state == Batch.State.READY
    assert AuditEvent.objects.filter(action="add code").count() == 1
    assert check(CODE) is None


def test_of_many_who_add_the_same_code_at_once_one_succeeds(make_campaign, in_threads):
    campaigns = [make_campaign(slug=f"c-{n}", name=f"C {n}") for n in range(2)]

    def add(number):
        try:
            return vanity.add_code(campaigns[number % 2], SYSTEM, code=CODE, max_uses=50)
        except VerbRefused:
            return None

    added = [batch for batch in in_threads(6, add) if batch]

    stored = promo_codes.read_code(rules.normalise(CODE), consistent=True)
    assert [batch.public_id for batch in added] == [stored.batch]
    assert Batch.objects.get().public_id == stored.batch


def test_the_code_page_lists_what_was_chosen_and_says_where_a_code_comes_from(add):
    add(CODE, label="Poster")
    url = reverse("admin:campaigns_code_search")

    page = add.client.post(url, {"code": CODE}).content.decode()

    found, chosen = page.split('data-testid="chosen-codes"')
    assert "Chosen by hand" in found.split('data-testid="found-code"')[1]
    assert "Poster" in chosen
    assert "Autumn launch" in chosen
