"""Every address of the backoffice, for every role and for whoever has none: one table.

What is not in it is not open to anybody. A page, a model or a verb that is new fails a test here
until somebody has written down who may use it.
"""

import uuid
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from backoffice.roles import ROLES
from marketplace.models import MeterCall
from tenants.models import TierPlan
from tests.backoffice import rows
from tests.backoffice.admin_urls import KINDS, Address, named_patterns, pages_of_models, verbs
from tests.backoffice.test_roles import VERBS

pytestmark = pytest.mark.django_db(transaction=True)

STAFF = frozenset({*ROLES, "no role"})
STRANGERS = frozenset({"anonymous", "customer"})
EVERYBODY = frozenset(ROLES)
WITH_CUSTOMERS = EVERYBODY - {"marketing"}
WATCHERS = frozenset({"operations", "auditor", "admin"})
MAKERS = frozenset({"marketing", "admin"})
STEERERS = frozenset({"marketing", "operations", "admin"})
ADMIN = frozenset({"admin"})

# Who sees the lists and pages of a model.
SEES = {
    "campaigns.Campaign": EVERYBODY,
    "campaigns.Batch": EVERYBODY,
    "campaigns.CodeImport": EVERYBODY,
    "campaigns.Redemption": EVERYBODY,
    "tenants.NewsletterConnection": EVERYBODY,
    "tenants.NewsletterSubscription": EVERYBODY,
    "campaigns.Outcome": EVERYBODY,
    "campaigns.RefusalAlarm": EVERYBODY,
    "backoffice.Job": EVERYBODY,
    **dict.fromkeys(
        (
            "tenants.Tenant",
            "tenants.Member",
            "tenants.Grant",
            "tenants.ApiKey",
            "tenants.SignUp",
            "tenants.Message",
            "tenants.SuppressedAddress",
            "tenants.LimitedVisitor",
            "tenants.TierPlan",
            "tenants.UsageDay",
            "tenants.QuotaAlert",
            "tenants.SupportRequest",
            "tenants.Difference",
            "tenants.Domain",
            "tenants.ErasureRequest",
            "marketplace.Agreement",
            "marketplace.Notice",
            "marketplace.Registration",
            "marketplace.AgreementSearch",
            "marketplace.MeteredHour",
            "marketplace.MeterCall",
        ),
        WITH_CUSTOMERS,
    ),
    **dict.fromkeys(
        ("backoffice.AuditEvent", "auth.User", "auth.Group", "axes.AccessAttempt"), WATCHERS
    ),
}

# Who saves rows of a model by a form. Nobody deletes a row of any.
SAVES = {
    "campaigns.Campaign": MAKERS,
    "tenants.NewsletterConnection": MAKERS,
    "auth.User": ADMIN,
    "auth.Group": ADMIN,
}

# Verbs that tests/backoffice/test_roles.py does not have at both of their doors.
OTHER_VERBS = {
    ("campaigns.Campaign", "notify"): MAKERS,
    ("tenants.Difference", "repair"): {"operations", "admin"},
    ("tenants.Difference", "keep"): {"operations", "admin"},
    ("tenants.Difference", "list-again"): {"operations", "admin"},
    ("tenants.LimitedVisitor", "release"): {"support", "admin"},
    ("tenants.SupportRequest", "send-link"): {"support", "admin"},
    ("tenants.SupportRequest", "dismiss"): {"support", "admin"},
    ("tenants.TierPlan", "repair"): {"operations", "admin"},
    **{
        (model, verb): ADMIN
        for model in ("tenants.SignUp", "tenants.ErasureRequest")
        for verb in ("export-person", "erase-person")
    },
    ("marketplace.AgreementSearch", "search"): {"support", "operations", "admin"},
    ("marketplace.AgreementSearch", "compare"): {"operations"},
    ("marketplace.AgreementSearch", "export"): {"operations"},
    ("marketplace.Agreement", "compare"): {"operations"},
    ("marketplace.Agreement", "export"): {"operations"},
    ("marketplace.Agreement", "reread"): {"operations"},
    ("marketplace.MeteredHour", "send-again"): {"operations"},
    ("marketplace.MeteredHour", "seen"): {"operations"},
}

# Pages of their own.
PAGES = {
    "campaigns_campaign_links": EVERYBODY,
    "campaigns_code_search": EVERYBODY,
    "campaigns_analytics": EVERYBODY,
    "campaigns_analytics_csv": EVERYBODY,
    "campaigns_codeimport_upload": MAKERS,
    "tenants_mail_samples": EVERYBODY - {"auditor"},
    "tenants_find": WITH_CUSTOMERS,
    "tenants_find_call": WITH_CUSTOMERS,
    "costs": WATCHERS,
    "marketplace_inbox": WITH_CUSTOMERS,
    "tenants_difference_check": WITH_CUSTOMERS,
    "tenants_difference_repair_all": {"operations", "admin"},
    "backoffice_job_progress": EVERYBODY,
    "backoffice_auditevent_export": WATCHERS,
    "dead_letters": EVERYBODY,
    "dead_letters_send_again": STEERERS,
    "dead_letter_discard": STEERERS,
    "auth_user_password_change": ADMIN,
    # What every member of staff has of their own.
    **dict.fromkeys(
        ("index", "password_change", "password_change_done", "search", "staff_second_factor"), STAFF
    ),
}

# Where a POST is for fewer than the page.
POSTS = {"tenants_difference_check": {"support", "operations", "admin"}}

# Open to strangers, or holding nothing: the words of Django's own scripts.
DOORS = {
    "login", "logout", "staff_login", "staff_login_code", "staff_login_set_up", "staff_provider",
    "staff_provider_back", "jsi18n",
}  # fmt: skip
# Asked with what nobody was given, they answer nobody; tests of their own have the rest.
# backoffice_job_result: tests/backoffice/test_jobs_admin.py; autocomplete: no field uses it.
CLOSED = {"backoffice_job_result", "autocomplete", "view_on_site", "app_list"}


@pytest.fixture
def sample(db) -> dict[type, Any]:
    """A row of every model that has pages here."""
    makers = {
        "campaigns.Campaign": rows.a_campaign,
        "campaigns.CodeImport": lambda: rows.an_import(rows.a_campaign(slug="imported")),
        "campaigns.Batch": lambda: rows.a_batch(rows.a_campaign(slug="batch")),
        "auth.Group": lambda: Group.objects.create(name="interns"),
        "auth.User": rows.a_colleague,
        "marketplace.MeterCall": lambda: baker.make(MeterCall, request={"UsageRecords": []}),
        "tenants.TierPlan": lambda: baker.make(TierPlan, tier="starter"),
    }
    return {
        model: makers.get(model._meta.label, lambda model=model: baker.make(model))()
        for model in admin.site._registry
    }


@pytest.fixture
def addresses(sample) -> list[Address]:
    of_campaign = {"campaign_id": sample[apps.get_model("campaigns.Campaign")].pk}
    arguments = {
        "campaigns_campaign_links": of_campaign,
        "campaigns_codeimport_upload": of_campaign,
        "backoffice_job_progress": {"job_id": sample[apps.get_model("backoffice.Job")].pk},
        "auth_user_password_change": {"id": sample[apps.get_model("auth.User")].pk},
        "dead_letter_discard": {"queue": "tasks", "message_id": uuid.uuid4()},
        "dead_letters_send_again": {"queue": "notices"},
    }
    pages = []
    for name in PAGES:
        is_ours = name.startswith(("dead_", "staff_", "costs"))
        url = reverse(name if is_ours else f"admin:{name}", kwargs=arguments.get(name))
        pages.append(Address(name, url))
    return [*pages, *pages_of_models(sample)]


@pytest.fixture
def come_as(staff, as_member):
    def come(who: str) -> Client:
        if who == "anonymous":
            return Client()
        if who == "customer":
            return as_member("owner")
        return staff(*(who,) if who in ROLES else ())

    return come


def verb_table() -> dict[tuple[str, str], set[str]]:
    """Return who uses which verb."""
    return OTHER_VERBS | {(_label(make), verb): roles for (make, verb), roles in VERBS.items()}


def _label(make: Any) -> str:
    return make.__annotations__["return"]._meta.label


def who_may(address: Address, method: str) -> frozenset[str] | set[str]:
    """Read the table."""
    if method == "post" and address.name in POSTS:
        return POSTS[address.name]
    if address.name in PAGES:
        return PAGES[address.name]
    if address.verb:
        return verb_table()[(address.model, address.verb)] & SEES[address.model]
    kind = address.name.rpartition("_")[2]
    saves, sees = SAVES.get(address.model, frozenset()), SEES[address.model]
    if kind == "delete":
        return frozenset()
    if kind == "add" or (kind == "change" and method == "post"):
        return saves
    return sees


def is_let_in(answer: Any) -> bool:
    """Whether somebody got a page, or got something done: a redirect after a POST says so."""
    if answer.status_code in (301, 302, 303):
        return not answer["Location"].startswith("/admin/login/")
    return answer.status_code not in (401, 403, 404, 405)


@pytest.mark.parametrize("who", sorted(STAFF | STRANGERS))
def test_nobody_is_let_in_where_the_table_does_not_say_so(come_as, addresses, who):
    client = come_as(who)
    refused = [
        (address, method)
        for address in addresses
        for method in ("get", "post")
        if who not in who_may(address, method)
    ]

    wrong = [
        (method, address.url)
        for address, method in refused
        if is_let_in(getattr(client, method)(address.url, {"confirmed": "yes", "reason": "forged"}))
    ]

    assert refused
    assert wrong == []


@pytest.mark.parametrize("who", sorted(STAFF))
def test_everybody_opens_what_the_table_gives_them(come_as, addresses, who):
    client = come_as(who)
    given = [each for each in addresses if who in who_may(each, "get")]

    answers = {each.url: client.get(each.url).status_code for each in given}

    # What only a POST does says so; of a dead letter that is not there, that it is gone.
    assert {
        url for url, status in answers.items() if status >= 400 and status not in (404, 405)
    } == set()
    assert {url for url, status in answers.items() if status == 404} <= {
        each.url for each in given if each.name == "dead_letter_discard"
    }


def test_every_address_is_in_the_table():
    of_models = {
        f"{model._meta.app_label}_{model._meta.model_name}_{kind}"
        for model in admin.site._registry
        for kind in (*KINDS, "verb")
    }

    there = {name for name, _ in named_patterns() if name}

    assert there - of_models == set(PAGES) | DOORS | CLOSED


def test_an_address_without_a_name_leads_elsewhere_or_nowhere(sample):
    client = Client()

    routes = {route for name, route in named_patterns() if not name}

    assert all(route.endswith(("/<path:object_id>/", "(?P<url>.*)$")) for route in routes)
    row = next(iter(sample.values()))
    url = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/"
    assert not is_let_in(client.get(url))


def test_every_model_with_pages_is_in_the_table():
    assert set(SEES) == {model._meta.label for model in admin.site._registry}
    assert set(SAVES) <= set(SEES)


def test_every_verb_is_in_the_table():
    assert verbs() == set(verb_table())
