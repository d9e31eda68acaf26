"""Who is told of sign-ups: set on a campaign's page, and in the audit trail."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from campaigns import notices
from campaigns.models import Campaign
from tests.backoffice.doors import do, do_to_many, page_url, verb_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign(make_campaign):
    return make_campaign()


def answer_to(client, campaign, **form):
    form = {"confirmed": "yes", "reason": "asked", "notify": "each", "addresses": "", **form}
    return client.post(verb_url(campaign, "notify"), form)


def test_nobody_is_told_unless_somebody_asks(campaign):
    assert (campaign.notify, campaign.addresses_to_notify) == ("none", [])


def test_staff_say_who_is_told(staff, campaign):
    typed = " Anna@Gatehouse.example \r\n\r\nbert@gatehouse.example\nanna@gatehouse.example"

    page = do(staff("marketing"), "notify", campaign, notify="each", addresses=typed)

    campaign.refresh_from_db()
    told = ["anna@gatehouse.example", "bert@gatehouse.example"]
    assert "The notices of 1 campaign are set." in page
    assert (campaign.notify, campaign.addresses_to_notify) == ("each", told)
    assert "anna@gatehouse.example, bert@gatehouse.example" in page


def test_the_audit_trail_says_who_was_told_before_and_after(staff, campaign):
    notices.set_notices(campaign, SYSTEM, notify="each", addresses=["anna@gatehouse.example"])

    do(staff("marketing"), "notify", campaign, notify="none", addresses="", reason="She left")

    event = AuditEvent.objects.filter(action="set notices").first()
    assert event.before == {"notify": "each", "addresses": ["anna@gatehouse.example"]}
    assert event.after == {"notify": "none", "addresses": []}
    assert event.reason == "She left"


def test_several_campaigns_are_set_at_once(staff, campaign, make_campaign):
    other = make_campaign(slug="other", name="Other")

    page = do_to_many(
        staff("marketing"), "notify", campaign, other, notify="daily", addresses="a@b.example"
    )

    assert "The notices of 2 campaigns are set." in page
    assert Campaign.objects.filter(notify="daily").count() == 2


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        ("", "Name at least one address."),
        ("anna@gatehouse.example\nbert", "“bert” is not an e-mail address."),
        ("anna@gatehouse.example, bert@gatehouse.example", "is not an e-mail address."),
        (f"{'x' * 60}@{'y' * 60}.{'z' * 30}.example", "at most 150 characters"),
        ("\n".join(f"p{n}@gatehouse.example" for n in range(21)), "Name 20 addresses at most."),
    ],
)
def test_what_is_no_list_of_addresses_is_refused(staff, campaign, addresses, words):
    answer = answer_to(staff("marketing"), campaign, addresses=addresses)

    campaign.refresh_from_db()
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert campaign.notify == "none"


def test_the_form_starts_from_what_is_set(staff, campaign):
    notices.set_notices(campaign, SYSTEM, notify="daily", addresses=["anna@gatehouse.example"])

    page = staff("marketing").get(verb_url(campaign, "notify"))

    assert page.context["form"]["notify"].value() == "daily"
    assert page.context["form"]["addresses"].value() == "anna@gatehouse.example"


def test_who_may_not_change_campaigns_sets_no_notices(staff, campaign):
    client = staff("support")

    answer = answer_to(client, campaign, addresses="anna@gatehouse.example")

    campaign.refresh_from_db()
    assert answer.status_code == 403
    assert campaign.notify == "none"
    assert verb_url(campaign, "notify") not in client.get(page_url(campaign)).content.decode()


def test_a_death_half_way_changes_nothing(staff, campaign, monkeypatch):
    from backoffice import audit

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(audit, "record", die)
    with pytest.raises(KeyboardInterrupt):
        notices.set_notices(campaign, SYSTEM, notify="each", addresses=["a@b.example"])

    assert Campaign.objects.get().notify == "none"


def test_saving_the_terms_leaves_the_notices_alone(campaign):
    from campaigns import gatekeeping

    opened_before = Campaign.objects.get()
    notices.set_notices(campaign, SYSTEM, notify="each", addresses=["a@b.example"])

    gatekeeping.save_campaign(opened_before, SYSTEM)

    assert Campaign.objects.get().notify == "each"


def test_new_addresses_lose_no_daily_notice(campaign):
    told = timezone.localdate() - timedelta(days=2)
    notices.set_notices(campaign, SYSTEM, notify="daily", addresses=["a@b.example"])
    Campaign.objects.update(notified_until=told)

    notices.set_notices(campaign, SYSTEM, notify="daily", addresses=["c@d.example"])

    assert Campaign.objects.get().notified_until == told
