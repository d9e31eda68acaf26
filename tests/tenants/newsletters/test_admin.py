"""What staff see of newsletters and do with them, through the pages."""

import pytest
from django.urls import reverse

from backoffice.models import AuditEvent
from tenants.models import NewsletterConnection, NewsletterConsent, NewsletterSubscription
from tests.backoffice import rows
from tests.backoffice.doors import do, do_to_many, list_url, page_url

pytestmark = pytest.mark.django_db(transaction=True)


def form(**fields):
    values = {
        "name": "Product news",
        "kind": "beehiiv",
        "key_name": "NEWSLETTER_KEY_BEEHIIV",
        "audience": "pub_00000000-0000-0000-0000-000000000000",
        "tag": "launch-2026",
        "is_enabled": "on",
        "without_campaign": "on",
        "reason": "the new newsletter",
    }
    return {**values, **fields}


@pytest.fixture
def add(staff):
    def add(**fields):
        client = staff("marketing")
        return client.post(
            reverse("admin:tenants_newsletterconnection_add"), form(**fields), follow=True
        )

    return add


class TestConnections:
    def test_marketing_adds_one_and_the_pace_is_the_platforms(self, add, make_campaign):
        campaign = make_campaign()

        add(campaigns=[campaign.pk])

        row = NewsletterConnection.objects.get()
        assert row.per_minute == 150
        assert list(row.campaigns.all()) == [campaign]
        event = AuditEvent.objects.get(action="add newsletter connection")
        assert event.reason == "the new newsletter"
        assert event.after["campaigns"] == ["autumn-launch"]

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"key_name": "SECRET_KEY"}, "never the key"),
            ({"key_name": "/gatehouse/production/newsletters/kit"}, "never the key"),
            ({"key_name": "bh_0123456789abcdef"}, "never the key"),
            ({"audience": "launch"}, "begins with pub_"),
            ({"audience": "pub_0000/../x"}, "begins with pub_"),
            ({"per_minute": "181"}, "allows 180 requests"),
            ({"kind": "kit", "audience": "", "tag": "launch"}, "number of the tag"),
            ({"kind": "kit", "tag": ""}, "one audience"),
            ({"kind": "kit", "audience": "", "tag": "", "confirms": "on"}, "cannot be asked"),
            ({"kind": "hubspot", "audience": "12", "tag": "launch"}, "property=value"),
            ({"reason": ""}, "required"),
        ],
    )
    def test_what_cannot_work_is_refused_with_the_reason(self, add, fields, words):
        page = add(**fields).content.decode()

        assert words in page
        assert not NewsletterConnection.objects.exists()

    def test_saving_lets_a_paused_connection_go_on(self, staff, connection, kit):
        NewsletterConnection.objects.update(trouble="no", attempts=3, filled_at="2026-01-01T00:00Z")
        values = form(kind="kit", audience="", tag="4711", key_name=connection.key_name)

        staff("marketing").post(page_url(connection), values)

        connection.refresh_from_db()
        assert (connection.trouble, connection.attempts, connection.filled_at) == ("", 0, None)
        assert AuditEvent.objects.get(action="change newsletter connection").before["tag"] == "4711"

    def test_an_empty_list_says_how_to_begin(self, staff):
        page = staff("marketing").get(reverse("admin:tenants_newsletterconnection_changelist"))

        assert "No newsletter platform is connected" in page.content.decode()

    def test_a_campaign_leads_to_its_connections(self, staff, connection, kit):
        page = staff("marketing").get(page_url(connection.campaigns.get())).content.decode()

        assert page_url(connection) in page

    def test_who_may_only_look_changes_nothing(self, staff, connection, kit):
        client = staff("auditor")

        assert client.get(page_url(connection)).status_code == 200
        assert client.post(page_url(connection), form()).status_code == 403


class TestTesting:
    def test_a_connection_that_works_says_so(self, staff, connection, there):
        NewsletterConnection.objects.update(trouble="away", paused_until="2030-01-01T00:00Z")

        page = do(staff("marketing"), "test", connection)

        assert "1 connection works" in page
        assert "Product news" in page
        connection.refresh_from_db()
        assert (connection.paused_until, connection.trouble) == (None, "")
        assert AuditEvent.objects.filter(action="test newsletter connection").exists()

    def test_a_wrong_key_is_told_in_words(self, staff, connection, there, monkeypatch):
        monkeypatch.setenv(connection.key_name, "wrong-us21")

        page = do(staff("marketing"), "test", connection)

        assert "does not take the key" in page
        assert "wrong-us21" not in page

    def test_a_key_that_is_nowhere_is_told_in_words(self, staff, connection, kit, monkeypatch):
        monkeypatch.delenv(connection.key_name)

        page = do(staff("marketing"), "test", connection)

        assert f"the environment has no {connection.key_name}" in page

    def test_a_platform_that_is_away_is_told_in_words(self, staff, connection, kit):
        kit.fail(503)

        assert "does not answer now" in do(staff("marketing"), "test", connection)


class TestSubscriptions:
    def test_support_has_a_stuck_one_tried_again(
        self, staff, connection, kit, come, run_tasks, the_row
    ):
        kit.no_addresses.add("alice@example.com")
        come()
        kit.no_addresses.clear()

        page = do_to_many(staff("support"), "try-again", the_row())
        run_tasks()

        assert "1 subscription is tried again." in page
        assert kit.standing("alice@example.com") == "active"
        assert the_row().state == "done"
        assert AuditEvent.objects.get(action="try subscription again").actor_name == "staff"

    def test_one_that_is_not_stuck_is_left_alone(self, staff, connection, kit, come, the_row):
        come()

        page = do(staff("support"), "try-again", the_row())

        assert "Only a stuck subscription can be tried again." in page

    def test_trying_again_subscribes_nobody_who_opted_out(
        self, staff, connection, there, come, run_tasks, the_row
    ):
        there.no_addresses.add("alice@example.com")
        come()
        there.opt_out("alice@example.com")
        there.no_addresses.clear()

        do(staff("support"), "try-again", the_row())
        run_tasks()

        assert there.standing("alice@example.com") == there.opted_out
        assert the_row().there == "unsubscribed"

    def test_the_list_is_filtered_by_state_and_platform(self, staff):
        stuck = rows.a_subscription()
        query = "?state__exact=stuck&connection__kind__exact=kit&q=ali"

        page = staff("marketing").get(list_url(stuck) + query).content.decode()

        assert "alice@example.com" in page
        assert "kit, tag: status 404" in page


class TestCustomersPage:
    def test_support_sees_consents_and_subscriptions_and_when(self, staff, connection, kit, come):
        member = come()

        page = staff("support").get(page_url(member.tenant)).content.decode()

        assert "News by kit" in page
        assert "alice@example.com said yes to product news: Sign-up form" in page

    def test_a_customer_who_never_said_yes_has_no_such_part(self, staff, connection, kit, come):
        member = come(opt_in=False)

        page = staff("support").get(page_url(member.tenant)).content.decode()

        assert 'id="newsletters"' not in page


class TestSettingsPage:
    def test_who_opted_out_there_is_told_where_to_subscribe(
        self, as_member, connection, kit, come, run_tasks
    ):
        NewsletterConnection.objects.update(form_url="https://news.example.com/join")
        kit.opt_out("alice@example.com")
        member = come()

        page = as_member(tenant=member.tenant).get("/account/settings/").content.decode()

        assert 'href="https://news.example.com/join"' in page
        assert "You get none." in page

    def test_yes_and_no_are_kept_with_their_source(self, as_member, run_tasks):
        client = as_member()
        client.post("/account/settings/news/", {"wanted": "yes"})
        client.post("/account/settings/news/", {"wanted": "no"})

        consent = NewsletterConsent.objects.get()
        assert (consent.source, consent.wording) == ("account", "account-1")
        assert consent.withdrawn_by == "account"
        assert not NewsletterSubscription.objects.exists()


def test_no_secret_is_in_a_row_a_log_or_a_page(
    staff, connection, there, come, run_tasks, caplog, monkeypatch, the_row
):
    caplog.set_level("DEBUG")
    come()
    there.fail(500, times=2)
    come("bob@example.com")
    monkeypatch.setattr(type(there), "key", "another-key")
    come("carol@example.com")
    client = staff("admin")

    pages = [
        client.get(url).content.decode()
        for row in (connection, NewsletterSubscription.objects.first())
        for url in (list_url(row), page_url(row))
    ]
    from django.core import serializers

    kept = serializers.serialize(
        "json", [*NewsletterConnection.objects.all(), *NewsletterSubscription.objects.all()]
    )

    import os

    key = os.environ[connection.key_name]
    ours = [each.getMessage() for each in caplog.records if not each.name.startswith("urllib3")]
    assert not [text for text in (*pages, kept, *ours) if key in text]
    assert not [text for text in ours if "bob@example.com" in text and "newsletter" in text]
