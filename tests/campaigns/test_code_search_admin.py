"""Code search: any spelling finds the code, staff read the true reason, no code is in a URL."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from adapters import promo_codes
from adapters.errors import TryLater
from backoffice.audit import SYSTEM, Act
from campaigns import gatekeeping, redemptions, rules
from campaigns.eligibility import Customer
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


def look_up(client, code: str) -> str:
    answer = client.post(reverse("admin:campaigns_code_search"), {"code": code})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("spell", [str, str.lower, lambda code: f"  {code.replace('-', ' ')} "])
def test_a_good_code_is_found_in_any_spelling(staff, make_code, spell):
    code = make_code()

    page = look_up(staff("support"), spell(code))

    assert "Good: whoever enters it now is let in." in page
    assert "Autumn launch" in page
    assert "0 of 1" in page


def test_the_result_shows_the_code_masked(staff, make_code):
    code = make_code()

    page = look_up(staff("support"), code)

    result = page.split('data-testid="found-code"')[1]
    assert rules.masked(rules.normalise(code)) in result
    assert rules.normalise(code) not in result


def test_the_masked_code_begins_as_it_is_printed(staff, make_campaign, make_code):
    code = make_code(make_campaign(prefix="LAUNCH"))
    assert rules.normalise(code).startswith("1AUNCH")

    page = look_up(staff("support"), code)

    assert f"LAUN…{rules.normalise(code)[-3:]}" in page


def test_a_redeemed_code_leads_to_its_redemption_and_its_customer(staff, make_code):
    code = make_code()
    row = sign_up(code=code)

    page = look_up(staff("support"), code)

    assert "It has been used as often as it allows." in page
    assert reverse("admin:tenants_tenant_change", args=(row.tenant.pk,)) in page
    assert reverse("admin:campaigns_redemption_change", args=(1,)).rsplit("1", 1)[0] in page


def test_marketing_finds_the_redemption_and_no_link_to_the_customer(staff, make_code):
    code = make_code()
    row = sign_up(code=code)

    page = look_up(staff("marketing"), code)

    assert str(row.pk)[:8] in page
    assert "/admin/tenants/tenant/" not in page


def test_a_shared_code_shows_how_often_it_was_used(staff, make_code):
    code = make_code(max_uses=3)
    sign_up(code=code)

    page = look_up(staff("support"), code)

    assert "1 of 3" in page
    assert "Good: whoever enters it now is let in." in page


def test_staff_read_the_true_reason_even_of_a_shared_code(staff, make_campaign, make_code):
    campaign = make_campaign()
    code = make_code(campaign, max_uses=3)
    gatekeeping.pause_campaign(campaign, SYSTEM)

    assert "Its campaign is paused." in look_up(staff("support"), code)


def test_a_code_before_its_campaign_names_the_day(staff, make_campaign, make_code):
    starts = timezone.now() + timedelta(days=5)
    code = make_code(make_campaign(starts_at=starts))

    assert f"Its campaign starts on {starts:%Y-%m-%d}" in look_up(staff("support"), code)


def test_an_expired_code_names_the_day_on_which_it_ended(staff, make_campaign, make_code):
    ended = timezone.now() - timedelta(days=2)
    code = make_code(make_campaign(ends_at=timezone.now() + timedelta(days=5)), expires_at=ended)

    assert f"It expired on {ended:%Y-%m-%d}" in look_up(staff("support"), code)


def test_a_stopped_batch_is_told_apart_from_a_stopped_campaign(staff, make_campaign, make_code):
    campaign = make_campaign()
    code = make_code(campaign)
    campaign.batches.update(state="revoked")
    gatekeeping.save_campaign(campaign, SYSTEM)

    assert "Its batch was withdrawn." in look_up(staff("support"), code)


def test_a_misspelled_code_is_told_apart_from_one_that_never_was(staff, make_code):
    code = make_code()
    last = "0" if code[-1] != "0" else "1"
    client = staff("support")

    misspelled = look_up(client, code[:-1] + last)
    unknown = look_up(client, "VANITY2026")

    assert "No code looks like this: check the spelling." in misspelled
    assert "There is no such code." in unknown


def test_nothing_is_looked_up_without_a_code(staff):
    answer = staff("support").post(reverse("admin:campaigns_code_search"), {"code": ""})

    assert "This field is required." in answer.content.decode()


def test_without_dynamodb_the_page_says_so_calmly(staff, make_code, monkeypatch):
    code = make_code()

    def fail(*args, **kwargs):
        raise TryLater("dynamodb GetItem: unreachable")

    monkeypatch.setattr(promo_codes, "read_code", fail)

    assert "DynamoDB does not answer." in look_up(staff("support"), code)


def test_a_code_in_the_address_is_not_looked_up(staff, make_code):
    code = make_code()

    page = staff("support").get(reverse("admin:campaigns_code_search"), {"code": code})

    assert "found-code" not in page.content.decode()


def test_the_answer_is_not_kept_by_the_browser(staff):
    answer = staff("support").get(reverse("admin:campaigns_code_search"))

    assert "no-store" in answer["Cache-Control"]


def test_who_may_not_see_redemptions_may_not_search(staff, make_code):
    code = make_code()
    client = staff("view_job")

    answer = client.post(reverse("admin:campaigns_code_search"), {"code": code})

    assert answer.status_code == 403


def test_the_page_tells_the_whole_life_of_a_code(staff, make_campaign, make_code):
    campaign = make_campaign(confirm_first=True)
    code = make_code(campaign)
    now = timezone.now()
    alice = Customer("alice@example.com")
    redemptions.hold_code(
        code, held_by="form-1", customer=alice, now=now, until=now + timedelta(minutes=30)
    )
    redemptions.release_code(code, redeemed_by="form-1", now=now)
    redemptions.redeem_code(code, redeemed_by="form-2", customer=alice, now=now)
    gatekeeping.pause_campaign(campaign, Act(None, "A mistake on the flyer"))

    life = look_up(staff("admin"), code).partition("Its life")[2]

    for words in ("Made", "Held until", "Given back", "Redeemed", "pause campaign", "the flyer"):
        assert words in life
    assert life.count("form-1") == 2
    assert life.count("form-2") == 1


def test_the_reason_that_staff_gave_is_for_those_who_see_the_audit_trail(
    staff, make_campaign, make_code
):
    campaign = make_campaign()
    code = make_code(campaign)
    gatekeeping.pause_campaign(campaign, Act(None, "A mistake on the flyer"))

    assert "the flyer" not in look_up(staff("support"), code)
