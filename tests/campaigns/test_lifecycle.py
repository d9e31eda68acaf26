"""What becomes of a campaign: longer, larger, copied, put away and brought back."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from adapters import gates
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from backoffice.verbs import VerbRefused
from campaigns import gatekeeping, generation, lifecycle, redemptions
from campaigns.errors import CodeRevoked
from campaigns.gatekeeping import NotInForceYet
from campaigns.models import Batch, Campaign
from tests.backoffice import rows
from tests.backoffice.doors import do, do_to_many, list_url, page_url
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


def gate(campaign):
    return gates.read_gate(campaign.public_id)


def listed(client, query=""):
    page = client.get(list_url(Campaign()) + query)
    return {row.name for row in page.context["cl"].result_list}


class TestExtending:
    def test_the_new_end_is_in_force_and_in_the_trail(self, staff, make_campaign, now):
        campaign = make_campaign(ends_at=now + timedelta(days=1))

        page = do(staff("marketing"), "extend", campaign, ends_at="2031-01-15T12:00")

        event = AuditEvent.objects.get(action="extend campaign")
        assert "1 campaign is extended." in page
        assert gate(campaign).ends_at.year == 2031
        assert event.before == {"ends_at": (now + timedelta(days=1)).isoformat()}
        assert event.after["ends_at"].startswith("2031-01-15T")

    def test_a_campaign_that_has_ended_goes_on(self, make_campaign, now):
        campaign = make_campaign(ends_at=now - timedelta(days=1))

        lifecycle.extend_campaign(campaign, SYSTEM, ends_at=now + timedelta(days=1))

        assert gate(campaign).ends_at == now + timedelta(days=1)

    @pytest.mark.parametrize(("end", "new_end"), [(None, 5), (9, 5), (9, 9), (-5, -1)], ids=str)
    def test_what_would_not_be_longer_is_refused(self, make_campaign, now, end, new_end):
        ends_at = now + timedelta(days=end) if end else None
        campaign = make_campaign(ends_at=ends_at)

        with pytest.raises(VerbRefused):
            lifecycle.extend_campaign(campaign, SYSTEM, ends_at=now + timedelta(days=new_end))

        assert gate(campaign).ends_at == ends_at

    def test_it_undoes_nothing_that_a_colleague_did_meanwhile(self, make_campaign, now):
        campaign = make_campaign(ends_at=now + timedelta(days=1))
        opened_before = Campaign.objects.get()
        gatekeeping.pause_campaign(campaign, SYSTEM)

        lifecycle.extend_campaign(opened_before, SYSTEM, ends_at=now + timedelta(days=2))

        assert gate(campaign).state == "paused"


class TestTheCap:
    @pytest.mark.parametrize(("typed", "cap"), [("200", 200), ("", None)])
    def test_a_higher_cap_is_in_force(self, staff, make_campaign, typed, cap):
        campaign = make_campaign(cap=100)

        page = do(staff("marketing"), "raise-cap", campaign, cap=typed)

        assert "1 campaign has a higher cap." in page
        assert gate(campaign).cap == cap
        assert AuditEvent.objects.latest("id").before == {"cap": 100}

    @pytest.mark.parametrize(("before", "after"), [(100, 100), (100, 99), (None, 5), (None, None)])
    def test_what_is_not_higher_is_refused(self, make_campaign, before, after):
        campaign = make_campaign(cap=before)

        with pytest.raises(VerbRefused, match="may only grow"):
            lifecycle.raise_cap(campaign, SYSTEM, cap=after)

        assert gate(campaign).cap == before


class TestTheArchive:
    def test_its_codes_are_refused_and_it_leaves_the_list(self, staff, make_campaign, make_code):
        campaign, client = make_campaign(), staff("marketing")
        code = make_code(campaign)

        page = do(client, "archive", campaign)

        answer = redemptions.check_code(code, now=timezone.now())
        assert "1 campaign is archived." in page
        assert isinstance(answer.refusal, CodeRevoked)
        assert listed(client) == set()
        assert listed(client, "?state__exact=archived") == {"Autumn launch"}
        assert listed(client, "?state__exact=all") == {"Autumn launch"}

    def test_taken_out_it_is_paused_until_somebody_resumes_it(self, staff, make_campaign):
        campaign, client = make_campaign(), staff("marketing")
        do(client, "archive", campaign)

        page = do(client, "unarchive", campaign)

        assert "1 campaign is out of the archive." in page
        assert gate(campaign).state == "paused"
        do(client, "resume", campaign)
        assert gate(campaign).state == "open"

    @pytest.mark.parametrize("verb", ["pause", "resume"])
    def test_no_other_verb_takes_it_out(self, staff, make_campaign, verb):
        campaign, client = make_campaign(), staff("marketing")
        lifecycle.archive_campaign(campaign, SYSTEM)

        page = do_to_many(client, verb, campaign)

        assert gate(campaign).state == "archived"
        assert "is open." not in page
        assert "is paused." not in page

    def test_archiving_twice_is_refused_and_so_is_taking_out_what_is_not_in(self, make_campaign):
        campaign = make_campaign()
        with pytest.raises(VerbRefused, match="not archived"):
            lifecycle.unarchive_campaign(campaign, SYSTEM)
        lifecycle.archive_campaign(campaign, SYSTEM)

        with pytest.raises(VerbRefused, match="archived already"):
            lifecycle.archive_campaign(campaign, SYSTEM)

    def test_no_codes_are_made_for_it(self, make_campaign):
        campaign = make_campaign()
        opened_before = Campaign.objects.get()
        lifecycle.archive_campaign(campaign, SYSTEM)

        with pytest.raises(VerbRefused):
            generation.generate_codes(opened_before, count=1, max_uses=1, act=SYSTEM)
        with pytest.raises(CommandError, match="take it out of the archive"):
            call_command("generate_codes", campaign.slug, count=1)

        assert not Batch.objects.exists()

    def test_without_dynamodb_it_is_not_called_done(self, make_campaign):
        campaign = make_campaign()

        with failing("dynamodb", "PutItem", "InternalServerError"), pytest.raises(NotInForceYet):
            lifecycle.archive_campaign(campaign, SYSTEM)
        gatekeeping.write_due_gates()

        assert gate(campaign).state == "archived"


class TestDuplicating:
    def test_the_copy_has_the_terms_no_codes_and_is_paused(self, staff, make_campaign, now):
        campaign = make_campaign(
            tier="pro",
            access_days=30,
            cap=9,
            once_per_customer=True,
            new_customers_only=True,
            confirm_first=True,
            allowed_domains="a.example",
            refused_domains="b.a.example",
            tags="fair",
            prefix="FAIR",
            default_max_uses=5,
            ends_at=now + timedelta(days=3),
        )
        rows.a_redemption(rows.a_batch(campaign, state="ready"))

        page = do(staff("marketing"), "duplicate", campaign, reason="other tier")

        copy = Campaign.objects.get(slug="autumn-launch-2")
        own = {"id", "public_id", "name", "slug", "state", "created_at"}
        own |= {"generation", "gate_generation"}
        fields = [field.name for field in Campaign._meta.fields if field.name not in own]
        differing = [name for name in fields if getattr(copy, name) != getattr(campaign, name)]
        assert "1 campaign is duplicated." in page
        assert differing == []
        assert (copy.name, copy.state, copy.batches.count()) == (
            "Copy of Autumn launch",
            "paused",
            0,
        )
        assert gate(copy).state == "paused"
        assert gatekeeping.locked_fields(copy) == ()
        assert AuditEvent.objects.get(action="duplicate campaign").reason == "other tier"

    def test_it_leads_to_the_copy(self, staff, make_campaign):
        campaign, client = make_campaign(), staff("marketing")

        page = do(client, "duplicate", campaign)

        assert page_url(Campaign.objects.get(name="Copy of Autumn launch")) in page
        assert "for commands: autumn-launch-2" in page

    def test_dates_that_are_over_are_left_empty(self, make_campaign, now):
        campaign = make_campaign(starts_at=now - timedelta(days=9), ends_at=now - timedelta(days=1))

        copy = lifecycle.duplicate_campaign(campaign, SYSTEM)

        assert (copy.starts_at, copy.ends_at) == (None, None)

    def test_a_copy_of_a_copy_has_a_name_of_its_own(self, make_campaign):
        first = make_campaign(slug="a" * 50, name="N" * 100)
        second = lifecycle.duplicate_campaign(first, SYSTEM)

        third = lifecycle.duplicate_campaign(second, SYSTEM)

        slugs = {first.slug, second.slug, third.slug}
        assert len(slugs) == 3
        assert max(map(len, slugs)) <= 50
        assert len(third.name) <= 100
