"""The sentences: one for each reason, and none that tells a stranger more than another."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.gates import Gate
from campaigns import errors, wording
from campaigns.redemptions import Answer

GATE = Gate("c1", name="Autumn launch", tier="pro", state="open", generation=1)
KINDS = [kind for kind in errors.CodeRefused.__subclasses__() if kind is not errors.CodeMisspelled]


def test_a_good_code_has_no_reason():
    assert wording.reason(None) is None


def test_a_misspelled_code_is_no_secret():
    assert wording.reason(errors.CodeMisspelled()) == "misspelled"


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_may_not_learn_why_reads_the_same_for_every_reason(kind):
    reason = wording.reason(kind(may_tell_why=False))

    assert (reason, wording.sentence(reason)) == ("unusable", wording.sentence("unusable"))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not errors.CodeUnknown])
def test_whoever_may_learn_why_reads_a_sentence_of_its_own(kind):
    reason = wording.reason(kind(may_tell_why=True))

    assert reason == kind.code
    assert wording.sentence(reason) != wording.sentence("unusable")


def test_a_reason_without_a_sentence_reads_as_unusable():
    assert wording.sentence("never heard of") == wording.sentence("unusable")


@pytest.mark.parametrize(
    "reason",
    ["misspelled", "not_started", "expired", "used_up", "paused", "rate_limited", "revoked", "x"],
)
def test_a_sentence_is_calm_and_ends(reason):
    sentence = wording.sentence(reason)

    assert sentence.endswith(".")
    assert "!" not in sentence


def test_a_good_code_says_tier_and_campaign():
    said = wording.good(Answer(None, gate=GATE))

    assert said == "Good: it gives you the Pro tier (Autumn launch)."


def test_a_good_code_says_until_when_and_in_which_time_zone(settings):
    end = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)

    settings.TIME_ZONE = "Europe/Berlin"
    said = wording.good(Answer(None, gate=GATE, until=end))

    assert said.endswith("tier (Autumn launch). Use it until 2026-12-01 01:30 CET.")


@pytest.mark.parametrize(("days", "words"), [(1, "for 1 day ("), (30, "for 30 days (")])
def test_a_good_code_says_for_how_long(days, words):
    said = wording.good(Answer(None, gate=replace(GATE, access_days=days)))

    assert said == f"Good: it gives you the Pro tier {words}Autumn launch)."


def test_a_percent_sign_in_a_name_is_a_percent_sign():
    gate = Gate("c1", name="50% off %(tier)s", tier="pro", state="open", generation=1)

    assert "(50% off %(tier)s)" in wording.good(Answer(None, gate=gate))


def test_a_refused_code_promises_nothing():
    assert wording.good(Answer(errors.CodeUnknown())) == ""
