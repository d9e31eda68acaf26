"""Links to the sign-up page: what they say, and what they keep to the browser."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.links import LONGEST, Origin, cleaned, sign_up_link

PAGE = "https://gatehouse.example/signup/"


def test_a_link_says_only_what_was_filled_in():
    origin = Origin(utm_source="newsletter", utm_campaign="autumn-launch")

    link = sign_up_link(PAGE, origin)

    assert link == f"{PAGE}?utm_source=newsletter&utm_campaign=autumn-launch"


def test_a_link_that_says_nothing_is_the_page():
    assert sign_up_link(PAGE, Origin()) == PAGE


def test_the_code_is_in_the_fragment_alone():
    link = urlsplit(sign_up_link(PAGE, Origin(utm_source="fair"), "AUTUMN-7KQ2"))

    assert link.fragment == "code=AUTUMN-7KQ2"
    assert "7KQ2" not in link.query


@given(st.text(max_size=30))
def test_whatever_is_written_arrives_as_it_was_written(text):
    link = urlsplit(sign_up_link(PAGE, Origin(utm_term=text), text))

    assert parse_qs(link.query).get("utm_term", [""]) == [text]
    assert parse_qs(link.fragment).get("code", [""]) == [text]


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("newsletter", "newsletter"),
        ("  two\twords\r\n", "two words"),
        ("nul\0and\x1besc", "nulandesc"),
        ("turned\u202eround", "turnedround"),
        ("Straße 東京", "Straße 東京"),
        ("x" * 200, "x" * LONGEST),
        ("x" * 99 + " y", "x" * 99),
    ],
)
def test_an_origin_is_short_and_printable(given_text, kept):
    assert cleaned(given_text) == kept
