"""What a customer's people do to their account leaves a line of the audit trail in their name."""

import pytest
from django.urls import reverse

from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from tenants import people
from tenants.domains import holding
from tenants.models import ApiKey, DomainClaim
from tests.account_addresses import addresses
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

BOB = "bob@example.com"
NEW = "Other-horse-8-battery"
OWNER = "alice@example.com"

# What each address does, where it does something, as the trail names it.
ACTS = {
    "account_invite": "invite",
    "account_person": "change role",
    "account_resend": "invite again",
    "account_remove": "remove person",
    "account_news": "subscribe to news",
    "account_password": "change password",
    "account_data_export": "export person",
    "account_data_download": "download own data",
    "account_data_erasure": "ask for erasure",
    "account_redeem": "redeem code",
    "account_key_rotate": "rotate key",
    "account_key_show": "show key",
    "account_key_revoke": "revoke key",
    "account_domains": "claim domain",
    "account_claim_mail": "mail domain link",
    "account_claim_withdraw": "withdraw domain claim",
    "account_domain": "change domain rule",
    "account_domain_release": "release domain",
    "account_close": "close account",
}
# Those that are walked with an app, with a purchase at AWS, or to no longer being an owner.
WALKED_ELSEWHERE = {
    "account_give": "test_ownership.py",
    "account_join_request": "tests/tenants/joining",
    "account_authenticator_code": "test_settings.py",
    "account_authenticator_remove": "test_settings.py",
    "attach": "tests/marketplace",
    "open_attach": "tests/marketplace",
}
# Nothing of the account is another afterwards.
CHANGES_NOTHING = {
    "account",
    "account_asked",
    "account_authenticator",
    "account_check_code",
    "account_claim",
    "account_claim_look",
    "account_code",
    "account_data",
    "account_forgotten",
    "account_hosted",
    "account_hosted_back",
    "account_keys",
    "account_login",
    "account_logout",
    "account_new_password",
    "account_people",
    "account_settings",
    "account_subscription",
    "account_usage",
    "account_usage_file",
}


def test_of_every_address_it_is_said_what_its_line_is():
    assert set(addresses()) == {*ACTS, *WALKED_ELSEWHERE, *CHANGES_NOTHING}


def test_every_act_of_an_owner_leaves_a_line_in_their_name(
    as_member, make_campaign, make_code, run_tasks
):
    client = as_member()
    tenant = client.member.tenant
    code = make_code(make_campaign(name="Pro", slug="pro", tier="pro"))
    lines = {}

    def bob():
        return {"key": next(one.key for one in people.people_of(tenant) if one.email == BOB)}

    def do(name, form=None, *, get=False, **place):
        before = AuditEvent.objects.order_by("pk").last()
        url = reverse(name, kwargs=place)
        client.get(url) if get else client.post(url, form or {})
        made = AuditEvent.objects.filter(pk__gt=before.pk if before else 0, actor_name=OWNER)
        lines[name] = [line.action for line in made]
        run_tasks()

    do("account_invite", {"email": BOB, "role": "developer", "full_name": "Bob"})
    do("account_resend", **bob())
    do("account_person", {"role": "billing"}, **bob())
    do("account_remove", **bob())
    do("account_news", {"wanted": "yes"})
    do("account_password", {"present": PASSWORD, "password": NEW, "repeated": NEW})
    do("account_data_export")
    do("account_data_download", get=True)
    do("account_data_erasure", {"wanted": "yes"})
    do("account_redeem", {"code": code})
    do("account_key_rotate", {"overlap": "24h"})
    do("account_key_show")
    do("account_key_revoke", key_id=ApiKey.objects.order_by("pk").last().pk)
    do("account_domains", {"name": "ames.example"})
    claim = {"claim_id": DomainClaim.objects.get().pk}
    do("account_claim_mail", {"mailbox": "postmaster"}, **claim)
    do("account_claim_withdraw", **claim)
    domain = {"domain_id": holding.hold(tenant, SYSTEM, name="ames.example", rule="never").pk}
    do("account_domain", {"rule": "developer"}, **domain)
    do("account_domain_release", **domain)
    do("account_close", {"company": tenant.company, "present": NEW})

    assert {name: action in lines[name] for name, action in ACTS.items()} == dict.fromkeys(
        ACTS, True
    ), lines
