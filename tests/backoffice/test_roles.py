"""Which role opens which page and uses which verb, allowed and refused in pairs."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from backoffice import audit
from backoffice.roles import ROLES
from tests.backoffice import rows
from tests.backoffice.doors import choose, list_url, verb_url

pytestmark = pytest.mark.django_db(transaction=True)

EVERYBODY = {"marketing", "support", "operations", "auditor", "admin"}
WATCHERS = {"operations", "auditor", "admin"}
WITH_CUSTOMERS = EVERYBODY - {"marketing"}

PAGES = {
    "index": EVERYBODY,
    "campaigns_campaign_changelist": EVERYBODY,
    "campaigns_campaign_add": {"marketing", "admin"},
    "campaigns_batch_changelist": EVERYBODY,
    "campaigns_batch_add": set(),
    "campaigns_codeimport_changelist": EVERYBODY,
    "campaigns_codeimport_add": set(),
    "campaigns_redemption_changelist": EVERYBODY,
    "campaigns_redemption_add": set(),
    "campaigns_code_search": EVERYBODY,
    "tenants_tenant_changelist": WITH_CUSTOMERS,
    "tenants_tenant_add": set(),
    "tenants_member_changelist": WITH_CUSTOMERS,
    "tenants_member_add": set(),
    "tenants_grant_changelist": WITH_CUSTOMERS,
    "tenants_grant_add": set(),
    "tenants_apikey_changelist": WITH_CUSTOMERS,
    "tenants_apikey_add": set(),
    "tenants_signup_changelist": WITH_CUSTOMERS,
    "tenants_signup_add": set(),
    "tenants_message_changelist": WITH_CUSTOMERS,
    "tenants_message_add": set(),
    "tenants_newsletterconnection_changelist": EVERYBODY,
    "tenants_newsletterconnection_add": {"marketing", "admin"},
    "tenants_newslettersubscription_changelist": EVERYBODY,
    "tenants_newslettersubscription_add": set(),
    "tenants_mail_samples": EVERYBODY - {"auditor"},
    "tenants_suppressedaddress_changelist": WITH_CUSTOMERS,
    "tenants_suppressedaddress_add": set(),
    "tenants_domain_changelist": WITH_CUSTOMERS,
    "tenants_domain_add": set(),
    "tenants_erasurerequest_changelist": WITH_CUSTOMERS,
    "tenants_erasurerequest_add": set(),
    "marketplace_inbox": WITH_CUSTOMERS,
    "marketplace_agreement_changelist": WITH_CUSTOMERS,
    "marketplace_agreement_add": set(),
    "marketplace_notice_changelist": WITH_CUSTOMERS,
    "marketplace_notice_add": set(),
    "marketplace_registration_changelist": WITH_CUSTOMERS,
    "marketplace_registration_add": set(),
    "backoffice_job_changelist": EVERYBODY,
    "backoffice_job_add": set(),
    "backoffice_auditevent_changelist": WATCHERS,
    "backoffice_auditevent_add": set(),
    "auth_user_changelist": WATCHERS,
    "auth_user_add": {"admin"},
    "auth_group_changelist": WATCHERS,
    "auth_group_add": {"admin"},
    "axes_accessattempt_changelist": WATCHERS,
    "axes_accessattempt_add": set(),
}

VERBS = {
    (rows.a_campaign, "generate"): {"marketing", "admin"},
    (rows.a_campaign, "export"): {"marketing", "admin"},
    (rows.a_batch, "export"): {"marketing", "admin"},
    (rows.a_campaign, "pause"): {"marketing", "admin"},
    (rows.a_campaign, "resume"): {"marketing", "admin"},
    (rows.an_import, "import"): {"marketing", "admin"},
    (rows.an_import, "discard"): {"marketing", "admin"},
    **{
        (rows.a_campaign, verb): {"marketing", "admin"}
        for verb in ("add-code", "extend", "raise-cap", "duplicate", "archive", "unarchive")
    },
    **{
        (rows.a_batch, verb): {"marketing", "admin"}
        for verb in ("pause", "resume", "revoke", "reinstate", "expiry", "rename", "discard")
    },
    (rows.a_job, "cancel"): {"marketing", "operations", "admin"},
    (rows.a_job, "resume"): {"marketing", "operations", "admin"},
    (rows.a_job, "retry-failed"): {"marketing", "operations", "admin"},
    (rows.a_customer, "resend"): {"support", "admin"},
    (rows.a_customer, "reset"): {"support", "admin"},
    (rows.a_customer, "change-tier"): {"support", "operations", "admin"},
    (rows.a_customer, "redeem"): {"support", "admin"},
    (rows.a_customer, "reconcile"): {"support", "operations", "admin"},
    (rows.a_customer, "suspend"): {"support", "operations", "admin"},
    (rows.a_customer, "reinstate"): {"support", "operations", "admin"},
    (rows.a_customer, "close"): {"admin"},
    (rows.a_customer, "export-data"): {"admin"},
    (rows.a_customer, "hold-domain"): {"support", "admin"},
    (rows.a_domain, "change-rule"): {"support", "admin"},
    (rows.a_domain, "release"): {"support", "admin"},
    (rows.a_person, "export-person"): {"admin"},
    (rows.a_person, "erase-person"): {"admin"},
    (rows.a_customer, "rotate-key"): {"support", "operations", "admin"},
    (rows.a_customer, "add-grant"): {"support", "operations", "admin"},
    (rows.a_grant, "end"): {"support", "operations", "admin"},
    **{(rows.a_person, verb): {"support", "admin"} for verb in ("reset", "remove-app")},
    **{
        (rows.a_person, verb): {"support", "operations", "admin"}
        for verb in ("disable", "enable", "sign-out")
    },
    **{
        (rows.a_key, verb): {"support", "operations", "admin"}
        for verb in ("revoke", "published", "set-end")
    },
    **{
        (rows.an_agreement, verb): {"support", "operations", "admin"}
        for verb in ("look", "attach", "detach")
    },
    **{(rows.an_agreement, verb): {"operations", "admin"} for verb in ("decide", "seen")},
    **{(rows.a_notice, verb): {"operations", "admin"} for verb in ("apply-again", "dismiss")},
    (rows.a_newsletter, "test"): {"marketing", "operations", "admin"},
    (rows.a_subscription, "try-again"): {"support", "operations", "admin"},
    (rows.a_mail, "try-again"): {"support", "operations", "admin"},
    (rows.an_address_held_back, "release"): {"support", "operations", "admin"},
    (rows.an_address_held_back, "keep"): {"support", "operations", "admin"},
    (rows.a_locked_name, "unlock"): {"admin"},
    (rows.a_colleague, "reset-second-factor"): {"admin"},
    (rows.a_colleague, "forget-single-sign-on"): {"admin"},
}


REFUSED = [(case, role) for case in VERBS for role in sorted(ROLES) if role not in VERBS[case]]


def verb_id(case) -> str:
    return case if isinstance(case, str) else f"{case[0].__name__}-{case[1]}"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_opens_its_pages_and_no_others(staff, role):
    client = staff(role)

    opened = {page for page in PAGES if client.get(reverse(f"admin:{page}")).status_code == 200}

    assert opened == {page for page, allowed in PAGES.items() if role in allowed}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_sidebar_shows_what_may_be_opened_and_nothing_else(staff, role):
    client = staff(role)

    page = client.get(reverse("admin:index")).content.decode()

    lists = {name for name in PAGES if not name.endswith("_add") and name != "index"}
    shown = {name for name in lists if f'href="{reverse(f"admin:{name}")}" class="flex' in page}
    assert shown == {name for name in lists if role in PAGES[name]}


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("case", VERBS, ids=verb_id)
def test_a_verb_is_behind_both_doors_or_behind_none(staff, role, case):
    make, verb = case
    row, client = make(), staff(role)

    by_button = client.get(verb_url(row, verb)).status_code
    by_list = choose(client, verb, row).status_code

    expected = 200 if role in VERBS[case] else 403
    assert (by_button, by_list) == (expected, expected)


@pytest.mark.parametrize(("case", "role"), REFUSED, ids=verb_id)
def test_a_forged_confirmation_is_refused_and_nothing_is_written(staff, role, case):
    make, verb = case
    row, client = make(), staff(role)
    form = {"confirmed": "yes", "reason": "forged"}
    ticked = {**form, "action": verb, "_selected_action": [row.pk]}

    by_button = client.post(verb_url(row, verb), form)
    by_list = client.post(list_url(row), ticked)

    assert (by_button.status_code, by_list.status_code) == (403, 403)
    assert audit.AuditEvent.objects.count() == 0


MAKERS = (
    rows.a_campaign,
    rows.a_batch,
    rows.an_import,
    rows.a_job,
    rows.a_customer,
    rows.a_person,
    rows.a_grant,
    rows.a_domain,
    rows.a_mail,
    rows.a_newsletter,
    rows.a_subscription,
    rows.an_agreement,
    rows.a_notice,
    rows.a_locked_name,
)


@pytest.mark.parametrize("make", MAKERS)
def test_nobody_deletes_a_row_not_even_a_superuser(superuser, make):
    row = make()
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_delete", args=(row.pk,))

    answer = superuser.post(url, {"post": "yes"})

    assert answer.status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("make", MAKERS)
def test_the_list_offers_no_deletion(superuser, make):
    row = make()

    choose(superuser, "delete_selected", row)

    assert type(row).objects.filter(pk=row.pk).exists()


def test_ensure_roles_may_be_repeated_and_takes_back_what_was_added(db):
    call_command("ensure_roles", verbosity=0)
    group = Group.objects.get(name="auditor")
    group.permissions.add(Permission.objects.get(codename="reset_tenant"))

    call_command("ensure_roles", verbosity=0)

    names = group.permissions.values_list("content_type__app_label", "codename")
    assert {f"{app}.{name}" for app, name in names} == set(ROLES["auditor"])
    assert Group.objects.count() == len(ROLES)


def test_ensure_roles_leaves_people_in_their_groups(staff):
    client = staff("support")

    call_command("ensure_roles", verbosity=0)

    assert [group.name for group in client.user.groups.all()] == ["support"]


def test_ensure_roles_before_migrate_says_what_to_do(db):
    Permission.objects.filter(codename="reset_tenant").delete()

    with pytest.raises(CommandError, match="run migrate first"):
        call_command("ensure_roles", verbosity=0)


def test_an_auditor_holds_view_permissions_only():
    assert {name.partition(".")[2].partition("_")[0] for name in ROLES["auditor"]} == {"view"}
