"""Text records as the DNS has them: some, none, huge, behind an alias, and no answer at all."""

import pytest

from adapters import text_records
from adapters.errors import TryLater

NAME = "ames.example"


@pytest.fixture
def ask(cloud):
    return lambda name=NAME: text_records.text_records(name, servers=[cloud.addresses.dns])


def test_records_are_read_each_in_one_piece(cloud, ask):
    cloud.dns.put(NAME, "v=spf1 -all")
    cloud.dns.put(NAME, "x" * 600)

    assert sorted(ask()) == ["v=spf1 -all", "x" * 600]
    assert sorted(ask()) == sorted(ask("AMES.example"))


def test_a_name_without_records_says_nothing(ask):
    assert ask("nobody.example") == []


def test_more_than_fits_into_a_datagram_comes_all_the_same_and_is_bounded(cloud, ask):
    for number in range(150):
        cloud.dns.put(NAME, f"{number:03}" * 100)
    cloud.dns.put("long.example", "y" * 20_000)

    assert len(ask()) == text_records.MOST_RECORDS
    assert [len(text) for text in ask("long.example")] == [text_records.LONGEST]


def test_what_stands_behind_an_alias_is_anothers(cloud, ask):
    cloud.dns.put("host.example", "gatehouse")
    cloud.dns.aliases[NAME] = "host.example"

    assert ask() == []


def test_bytes_that_are_no_text_are_read_past(cloud, ask):
    cloud.dns.put(NAME, "grüße\x00")

    assert ask()[0].startswith("gr")


@pytest.mark.parametrize("fault", ["servfail", "silence"])
def test_who_does_not_answer_is_asked_later(cloud, ask, monkeypatch, fault):
    monkeypatch.setattr(text_records, "PATIENCE_SECONDS", 0.2)
    cloud.dns.faults[NAME] = fault

    with pytest.raises(TryLater, match="dns"):
        ask()


def test_a_name_that_is_too_long_says_nothing(ask):
    assert ask(f"_gatehouse.{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.example") == []
