"""Staff see every kind of mail, with made-up facts: whole, and without anything that is secret."""

import re

import pytest
from django.urls import reverse

from tenants import mail_samples
from tenants.models import NOTICES, Message, OneTimeLink

pytestmark = pytest.mark.django_db

KINDS = list(Message.Kind)
PAGE = "admin:tenants_mail_samples"
ADDRESS = re.compile(r"https?://[^\s\"<>]+")


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_has_a_subject_a_text_and_an_html_part_with_the_same_links(kind, settings):
    made = mail_samples.sample_of(kind)

    assert made.subject.strip()
    of_text = {found.rstrip(".,") for found in ADDRESS.findall(made.text)}
    of_html = set(re.findall(r'href="(https?://[^"]+)"', made.html))
    assert settings.PORTAL_URL in of_text
    assert of_html <= of_text | {settings.PORTAL_URL}
    assert of_text <= of_html


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_missing_in_a_sample(kind):
    made = mail_samples.sample_of(kind)

    for words in made:
        assert "None" not in words
        assert " ," not in words
        assert "{{" not in words
        assert "{%" not in words
    assert "<strong></strong>" not in made.html
    assert 'href=""' not in made.html


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_of_a_mail_is_not_that_of_another_kind(kind):
    others = {mail_samples.sample_of(other).text for other in KINDS if other != kind}

    assert mail_samples.sample_of(kind).text not in others


def test_a_sample_makes_no_link_and_no_mail(staff):
    client = staff("marketing")

    for kind in KINDS:
        assert client.get(reverse(PAGE), {"kind": kind}).status_code == 200

    assert not OneTimeLink.objects.exists()
    assert not Message.objects.exists()


def test_the_page_shows_html_in_frames_that_run_nothing_and_the_text_beside(staff):
    page = staff("support").get(reverse(PAGE), {"kind": "welcome"})

    words = page.content.decode()
    assert words.count('sandbox=""') == 2
    assert "sample-of-a-link" in words
    assert 'srcdoc="&lt;!doctype html&gt;' in words
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "Choose your password for Gatehouse" in words


def test_an_unknown_kind_shows_the_first_one(staff):
    page = staff("support").get(reverse(PAGE), {"kind": "<nothing>"})

    assert page.context["kind"] == Message.Kind.WELCOME


def test_staff_without_the_right_see_no_samples(staff):
    assert staff("view_campaign").get(reverse(PAGE)).status_code == 403


def test_every_notice_says_why_one_gets_it():
    for kind in NOTICES:
        assert "You get this mail because" in mail_samples.sample_of(kind).text
