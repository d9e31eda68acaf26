"""Before codes are generated: what they look like, how safe they are, and nothing done yet."""

import re
from html import unescape

import pytest

from adapters.aws import client as aws
from adapters.definitions import name_of
from backoffice.models import Job
from campaigns import rules
from campaigns.models import Batch
from campaigns.odds import odds_of
from tests.backoffice.doors import choose, verb_url

pytestmark = pytest.mark.django_db(transaction=True)


def samples(page):
    text = page.split('data-testid="preview"')[1]
    return re.findall(r"<code>(\S+)</code>", text)


@pytest.fixture
def campaign(make_campaign):
    return make_campaign(prefix="oil")


def test_three_samples_in_the_right_shape_that_differ_each_time(staff, campaign):
    client = staff("marketing")

    first, again = (client.get(verb_url(campaign, "generate")).content.decode() for _ in range(2))

    assert len(set(samples(first) + samples(again))) == 6
    for sample in samples(first):
        assert re.fullmatch(r"OIL-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}", sample)
        assert rules.is_spelled_well(rules.normalise(sample), frozenset({"011"}))
    assert "samples are stored nowhere and cannot be redeemed" in first


def test_a_preview_of_the_numbers_typed_makes_nothing(staff, campaign):
    form = {"confirmed": "yes", "preview": "yes", "count": "1000000", "max_uses": "2"}
    before = aws("dynamodb").scan(TableName=name_of("promo-codes"))["Items"]

    answer = staff("marketing").post(verb_url(campaign, "generate"), {**form, "label": "Fair"})

    page = unescape(answer.content.decode())
    assert answer.status_code == 200
    assert "1,000,000 codes, at most 2,000,000 sign-ups with them." in page
    assert "needs 3.7 years for it" in page
    assert answer.context["form"]["label"].value() == "Fair"
    assert not Batch.objects.exists()
    assert not Job.objects.exists()
    assert aws("dynamodb").scan(TableName=name_of("promo-codes"))["Items"] == before


def test_before_anything_is_typed_a_thousand_stand_for_an_example(staff, campaign):
    page = staff("marketing").get(verb_url(campaign, "generate")).content.decode()

    assert "1,000 codes, at most 1,000 sign-ups with them." in page


def test_several_campaigns_show_one_sample_each(staff, campaign, make_campaign):
    other = make_campaign(slug="other", name="Other", prefix="GAS")

    page = choose(staff("marketing"), "generate", campaign, other).content.decode()

    assert {sample[:4] for sample in samples(page)} == {"OIL-", "GAS-"}


def test_impossible_numbers_are_named_and_the_preview_is_there_still(staff, campaign):
    form = {"confirmed": "yes", "preview": "yes", "count": "0", "max_uses": "", "reason": "x"}

    answer = staff("marketing").post(verb_url(campaign, "generate"), form)

    assert answer.status_code == 422
    assert len(samples(answer.content.decode())) == 3


def test_the_expiry_of_a_batch_is_asked_for_and_carried_by_its_codes(staff, campaign):
    form = {"confirmed": "yes", "count": "5", "max_uses": "1", "reason": "x"}

    staff("marketing").post(
        verb_url(campaign, "generate"), {**form, "expires_at": "2031-01-15T12:00"}
    )

    batch = Batch.objects.get()
    assert batch.expires_at.year == 2031
    assert batch.written_expires_at == batch.expires_at


@pytest.mark.parametrize(
    ("count", "tries", "years", "batches"),
    [
        (1, "1.2 million million million", "3.7 million", None),
        (1000, "1.2 thousand million million", "3,700", "2.3 million million"),
        (1_000_000, "1.2 million million", "3.7", "2.3 million"),
    ],
)
def test_the_odds_in_words(count, tries, years, batches):
    odds = odds_of(count, max_uses=1)

    assert f"one try in {tries} hits" in odds.guessing
    assert f"needs {years} years" in odds.guessing
    if batches:
        assert f"once in {batches} such batches" in odds.collision
    else:
        assert "never overwritten" in odds.collision
