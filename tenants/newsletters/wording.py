"""How connections and subscriptions are called on staff pages, and in which colour."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.newsletters.rows import NewsletterConnection, NewsletterSubscription

State = NewsletterSubscription.State
There = NewsletterSubscription.There

STATE_COLOURS = {State.WAITING: "info", State.DONE: "success", State.STUCK: "danger"}
THERE_COLOURS = {
    There.UNKNOWN: "default",
    There.SUBSCRIBED: "success",
    There.PENDING: "info",
    There.UNSUBSCRIBED: "warning",
    There.INVALID: "danger",
    There.ABSENT: "default",
}
CONNECTION_COLOURS = {"works": "success", "pauses": "danger", "off": "default", "new": "info"}


def state_of(row: NewsletterConnection) -> tuple[str, Any]:
    """A row that pauses says why on its page."""
    if row.trouble and row.paused_until and row.paused_until > timezone.now():
        return "pauses", _("Pauses, there is trouble")
    if not row.is_enabled:
        return "off", _("Subscribes nobody")
    return ("works", _("On")) if row.tested_at else ("new", _("On, not tested yet"))
