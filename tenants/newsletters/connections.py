"""What staff do with connections: save them, and ask the platform whether they work."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from adapters.errors import NotThere, OutsideError, TryLater
from adapters.newsletters.platforms import NotLetIn, nothing
from backoffice import audit
from backoffice.audit import Act
from backoffice.verbs import VerbRefused
from campaigns.models import Campaign
from tenants.newsletters.lines import line_of
from tenants.newsletters.rows import NewsletterConnection

_KEPT = (
    "name",
    "kind",
    "key_name",
    "audience",
    "tag",
    "confirms",
    "per_minute",
    "is_enabled",
    "without_campaign",
    "form_url",
)


@transaction.atomic
def save_connection(
    connection: NewsletterConnection, act: Act, *, campaigns: Iterable[Campaign]
) -> None:
    """Keep the row. What it waited for may be mended now, and it may be for other people."""
    before = NewsletterConnection.objects.filter(pk=connection.pk).first()
    connection.filled_at = connection.paused_until = None
    connection.trouble, connection.attempts = "", 0
    before_facts = _facts(before) if before else {}
    connection.save()
    connection.campaigns.set(campaigns)
    verb = "change newsletter connection" if before else "add newsletter connection"
    audit.record(act, verb, connection, before=before_facts, after=_facts(connection))


def try_connection(connection: NewsletterConnection, act: Act) -> str:
    """Ask the platform what it calls the audience, and keep that. Raises VerbRefused, which says
    what came back."""
    audit.record(act, "test newsletter connection", connection)
    try:
        name = line_of(connection, nothing).name_audience()
    except OutsideError as error:
        raise VerbRefused(_in_words(error)) from error
    NewsletterConnection.objects.filter(pk=connection.pk).update(
        audience_name=name[:200],
        tested_at=timezone.now(),
        paused_until=None,
        trouble="",
        attempts=0,
    )
    return name


def _in_words(error: OutsideError) -> str:
    said = {"said": str(error)}
    if isinstance(error, TryLater):
        return _("The platform does not answer now. Try again in a minute. (%(said)s)") % said
    if isinstance(error, NotLetIn):
        return _("The platform does not take the key. Look whether it is whole. (%(said)s)") % said
    if isinstance(error, NotThere):
        return _("It was not found: the key, or the audience. (%(said)s)") % said
    return _("The platform refused the question. Tell operations. (%(said)s)") % said


def _facts(connection: NewsletterConnection) -> dict[str, object]:
    facts = {name: getattr(connection, name) for name in _KEPT}
    names = list(connection.campaigns.order_by("slug").values_list("slug", flat=True))
    return {**facts, "campaigns": names}
