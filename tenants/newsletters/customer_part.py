"""What staff see of a customer's product news on the customer's page, and when it was chosen."""

from collections.abc import Iterable, Iterator

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenants.customer_parts import Part
from tenants.models import NewsletterConsent, NewsletterSubscription, Tenant
from tenants.newsletters.wording import THERE_COLOURS
from tenants.timeline import MOST, Entry

# The list behind the page has the others.
MOST_ROWS = 20


def part_of(request: HttpRequest, tenant: Tenant) -> Part | None:
    """Return nothing for a customer of whom nobody ever said yes."""
    if not request.user.has_perm("tenants.view_newslettersubscription"):
        return None
    mine = NewsletterConsent.objects.filter(member__tenant=tenant).select_related("member")
    consents = list(mine[:MOST])
    if not consents:
        return None
    rows = list(
        NewsletterSubscription.objects.filter(member__tenant=tenant).select_related(
            "member", "connection"
        )[:MOST_ROWS]
    )
    lines = [(row, THERE_COLOURS[NewsletterSubscription.There(row.there)]) for row in rows]
    facts = {"consents": consents[:MOST_ROWS], "lines": lines}
    entries = (*_said(consents), *_done(rows))
    return Part("backoffice/_customer_newsletters.html", facts, entries)


def _said(consents: Iterable[NewsletterConsent]) -> Iterator[Entry]:
    source = _("Newsletters")
    for row in consents:
        yes = _("%(who)s said yes to product news: %(where)s") % {
            "who": row.member,
            "where": row.get_source_display(),
        }
        yield Entry(row.given_at, source, yes, row.wording, "success")
        if row.withdrawn_at:
            no = _("The yes of %(who)s ended: %(where)s") % {
                "who": row.member,
                "where": row.get_withdrawn_by_display(),
            }
            yield Entry(row.withdrawn_at, source, no, "", "warning")


def _done(rows: Iterable[NewsletterSubscription]) -> Iterator[Entry]:
    for row in rows:
        if row.state == row.State.WAITING:
            continue
        what = _("%(who)s at %(connection)s: %(state)s") % {
            "who": row.member,
            "connection": row.connection,
            "state": row.get_there_display(),
        }
        colour = "danger" if row.state == row.State.STUCK else "info"
        yield Entry(row.changed_at, _("Newsletters"), what, row.trouble, colour)
