"""The terms of a campaign, as a form reads them, and what is fixed once a code was redeemed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from adapters import gates
from backoffice.audit import SYSTEM
from campaigns import gatekeeping
from campaigns.domains import NotADomain, ascii_domain
from campaigns.gatekeeping import TermsLocked
from campaigns.models import Campaign
from tests.backoffice import rows
from tests.backoffice.doors import page_url, verb_url
from tests.campaigns.test_campaign_admin import FORM

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "admin:campaigns_campaign_add"
LOCKED = str(gatekeeping.LOCKED_SENTENCE)
# What a browser sends of a form whose locked terms are only shown.
OPEN_FIELDS = {
    name: value
    for name, value in FORM.items()
    if name not in ("tier", "starts_at_0", "starts_at_1")
}


@pytest.fixture
def add(staff):
    """Post the form of a new campaign; return the page that follows."""
    client = staff("marketing")

    def post(**fields):
        return client.post(reverse(ADD), {**FORM, **fields}, follow=True).content.decode()

    return post


@pytest.fixture
def redeemed(make_campaign):
    """A campaign of which a code was redeemed."""
    campaign = make_campaign(cap=100, allowed_domains="ames.example", new_customers_only=True)
    rows.a_redemption(rows.a_batch(campaign, state="ready"))
    return campaign


class TestKinds:
    @pytest.mark.parametrize(
        ("kind", "uses", "terms"),
        [
            ("single", "", (1, False)),
            ("single", "500", (1, False)),
            ("single-once", "", (1, True)),
            ("shared", "500", (500, False)),
            ("shared-once", "500", (500, True)),
        ],
    )
    def test_a_kind_stands_for_two_terms(self, add, kind, uses, terms):
        add(code_kind=kind, default_max_uses=uses)

        campaign = Campaign.objects.get()
        assert (campaign.default_max_uses, campaign.once_per_customer) == terms
        assert campaign.code_kind == kind
        assert gates.read_gate(campaign.public_id).once_per_customer == terms[1]

    @pytest.mark.parametrize("uses", ["", "1"])
    def test_a_shared_code_needs_a_number_of_uses(self, add, uses):
        page = add(code_kind="shared", default_max_uses=uses)

        assert "Say how many customers may share one code." in page
        assert not Campaign.objects.exists()

    def test_without_a_kind_nothing_is_saved(self, add):
        add(code_kind="")

        assert not Campaign.objects.exists()

    def test_the_form_shows_the_kind_that_it_is(self, staff, make_campaign):
        campaign = make_campaign(default_max_uses=50, once_per_customer=True)

        form = staff("marketing").get(page_url(campaign)).context["adminform"].form

        assert (form["code_kind"].value(), form["default_max_uses"].value()) == ("shared-once", 50)


class TestDomains:
    def test_one_spelling_reaches_the_gate(self, add):
        add(allowed_domains=" Example.COM \n\nb\u00fccher.example\nexample.com")

        gate = gates.read_gate(Campaign.objects.get().public_id)
        assert gate.allowed_domains == ("example.com", "xn--bcher-kva.example")

    @pytest.mark.parametrize(
        ("line", "hint"),
        [
            ("@example.com", "Write what stands after the @."),
            ("alice@example.com", "Write what stands after the @."),
            ("*.example.com", "Leave the star out: subdomains are included."),
            ("example", "Write one a line, such as example.com."),
            ("a.example, b.example", "Write one a line, such as example.com."),
            ("10.0.0.1", "Write one a line, such as example.com."),
            ("-a.example", "Write one a line, such as example.com."),
        ],
    )
    def test_a_wrong_line_is_named_with_what_to_do(self, add, line, hint):
        page = add(refused_domains=f"good.example\n{line}")

        assert f"Line 2: “{line}” is no domain. {hint}" in page
        assert not Campaign.objects.exists()

    def test_a_domain_cannot_be_in_both_lists(self, add):
        page = add(allowed_domains="example.com", refused_domains="EXAMPLE.com\nsub.example.com")

        assert "example.com stands in both lists of domains." in page

    @pytest.mark.parametrize("text", ["", "a" * 64 + ".example", "a..example", "a.example/", "."])
    def test_what_is_no_domain_is_refused(self, text):
        with pytest.raises(NotADomain):
            ascii_domain(text)


def test_the_form_names_the_time_zone_and_groups_the_terms(staff, settings):
    settings.TIME_ZONE = "Europe/Berlin"

    page = staff("marketing").get(reverse(ADD)).content.decode()

    assert "Time zone: Europe/Berlin." in page
    for heading in ("What it gives", "For whom", "When", "Codes", "Limits", "For you"):
        assert heading in page


def test_who_may_only_look_reads_the_kind_in_words(staff, redeemed):
    page = staff("support").get(page_url(redeemed)).content.decode()

    assert "Single-use: each code works for one customer" in page
    assert "duplicate it" not in page


class TestLocks:
    def test_locked_terms_are_shown_with_the_reason_and_what_may_change(self, staff, redeemed):
        page = staff("marketing").get(page_url(redeemed))

        form = page.context["adminform"].form
        assert set(form.fields) & set(gatekeeping.LOCKED) == set()
        assert "A code was redeemed, so what customers were promised stays" in page.content.decode()
        assert [value for value, _ in form.fields["code_kind"].choices] == ["single", "shared"]

    def test_before_the_first_redemption_nothing_is_locked(self, staff, make_campaign):
        page = staff("marketing").get(page_url(make_campaign()))

        assert set(gatekeeping.LOCKED) - {"once_per_customer"} <= set(
            page.context["adminform"].form.fields
        )
        assert "duplicate it" not in page.content.decode()

    def test_name_end_tags_and_a_higher_cap_may_change(self, staff, redeemed):
        form = {**OPEN_FIELDS, "name": "Longer", "tags": "fair", "cap": "200"}
        form |= {"ends_at_0": "2031-01-01", "ends_at_1": "00:00"}

        staff("marketing").post(page_url(redeemed), form)

        redeemed.refresh_from_db()
        gate = gates.read_gate(redeemed.public_id)
        assert (redeemed.name, redeemed.tags, gate.cap) == ("Longer", "fair", 200)
        assert (gate.ends_at.year, gate.tier, gate.new_customers_only) == (2031, "starter", True)

    @pytest.mark.parametrize(
        "forged",
        [
            {"tier": "pro"},
            {"tier": "starter", "access_days": "9"},
            {"tier": "starter", "starts_at_0": "2031-01-01", "starts_at_1": "00:00"},
            {"tier": "starter", "allowed_domains": "mine.example"},
            {"tier": "starter", "refused_domains": "ames.example"},
            {"tier": "starter"},
            {"access_days": "9"},
        ],
    )
    def test_a_form_that_sends_other_terms_is_refused_and_nothing_is_saved(
        self, staff, redeemed, forged
    ):
        before = gates.read_gate(redeemed.public_id)

        page = staff("marketing").post(
            page_url(redeemed), {**OPEN_FIELDS, "name": "Forged", **forged}
        )

        redeemed.refresh_from_db()
        assert LOCKED in page.content.decode()
        assert (redeemed.name, redeemed.access_days) == ("Autumn launch", None)
        assert gates.read_gate(redeemed.public_id) == before

    def test_a_kind_that_changes_who_may_redeem_is_refused(self, staff, redeemed):
        page = staff("marketing").post(
            page_url(redeemed), {**OPEN_FIELDS, "code_kind": "single-once"}
        )

        redeemed.refresh_from_db()
        assert LOCKED in page.content.decode()
        assert not redeemed.once_per_customer

    @pytest.mark.parametrize("cap", ["99"])
    def test_the_cap_may_only_grow(self, staff, redeemed, cap):
        page = staff("marketing").post(page_url(redeemed), {**OPEN_FIELDS, "cap": cap})

        redeemed.refresh_from_db()
        assert "A code was redeemed: this may only grow." in page.content.decode()
        assert redeemed.cap == 100

    def test_a_redemption_while_the_form_is_being_saved_is_told(
        self, staff, make_campaign, monkeypatch
    ):
        campaign = make_campaign()
        save = gatekeeping.save_campaign

        def redeem_and_save(row, act):
            rows.a_redemption(rows.a_batch(campaign, state="ready"))
            save(row, act)

        monkeypatch.setattr(gatekeeping, "save_campaign", redeem_and_save)

        page = staff("marketing").post(page_url(campaign), FORM, follow=True).content.decode()

        assert LOCKED in page
        assert "changed successfully" not in page
        assert Campaign.objects.get().tier == "starter"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("tier", "pro"),
            ("access_days", 3),
            ("once_per_customer", True),
            ("new_customers_only", False),
            ("allowed_domains", ""),
            ("refused_domains", "x.example"),
            ("cap", 99),
        ],
    )
    def test_the_service_refuses_whatever_the_door_let_in(self, redeemed, name, value):
        setattr(redeemed, name, value)

        with pytest.raises(TermsLocked):
            gatekeeping.save_campaign(redeemed, SYSTEM)

        assert getattr(Campaign.objects.get(), name) != value


class TestAfterTheForm:
    def test_a_date_alone_is_the_whole_day(self, add):
        add(starts_at_0="2026-12-01", ends_at_0="2026-12-11")

        campaign = Campaign.objects.get()
        moments = [timezone.localtime(at) for at in (campaign.starts_at, campaign.ends_at)]
        assert [f"{at:%Y-%m-%d %H:%M}" for at in moments] == [
            "2026-12-01 00:00",
            "2026-12-11 23:59",
        ]

    def test_a_time_alone_is_no_moment(self, add):
        add(ends_at_1="12:00")

        assert not Campaign.objects.exists()

    def test_a_new_campaign_leads_to_its_page_where_codes_are_made(self, add):
        page = add()

        assert "0 codes issued" in page
        assert verb_url(Campaign.objects.get(), "generate") in page
