"""Who among the staff may do what: five groups with explicit permissions."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import transaction

VIEW_CAMPAIGNS = (
    "campaigns.view_campaign",
    "campaigns.view_batch",
    "campaigns.view_codeimport",
    "campaigns.view_redemption",
)
VIEW_CUSTOMERS = (
    "tenants.view_tenant",
    "tenants.view_member",
    "tenants.view_grant",
    "tenants.view_apikey",
    "tenants.view_signup",
    "tenants.view_message",
    "tenants.view_suppressedaddress",
    "tenants.view_syncstep",
    "tenants.view_limitedvisitor",
    "tenants.view_tierplan",
    "tenants.view_difference",
    "tenants.view_usageday",
    "tenants.view_quotaalert",
    "tenants.view_supportrequest",
    "tenants.view_erasurerequest",
    "tenants.view_domain",
)
VIEW_NEWSLETTERS = (
    "tenants.view_newsletterconnection",
    "tenants.view_newslettersubscription",
)
VIEW_MARKETPLACE = (
    "marketplace.view_agreement",
    "marketplace.view_notice",
    "marketplace.view_registration",
    "marketplace.view_agreementsearch",
    "marketplace.view_meteredhour",
    "marketplace.view_metercall",
)
VIEW_WORK = ("backoffice.view_job",)
VIEW_STAFF = (
    "backoffice.view_auditevent",
    "auth.view_user",
    "auth.view_group",
    "axes.view_accessattempt",
)
VIEW_COSTS = "backoffice.view_costs"
VIEW_EVERYTHING = (
    *VIEW_CAMPAIGNS,
    *VIEW_CUSTOMERS,
    *VIEW_NEWSLETTERS,
    *VIEW_MARKETPLACE,
    *VIEW_WORK,
    *VIEW_STAFF,
    VIEW_COSTS,
)

READ_TRAIL = "backoffice.view_auditevent"
STEER_JOBS = "backoffice.steer_job"
GENERATE_CODES = "campaigns.generate_codes"
EXPORT_CODES = "campaigns.export_codes"
REDEEM_FOR = "tenants.redeem_for_tenant"
RETRY_MAIL = "tenants.retry_message"
PREVIEW_MAIL = "tenants.preview_message"
RELEASE_ADDRESS = "tenants.release_suppressedaddress"
REPAIR_TIER = "tenants.repair_tierplan"
CHECK_DRIFT = "tenants.check_difference"
REPAIR_DRIFT = "tenants.repair_difference"
ROTATE_KEY = "tenants.rotate_apikey"
REVOKE_KEY = "tenants.revoke_apikey"
RELEASE_VISITOR = "tenants.release_limitedvisitor"
ANSWER_SUPPORT = "tenants.answer_supportrequest"
RETRY_SUBSCRIPTION = "tenants.retry_newslettersubscription"
TEST_CONNECTION = "tenants.test_newsletterconnection"
ATTACH_AGREEMENT = "marketplace.attach_agreement"
LOOK_AT_AGREEMENT = "marketplace.look_at_agreement"
DECIDE_AGREEMENT = "marketplace.decide_agreement"
RETRY_NOTICE = "marketplace.retry_notice"
DISMISS_NOTICE = "marketplace.dismiss_notice"
RESEND_USAGE = "marketplace.resend_meteredhour"
EXPORT_USAGE = "marketplace.export_meteredhour"
SWITCH_MEMBER = "tenants.switch_member"
RESET_MEMBER = "tenants.reset_member"
HOLD_DOMAIN = "tenants.hold_domain"
GIVE_GRANT = "tenants.give_grant"
# Closing an account deletes its logins and keys; no row is deleted.
CLOSE_ACCOUNT = "tenants.close_tenant"
# All that is kept about somebody leaves the house, or ends.
EXPORT_PERSON = "tenants.export_member"
ERASE_PERSON = "tenants.erase_member"
# Forgetting failed tries lets a locked-out colleague sign in again.
UNLOCK = "axes.delete_accessattempt"
RESET_FACTOR = "backoffice.reset_secondfactor"

RUN_NEWSLETTERS = (
    "tenants.add_newsletterconnection",
    "tenants.change_newsletterconnection",
    TEST_CONNECTION,
)
RUN_CAMPAIGNS = (
    "campaigns.add_campaign",
    "campaigns.change_campaign",
    "campaigns.pause_campaign",
    GENERATE_CODES,
    "campaigns.stop_batch",
    EXPORT_CODES,
)

ROLES: dict[str, tuple[str, ...]] = {
    "marketing": (
        *VIEW_CAMPAIGNS,
        *RUN_CAMPAIGNS,
        *VIEW_NEWSLETTERS,
        *RUN_NEWSLETTERS,
        *VIEW_WORK,
        STEER_JOBS,
        PREVIEW_MAIL,
    ),
    "support": (
        *VIEW_CAMPAIGNS,
        *VIEW_CUSTOMERS,
        *VIEW_NEWSLETTERS,
        *VIEW_MARKETPLACE,
        *VIEW_WORK,
        RETRY_SUBSCRIPTION,
        "tenants.reset_tenant",
        RESET_MEMBER,
        "tenants.suspend_tenant",
        "tenants.reconcile_tenant",
        "tenants.change_tier",
        GIVE_GRANT,
        HOLD_DOMAIN,
        SWITCH_MEMBER,
        ROTATE_KEY,
        REVOKE_KEY,
        REDEEM_FOR,
        RETRY_MAIL,
        PREVIEW_MAIL,
        RELEASE_ADDRESS,
        RELEASE_VISITOR,
        ANSWER_SUPPORT,
        CHECK_DRIFT,
        ATTACH_AGREEMENT,
        LOOK_AT_AGREEMENT,
    ),
    "operations": (
        *VIEW_EVERYTHING,
        STEER_JOBS,
        TEST_CONNECTION,
        RETRY_SUBSCRIPTION,
        "tenants.reconcile_tenant",
        "tenants.suspend_tenant",
        "tenants.change_tier",
        GIVE_GRANT,
        SWITCH_MEMBER,
        ROTATE_KEY,
        REVOKE_KEY,
        RETRY_MAIL,
        PREVIEW_MAIL,
        RELEASE_ADDRESS,
        REPAIR_TIER,
        CHECK_DRIFT,
        REPAIR_DRIFT,
        ATTACH_AGREEMENT,
        LOOK_AT_AGREEMENT,
        DECIDE_AGREEMENT,
        RETRY_NOTICE,
        DISMISS_NOTICE,
        RESEND_USAGE,
        EXPORT_USAGE,
    ),
    "auditor": VIEW_EVERYTHING,
    "admin": (
        *VIEW_EVERYTHING,
        *RUN_CAMPAIGNS,
        *RUN_NEWSLETTERS,
        RETRY_SUBSCRIPTION,
        STEER_JOBS,
        "tenants.reset_tenant",
        RESET_MEMBER,
        "tenants.suspend_tenant",
        "tenants.reconcile_tenant",
        "tenants.change_tier",
        GIVE_GRANT,
        HOLD_DOMAIN,
        SWITCH_MEMBER,
        ROTATE_KEY,
        REVOKE_KEY,
        REDEEM_FOR,
        RETRY_MAIL,
        PREVIEW_MAIL,
        RELEASE_ADDRESS,
        REPAIR_TIER,
        CHECK_DRIFT,
        REPAIR_DRIFT,
        RELEASE_VISITOR,
        ANSWER_SUPPORT,
        CLOSE_ACCOUNT,
        EXPORT_PERSON,
        ERASE_PERSON,
        ATTACH_AGREEMENT,
        LOOK_AT_AGREEMENT,
        DECIDE_AGREEMENT,
        RETRY_NOTICE,
        DISMISS_NOTICE,
        "auth.add_user",
        "auth.change_user",
        "auth.add_group",
        "auth.change_group",
        UNLOCK,
        RESET_FACTOR,
    ),
}


@transaction.atomic
def ensure_roles() -> None:
    """Make the groups and give each exactly what ROLES says. Safe to repeat."""
    known = _permissions({name for names in ROLES.values() for name in names})
    for role, names in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set([known[name] for name in names])


def _permissions(names: Iterable[str]) -> dict[str, Permission]:
    """Return the permissions by name. Raises KeyError if one is not there: run migrate first."""
    wanted = set(names)
    codenames = {name.partition(".")[2] for name in wanted}
    found = {
        f"{row.content_type.app_label}.{row.codename}": row
        for row in Permission.objects.filter(codename__in=codenames).select_related("content_type")
    }
    return {name: found[name] for name in wanted}
