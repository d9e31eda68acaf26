"""What staff say about agreements and notices that wait. AWS is asked by the worker, not here."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from marketplace.models import Agreement, AgreementSearch, Notice
from marketplace.waiting import is_advisory_open
from tenants import accounts
from tenants.errors import NotPossible

KEEP, SUSPEND = "keep", "suspend"


@transaction.atomic
def request_look(agreement: Agreement, act: Act) -> None:
    """Have AWS asked with the next sweep, also about an agreement that has ended."""
    before = {"looked_at": agreement.looked_at and agreement.looked_at.isoformat()}
    Agreement.objects.filter(pk=agreement.pk).update(look_due_at=timezone.now(), trouble="")
    audit.record(act, "ask AWS about agreement", agreement, before=before)


@transaction.atomic
def request_search(search: AgreementSearch, act: Act) -> None:
    """Have the agreements of a product listed with the next sweep, all of them from the first."""
    before = {"searched_at": search.searched_at and search.searched_at.isoformat()}
    AgreementSearch.objects.filter(pk=search.pk).update(
        due_at=timezone.now(), search_from=None, trouble=""
    )
    audit.record(act, "search agreements", search, before=before)


@transaction.atomic
def decide_on_advisory(agreement: Agreement, act: Act, *, decision: str) -> None:
    """Close the advisory as it is now; suspend the customer if that is what was decided."""
    if not is_advisory_open(agreement):
        raise NotPossible(_("There is no advisory on which nobody has decided."))
    # The agreement's row before the customer's, as everybody locks them.
    Agreement.objects.filter(pk=agreement.pk).update(advisory_decided_at=timezone.now())
    if decision == SUSPEND:
        _suspend(agreement, act)
    audit.record(act, "decide on advisory", agreement, after={"decision": decision})


@transaction.atomic
def mark_seen(agreement: Agreement, act: Act) -> None:
    """What waits now is known to staff; an advisory or a trouble stays until it is solved."""
    Agreement.objects.filter(pk=agreement.pk).update(seen_at=timezone.now())
    audit.record(act, "mark agreement as seen", agreement)


@transaction.atomic
def apply_again(notice: Notice, act: Act) -> None:
    """Put the notice back in line. Applying one twice changes nothing."""
    before = {"state": notice.state, "trouble": notice.trouble}
    Notice.objects.filter(pk=notice.pk).update(state=Notice.State.WAITING, trouble="")
    audit.record(act, "apply notice again", notice, before=before)


@transaction.atomic
def dismiss(notice: Notice, act: Act) -> None:
    """Staff have read it: it waits no longer, and is kept."""
    odd = (Notice.State.UNKNOWN, Notice.State.UNREADABLE)
    rows = Notice.objects.filter(pk=notice.pk, state__in=odd)
    if not rows.update(state=Notice.State.DISMISSED):
        raise NotPossible(_("Only a notice that nobody could read or knows is marked as seen."))
    audit.record(act, "mark notice as seen", notice, before={"state": notice.state})


def _suspend(agreement: Agreement, act: Act) -> None:
    if agreement.tenant is None:
        raise NotPossible(_("No customer has this agreement, so nobody can be suspended."))
    if not agreement.tenant.is_suspended:
        accounts.suspend(agreement.tenant, act)
