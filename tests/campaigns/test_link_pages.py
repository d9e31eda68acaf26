"""Links of a campaign: made by staff, checked before they are printed, no code in any URL."""

import base64
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.urls import reverse

from adapters import promo_codes
from adapters.errors import TryLater
from backoffice.audit import SYSTEM
from backoffice.qr_codes import LinkTooLong, qr_code
from campaigns import gatekeeping, rules
from tests.backoffice.doors import page_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign(make_campaign):
    return make_campaign()


def links_url(campaign) -> str:
    return reverse("admin:campaigns_campaign_links", args=(campaign.pk,))


def make_link(client, campaign, **form):
    return client.post(links_url(campaign), {"utm_source": "", **form})


def link_in(answer) -> str:
    [text] = re.findall(r'data-testid="link">([^<]*)</textarea>', answer.content.decode())
    return unescape(text)


def test_the_page_starts_with_a_link_that_names_the_campaign(staff, campaign):
    page = staff("marketing").get(links_url(campaign))

    assert link_in(page) == f"{settings.PORTAL_URL}/signup/?utm_campaign=autumn-launch"


def test_a_link_says_where_it_stands(staff, campaign):
    words = {"utm_source": " newsletter ", "utm_medium": "mail", "utm_content": "at the top"}

    link = link_in(make_link(staff("marketing"), campaign, **words))

    assert urlsplit(link).query == "utm_source=newsletter&utm_medium=mail&utm_content=at+the+top"


def test_the_link_leads_to_the_form(staff, campaign, client):
    link = urlsplit(link_in(make_link(staff("marketing"), campaign, utm_source="fair")))

    page = client.get(f"{link.path}?{link.query}")

    assert 'name="utm_source" value="fair"' in page.content.decode()


def test_a_code_goes_behind_the_hash_as_it_was_typed(staff, campaign, make_code):
    code = make_code(campaign, max_uses=100)
    typed = code.replace("-", "- ").lower()

    answer = make_link(staff("marketing"), campaign, utm_source="fair", code=typed)

    assert link_in(answer).endswith(f"/signup/?utm_source=fair#code={code.lower()}")
    assert answer.status_code == 200
    assert "gh-note" not in answer.content.decode()


def test_a_code_in_the_address_is_not_taken(staff, campaign, make_code):
    code = make_code(campaign, max_uses=100)

    page = staff("marketing").get(links_url(campaign), {"code": code})

    assert code not in page.content.decode()


def test_a_code_for_one_customer_comes_with_a_hint(staff, campaign, make_code):
    answer = make_link(staff("marketing"), campaign, code=make_code(campaign))

    assert "#code=" in link_in(answer)
    assert "This code works once." in answer.content.decode()


def test_a_code_that_is_refused_now_comes_with_the_reason(staff, campaign, make_code):
    code = make_code(campaign, max_uses=100)
    gatekeeping.pause_campaign(campaign, SYSTEM)

    page = make_link(staff("marketing"), campaign, code=code).content.decode()

    assert "Whoever follows it now is refused. Its campaign is paused." in page


def test_a_code_of_another_campaign_makes_no_link(staff, campaign, make_campaign, make_code):
    other = make_campaign(slug="other", name="Partner preview")

    answer = make_link(staff("marketing"), campaign, code=make_code(other, max_uses=100))

    assert answer.status_code == 422
    assert "This code belongs to Partner preview." in answer.content.decode()
    assert 'data-testid="link"' not in answer.content.decode()


@pytest.mark.parametrize(
    ("code", "words"),
    [("NEVERMADE", "There is no such code."), ("no!", "No code looks like this")],
)
def test_a_code_that_is_none_makes_no_link(staff, campaign, code, words):
    answer = make_link(staff("marketing"), campaign, code=code)

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_without_dynamodb_a_code_cannot_be_vouched_for(staff, campaign, make_code, monkeypatch):
    code = make_code(campaign)

    def fail(*args, **kwargs):
        raise TryLater("dynamodb GetItem: unreachable")

    monkeypatch.setattr(promo_codes, "read_code", fail)

    with_code = make_link(staff("marketing"), campaign, code=code)
    without = make_link(staff("marketing", username="other"), campaign)

    assert "DynamoDB does not answer." in with_code.content.decode()
    assert without.status_code == 200


def test_words_that_are_too_long_are_refused(staff, campaign):
    answer = make_link(staff("marketing"), campaign, utm_source="x" * 101)

    assert answer.status_code == 422
    assert 'data-testid="link"' not in answer.content.decode()


def test_the_picture_is_that_of_the_link(staff, campaign):
    answer = make_link(staff("marketing"), campaign, utm_source="fair")

    [picture] = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', answer.content.decode())
    assert base64.b64decode(picture) == qr_code(link_in(answer))


def test_the_picture_is_downloaded_as_a_file(staff, campaign, make_code):
    code = make_code(campaign, max_uses=100)
    form = {"utm_source": "Fair Berlin", "code": code}
    client = staff("marketing")

    file = make_link(client, campaign, **form, as_file="yes")

    assert file["Content-Type"] == "image/svg+xml"
    assert file["Content-Disposition"] == 'attachment; filename="autumn-launch-fair-berlin.svg"'
    assert file.content == qr_code(link_in(make_link(client, campaign, **form)))


def test_what_fits_in_no_qr_code_is_a_link_all_the_same(staff, campaign):
    words = {f"utm_{name}": "東" * 100 for name in ("source", "medium", "campaign", "term")}

    answer = make_link(staff("marketing"), campaign, **words)

    assert "This link is too long for a QR code." in answer.content.decode()
    assert len(link_in(answer)) > 2331


def test_a_qr_code_refuses_what_it_cannot_hold():
    qr_code("x" * 2331)

    with pytest.raises(LinkTooLong):
        qr_code("x" * 2332)


def test_a_campaign_leads_to_its_links(staff, campaign):
    page = staff("marketing").get(page_url(campaign)).content.decode()

    assert links_url(campaign) in page


def test_who_may_not_see_campaigns_makes_no_links(staff, campaign):
    client = staff("view_redemption")

    assert client.get(links_url(campaign)).status_code == 403
    assert make_link(client, campaign).status_code == 403


def test_the_page_is_not_kept_by_the_browser(staff, campaign):
    assert "no-store" in make_link(staff("marketing"), campaign)["Cache-Control"]


def test_a_campaign_that_is_not_there_has_no_links(staff):
    assert staff("marketing").get("/admin/campaigns/campaign/999/links/").status_code == 404


def look_up(client, code: str) -> str:
    answer = client.post(reverse("admin:campaigns_code_search"), {"code": code})
    return str(answer.content.decode())


def test_the_code_search_leads_from_a_shared_code_to_its_links(staff, campaign, make_code):
    code = make_code(campaign, max_uses=100)
    client = staff("marketing")

    page = look_up(client, code)

    [form] = re.findall(
        rf'<form method="post" action="{links_url(campaign)}">.*?</form>', page, re.S
    )
    named = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    link = link_in(client.post(links_url(campaign), named))
    assert link.endswith(f"/signup/?utm_campaign=autumn-launch#code={code}")


def test_the_code_search_shows_a_code_for_one_customer_masked_and_without_links(
    staff, campaign, make_code
):
    code = make_code(campaign)

    result = look_up(staff("marketing"), code).split('data-testid="found-code"')[1]

    assert links_url(campaign) not in result
    assert code not in result
    assert rules.masked(rules.normalise(code)) in result
